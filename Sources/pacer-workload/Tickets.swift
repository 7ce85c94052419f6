import Synchronization

/// Hands out the items 0..<`end` in chunks, each exactly once, to any number of threads.
///
/// Taking from a common pool rather than giving each thread a fixed share: threads that the kernel has
/// squeezed on one core do less, the others more, and all finish together.
struct Tickets: Sendable {
    private let next: Padded<Int>
    private let end: Int

    init(upTo end: Int) {
        next = Padded(repeating: 0, count: 1)
        self.end = end
    }

    /// The next `count` items, or what is left of them, or nil when all have been taken. Never waits.
    @inline(__always)
    func take(_ count: Int) -> Range<Int>? {
        let start = next.cell(0).pointee.wrappingAdd(count, ordering: .relaxed).oldValue
        return start < end ? start..<min(start + count, end) : nil
    }
}
