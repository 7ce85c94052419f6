import Glibc
import Synchronization

extension Kind {
    static let stream = Kind(
        name: "stream",
        summary: "streams three arrays that no cache holds through a = b + s*c",
        demonstrates: "bound by memory: frequency hardly matters, cores help until the bandwidth is used up",
        defaultWork: 400_000,
        make: { Stream(plan: $0) })
}

/// The triad of McCalpin's STREAM. One item is one block of the arrays; items walk through the blocks again
/// and again.
///
/// Each block counts its visits, and a visit has the block to itself, so the values that a block must hold in
/// the end are known: s is the number of the visit.
struct Stream: Workload, @unchecked Sendable {
    /// Elements of one block: 64 KiB of each array, about 10 µs.
    private static let blockLength = 8_192

    private let work: Int
    private let tickets: Tickets
    private let blocks: Int
    private let a: UnsafeMutablePointer<Double>
    private let b: UnsafeMutablePointer<Double>
    private let c: UnsafeMutablePointer<Double>
    /// Twice the number of visits that have ended, plus one while a visit is going on.
    private let visits: Padded<Int>

    init(plan: Plan) {
        work = plan.work
        tickets = Tickets(upTo: plan.work)
        blocks = plan.arrayMebibytes * 1_048_576 / (Self.blockLength * MemoryLayout<Double>.stride)
        visits = Padded(repeating: 0, count: blocks)
        a = Self.reserve(plan.arrayMebibytes)
        b = Self.reserve(plan.arrayMebibytes)
        c = Self.reserve(plan.arrayMebibytes)
    }

    func run(_ worker: Worker) -> Tally {
        var tally = Tally()
        while let item = tickets.take(1)?.first {
            visit(block: item % blocks)
            tally.add(item: item, result: 0)
            worker.publish(tally.items)
        }
        return tally
    }

    func fault(in tally: Tally) -> String? {
        if let fault = tally.faultInItems(work: work) { return fault }
        for block in 0..<blocks {
            let expected = work / blocks + (block < work % blocks ? 1 : 0)
            if visits.cell(block).pointee.load(ordering: .acquiring) != 2 * expected {
                return "block \(block) was not visited \(expected) times"
            }
            guard expected > 0 else { continue }
            let start = block * Self.blockLength
            for offset in 0..<Self.blockLength
            where a[start + offset] != Double(block) + Double(expected) * Self.factor(at: offset) {
                return "element \(start + offset) holds \(a[start + offset])"
            }
        }
        return nil
    }

    /// Runs the triad over one block. A thread that was preempted for a whole walk makes the next one yield.
    private func visit(block: Int) {
        let state = visits.cell(block)
        var seen = state.pointee.load(ordering: .relaxed)
        while true {
            if seen.isMultiple(of: 2) {
                let attempt = state.pointee.compareExchange(
                    expected: seen, desired: seen + 1, successOrdering: .acquiring, failureOrdering: .relaxed)
                if attempt.exchanged { break }
                seen = attempt.original
            } else {
                sched_yield()
                seen = state.pointee.load(ordering: .relaxed)
            }
        }
        let start = block * Self.blockLength
        if seen == 0 { fill(block: block) }
        triad(a + start, b + start, c + start, scale: Double(seen / 2 + 1))
        state.pointee.store(seen + 2, ordering: .releasing)
    }

    /// The first visitor writes the operands, so that memory is touched first by a thread that uses it.
    private func fill(block: Int) {
        let start = block * Self.blockLength
        for offset in 0..<Self.blockLength {
            b[start + offset] = Double(block)
            c[start + offset] = Self.factor(at: offset)
        }
    }

    @inline(never)
    private func triad(
        _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>,
        _ c: UnsafeMutablePointer<Double>, scale: Double
    ) {
        for index in 0..<Self.blockLength {
            a[index] = b[index] + scale * c[index]
        }
    }

    /// Small whole numbers, so that every sum and product is exact.
    private static func factor(at offset: Int) -> Double { Double(offset % 1_000 + 1) }

    /// Address space for one array, in huge pages where the system has them, zero until it is touched.
    private static func reserve(_ mebibytes: Int) -> UnsafeMutablePointer<Double> {
        let length = mebibytes * 1_048_576
        guard
            let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else {
            let reason = String(cString: strerror(errno))
            Console.write(
                line: "pacer-workload: no memory for an array of \(mebibytes) MiB: \(reason)",
                to: STDERR_FILENO)
            exit(ExitStatus.systemFailure)
        }
        madvise(memory, length, MADV_HUGEPAGE)
        return memory.bindMemory(to: Double.self, capacity: length / MemoryLayout<Double>.stride)
    }
}
