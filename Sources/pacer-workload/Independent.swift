extension Kind {
    static let independent = Kind(
        name: "independent",
        summary: "computes in registers, nothing shared",
        demonstrates: "scales perfectly: more cores save time, and the static share of the energy",
        defaultWork: 1_500_000,
        make: { Independent(work: $0.work) })
}

/// Embarrassingly parallel compute.
struct Independent: Workload {
    /// Two to three microseconds each.
    static let compute = Compute(rounds: 1_000)
    /// Items taken at a time: about 0.1 ms, far above the cost of a ticket and below a progress line's grain.
    static let chunk = 50

    private let work: Int
    private let tickets: Tickets

    init(work: Int) {
        self.work = work
        tickets = Tickets(upTo: work)
    }

    func run(_ worker: Worker) -> Tally {
        var tally = Tally()
        while let chunk = tickets.take(Self.chunk) {
            for item in chunk {
                tally.add(item: item, result: Self.compute.result(of: UInt64(item)))
            }
            worker.publish(tally.items)
        }
        return tally
    }

    func fault(in tally: Tally) -> String? {
        tally.fault(work: work, compute: Self.compute)
    }
}
