import CPacerShims
import Glibc
import PacerPlatform
import PacerPorts

/// The CPUs of a set as the kernel's bit mask, 64 to a word.
struct AffinityMask: Equatable {
    /// As many CPUs as a mask can name.
    static let capacity = 4096

    private(set) var words: [UInt64]

    /// - Throws: ``PortError`` with `invalid` when the set is empty or names a CPU that cannot exist.
    init(_ cpus: CPUSet) throws(PortError) {
        guard let last = cpus.cpus.last, last.number < Self.capacity else {
            throw PortError(
                .invalid, "confine a job to CPUs '\(cpus)'", reason: "there is no such set of CPUs")
        }
        words = [UInt64](repeating: 0, count: last.number / 64 + 1)
        for cpu in cpus.cpus { words[cpu.number / 64] |= 1 << UInt64(cpu.number % 64) }
    }

    /// The mask of a thread; `nil` when it has ended.
    init?(thread: Int32) {
        words = [UInt64](repeating: 0, count: Self.capacity / 64)
        guard pacer_affinity_get(thread, &words, words.count) == 0 else { return nil }
    }

    /// The CPUs of the mask.
    var cpus: CPUSet {
        CPUSet((0..<words.count * 64).filter { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }.map(CPUID.init))
    }

    func isSubset(of other: AffinityMask) -> Bool {
        words.indices.allSatisfy { words[$0] & ~($0 < other.words.count ? other.words[$0] : 0) == 0 }
    }

    /// Sets the mask of a thread. A thread that has ended needs none.
    func apply(to thread: Int32) throws(PortError) {
        let result = pacer_affinity_set(thread, words, words.count)
        if result < 0, result != -ESRCH {
            throw PortError(errno: -result, "pin thread \(thread) to CPUs \(cpus)")
        }
    }

    /// Sets the mask of every thread of a changing set of processes, until no new threads appear.
    func applyToThreads(of processes: () -> [Int32], reader: KernelFileReader) throws(PortError) {
        var done: Set<Int32> = []
        for _ in 0..<50 {
            let new = processes().flatMap(reader.threads(of:)).filter { !done.contains($0) }
            if new.isEmpty { return }
            for thread in new { try apply(to: thread) }
            done.formUnion(new)
        }
        // Threads made from now on inherit the mask of a thread that has it already.
    }
}
