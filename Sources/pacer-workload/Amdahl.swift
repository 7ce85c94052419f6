import Glibc

extension Kind {
    static let amdahl = Kind(
        name: "amdahl",
        summary: "alternates one-thread and all-thread phases of a few milliseconds",
        demonstrates: "speedup stops at 1/fraction: n threads take fraction + (1 - fraction)/n of the time",
        defaultWork: 1_500_000,
        make: { Amdahl(plan: $0) })
}

/// A serial share that is spread evenly over the run, so that the rate is steady and the threads wait asleep.
struct Amdahl: Workload {
    /// Items of one round, serial and parallel part together: about 20 ms on one core.
    private static let round = 10_000

    private let work: Int
    private let serialFraction: Double
    /// For the parallel part of round r: items are numbered within the run, and each round has its own pool.
    private let pools: [Tickets]
    private let barrier: Barrier

    init(plan: Plan) {
        work = plan.work
        serialFraction = plan.serialFraction
        barrier = Barrier(threads: plan.threads)
        pools = Self.rounds(of: plan.work).map { round in
            Tickets(upTo: round.count - Self.serialItems(of: round, fraction: plan.serialFraction))
        }
    }

    func run(_ worker: Worker) -> Tally {
        var tally = Tally()
        for (round, pool) in zip(Self.rounds(of: work), pools) {
            let serial = Self.serialItems(of: round, fraction: serialFraction)
            if worker.index == 0 {
                compute(round.prefix(serial), into: &tally, worker)
            }
            barrier.wait()
            let first = round.lowerBound + serial
            while let chunk = pool.take(Independent.chunk) {
                compute(first + chunk.lowerBound..<first + chunk.upperBound, into: &tally, worker)
            }
            barrier.wait()
        }
        return tally
    }

    func fault(in tally: Tally) -> String? {
        tally.fault(work: work, compute: Independent.compute)
    }

    /// Does `items`, publishing after every chunk of them.
    private func compute(_ items: Range<Int>, into tally: inout Tally, _ worker: Worker) {
        for item in items {
            tally.add(item: item, result: Independent.compute.result(of: UInt64(item)))
            if tally.items.isMultiple(of: Independent.chunk) { worker.publish(tally.items) }
        }
        worker.publish(tally.items)
    }

    private static func rounds(of work: Int) -> [Range<Int>] {
        stride(from: 0, to: work, by: round).map { $0..<min($0 + round, work) }
    }

    private static func serialItems(of round: Range<Int>, fraction: Double) -> Int {
        Int((Double(round.count) * fraction).rounded())
    }
}

/// A POSIX barrier: its threads sleep until all have come. Lives as long as the process.
struct Barrier: @unchecked Sendable {
    private let barrier: UnsafeMutablePointer<pthread_barrier_t>

    init(threads: Int) {
        barrier = .allocate(capacity: 1)
        barrier.initialize(to: pthread_barrier_t())
        pthread_barrier_init(barrier, nil, UInt32(threads))
    }

    func wait() {
        pthread_barrier_wait(barrier)
    }
}
