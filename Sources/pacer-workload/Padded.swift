import Synchronization

/// Atomics that are two cache lines apart, so that a write to one never disturbs the reader of another.
///
/// 128 bytes, because the adjacent-line prefetcher moves lines in pairs. The storage lives as long as the
/// process: the type is a bare pointer, and copying it in a hot loop touches no reference count.
struct Padded<Value: AtomicRepresentable & Sendable>: @unchecked Sendable {
    let count: Int
    private let base: UnsafeMutableRawPointer

    init(repeating value: Value, count: Int) where Value: BitwiseCopyable {
        self.count = count
        base = .allocate(byteCount: count * cacheLinePair, alignment: cacheLinePair)
        for index in 0..<count {
            cell(index).initialize(to: Atomic(value))
        }
    }

    /// The atomic at `index`, which must be less than `count`.
    @inline(__always)
    func cell(_ index: Int) -> UnsafeMutablePointer<Atomic<Value>> {
        (base + index * cacheLinePair).assumingMemoryBound(to: Atomic<Value>.self)
    }
}

/// Distance in bytes that keeps two data apart in every cache.
let cacheLinePair = 128
