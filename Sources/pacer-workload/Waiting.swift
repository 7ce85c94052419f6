import Glibc

extension Kind {
    static let io = Kind(
        name: "io",
        summary: "sleeps a millisecond for every 0.1 ms of computing, as a program does that waits for I/O",
        demonstrates: "threads help, cores and frequency hardly do: the time is not spent on a CPU",
        defaultWork: 3_000,
        make: { Waiting(work: $0.work) })
}

/// Waiting that no core can shorten.
struct Waiting: Workload {
    private static let compute = Compute(rounds: 50_000)
    private static let waitNanoseconds = 1_000_000

    private let work: Int
    private let tickets: Tickets

    init(work: Int) {
        self.work = work
        tickets = Tickets(upTo: work)
    }

    func run(_ worker: Worker) -> Tally {
        var tally = Tally()
        while let item = tickets.take(1)?.first {
            var wait = timespec(tv_sec: 0, tv_nsec: Self.waitNanoseconds)
            nanosleep(&wait, nil)
            tally.add(item: item, result: Self.compute.result(of: UInt64(item)))
            worker.publish(tally.items)
        }
        return tally
    }

    func fault(in tally: Tally) -> String? {
        tally.fault(work: work, compute: Self.compute)
    }
}
