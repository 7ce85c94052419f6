extension Kind {
    static let serial = Kind(
        name: "serial",
        summary: "one thread computes, the others sleep until it is done",
        demonstrates: "cores beyond the first change nothing; on-CPU share is 1/threads",
        defaultWork: 1_500_000,
        make: { Serial(work: $0.work) })
}

/// The same computation as `Independent`, all of it on the first thread.
struct Serial: Workload {
    private let work: Int
    private let finished = Gate()

    init(work: Int) {
        self.work = work
    }

    func run(_ worker: Worker) -> Tally {
        var tally = Tally()
        guard worker.index == 0 else {
            finished.wait()
            return tally
        }
        var item = 0
        while item < work {
            let end = min(item + Independent.chunk, work)
            for number in item..<end {
                tally.add(item: number, result: Independent.compute.result(of: UInt64(number)))
            }
            item = end
            worker.publish(item)
        }
        finished.open()
        return tally
    }

    func fault(in tally: Tally) -> String? {
        tally.fault(work: work, compute: Independent.compute)
    }
}
