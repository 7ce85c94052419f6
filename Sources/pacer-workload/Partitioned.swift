import Synchronization

extension Kind {
    static let partitioned = Kind(
        name: "partitioned",
        summary: "takes items from a queue per thread with fetch-and-add tickets, nobody waits",
        demonstrates: "the work of the lock kinds, scaling: what removing the contention is worth",
        defaultWork: SharedQueue.defaultWork,
        make: { Partitioned(plan: $0) })
}

/// The items of the lock kinds, divided among as many queues as there are threads. A thread that has emptied
/// its own queue goes on to the others.
struct Partitioned: Workload {
    private let work: Int
    private let partitions: Int
    /// The next ticket of each queue, on lines of their own.
    private let tickets: Padded<Int>

    init(plan: Plan) {
        work = plan.work
        partitions = plan.threads
        tickets = Padded(repeating: 0, count: plan.threads)
    }

    func run(_ worker: Worker) -> Tally {
        var tally = Tally()
        for turn in 0..<partitions {
            drain((worker.index + turn) % partitions, into: &tally, worker)
        }
        return tally
    }

    func fault(in tally: Tally) -> String? {
        tally.fault(work: work, compute: SharedQueue.compute)
    }

    /// Takes items from one queue until it is empty.
    @inline(__always)
    private func drain(_ partition: Int, into tally: inout Tally, _ worker: Worker) {
        let items = work * partition / partitions..<work * (partition + 1) / partitions
        let ticket = tickets.cell(partition)
        while true {
            let offset = ticket.pointee.wrappingAdd(1, ordering: .relaxed).oldValue
            guard offset < items.count else { return }
            let item = items.lowerBound &+ offset
            tally.add(item: item, result: SharedQueue.compute.result(of: UInt64(truncatingIfNeeded: item)))
            worker.publish(tally.items)
        }
    }
}
