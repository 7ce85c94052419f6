import PacerScheduling
import PacerTestSupport
import Testing

@Suite struct RigidQueueTests {
    private static func job(
        _ submitted: Int64, _ cores: Int, _ runTime: Int64, said estimate: Int64? = nil
    ) -> TextbookJob {
        TextbookJob(submitted: submitted, runTime: runTime, estimate: estimate ?? runTime, cores: cores)
    }

    /// When each job starts under the queue that is tested.
    private static func starts(_ jobs: [TextbookJob], cores: Int, backfills: Bool) -> [Int64?] {
        var queue = RigidQueue(cores: cores, backfills: backfills)
        var starts = [Int64?](repeating: nil, count: jobs.count)
        var running: [(end: Int64, entry: WaitingLine.Entry, expectedEnd: Int64)] = []
        var arrived = 0
        var started: [WaitingLine.Entry] = []
        while arrived < jobs.count || !running.isEmpty {
            let arrival = arrived < jobs.count ? jobs[arrived].submitted : .max
            let now = min(arrival, running.map(\.end).min() ?? .max)
            for ended in running where ended.end <= now {
                queue.end(job: ended.entry.job, cores: ended.entry.cores, expectedEnd: ended.expectedEnd)
            }
            running.removeAll { $0.end <= now }
            while arrived < jobs.count, jobs[arrived].submitted <= now {
                let job = jobs[arrived]
                if job.cores <= cores {
                    queue.arrive(
                        WaitingLine.Entry(job: arrived, cores: job.cores, estimate: job.estimate))
                }
                arrived += 1
            }
            started.removeAll()
            queue.start(at: now, into: &started)
            for entry in started {
                starts[entry.job] = now
                running.append(
                    (now + jobs[entry.job].runTime, entry, RigidQueue.end(of: entry, at: now)))
            }
            let busy = running.reduce(0) { $0 + $1.entry.cores }
            #expect(queue.free == cores - busy && busy <= cores)
        }
        #expect(queue.waiting == 0 && queue.first == nil && queue.free == cores)
        return starts
    }

    /// A few jobs with many ties: times are small whole numbers.
    private static func workload(_ generator: inout SeededGenerator, cores: Int) -> [TextbookJob] {
        let count = Int.random(in: 1...14, using: &generator)
        let span = Int64.random(in: 0...30, using: &generator)
        let longest = Int64.random(in: 1...12, using: &generator)
        return (0..<count).map { _ in
            let runTime = Int64.random(in: 0...longest, using: &generator)
            let estimate: Int64 =
                switch Int.random(in: 0...3, using: &generator) {
                case 0: runTime
                case 1: runTime + Int64.random(in: 0...10, using: &generator)
                case 2: Int64.random(in: 0...runTime, using: &generator)
                default: 5
                }
            // Now and then as wide as the machine, or wider.
            let width = Int.random(in: 1...(cores + 1), using: &generator)
            let narrow = Int.random(in: 1...max(1, cores / 3), using: &generator)
            return TextbookJob(
                submitted: Int64.random(in: 0...span, using: &generator), runTime: runTime,
                estimate: estimate, cores: Bool.random(using: &generator) ? width : narrow)
        }.sorted { $0.submitted < $1.submitted }
    }

    @Test(arguments: [false, true])
    func `every job starts when the textbook starts it`(backfills: Bool) {
        var overtakes = 0
        for seed in UInt64(1)...3000 {
            var generator = SeededGenerator(seed: seed)
            let cores = Int.random(in: 1...9, using: &generator)
            let jobs = Self.workload(&generator, cores: cores)
            let starts = Self.starts(jobs, cores: cores, backfills: backfills)
            let expected = TextbookQueue.starts(jobs, cores: cores, backfills: backfills)
            #expect(starts == expected, "seed \(seed): \(cores) cores, \(jobs)")
            let ran = starts.compactMap { $0 }
            if zip(ran, ran.dropFirst()).contains(where: { $1 < $0 }) { overtakes += 1 }
        }
        // The samples are no test of backfilling unless there is a lot of it.
        #expect(backfills ? overtakes > 500 : overtakes == 0)
    }

    @Test func `first come, first served makes all wait for the first`() {
        // Four cores.           0   2   4   6   8
        // A 3 cores, 4 s        AAAA
        // B 4 cores, 2 s            BB
        // C 1 core, 1 s               C        although a core was free all the time
        // D 2 cores, 3 s              DDD
        let jobs = [Self.job(0, 3, 4), Self.job(1, 4, 2), Self.job(1, 1, 1), Self.job(2, 2, 3)]
        #expect(Self.starts(jobs, cores: 4, backfills: false) == [0, 4, 6, 6])
        #expect(TextbookQueue.starts(jobs, cores: 4, backfills: false) == [0, 4, 6, 6])
    }

    @Test func `a short job goes ahead into the hole before the shadow time`() {
        // Four cores.           0   2   4   6   8
        // A 3 cores, 4 s        AAAA
        // B 4 cores, 2 s            BB         shadow time 4, no extra cores
        // C 1 core, 3 s          CCC           ends at the shadow time: goes ahead
        // D 1 core, 1 s               D        the core is C's until 4
        // E 1 core, 4 s               EEEE     would end at 5
        let jobs = [
            Self.job(0, 3, 4), Self.job(1, 4, 2), Self.job(1, 1, 3), Self.job(2, 1, 1), Self.job(2, 1, 4),
        ]
        #expect(Self.starts(jobs, cores: 4, backfills: true) == [0, 4, 1, 6, 6])
        #expect(TextbookQueue.starts(jobs, cores: 4, backfills: true) == [0, 4, 1, 6, 6])
    }

    @Test func `a long job goes ahead on cores that the first one will not need`() {
        // Six cores.            0   2   4   6   8  10  12
        // A 4 cores, 4 s        AAAA
        // B 5 cores, 2 s            BB         shadow time 4, one extra core
        // C 1 core, 9 s          CCCCCCCCC     the extra core: goes ahead
        // D 1 core, 9 s               DDDDDDDDD  no extra core is left
        // E 1 core, 3 s          EEE           fits before the shadow time
        let jobs = [
            Self.job(0, 4, 4), Self.job(1, 5, 2), Self.job(1, 1, 9), Self.job(1, 1, 9), Self.job(1, 1, 3),
        ]
        #expect(Self.starts(jobs, cores: 6, backfills: true) == [0, 4, 1, 6, 1])
        #expect(TextbookQueue.starts(jobs, cores: 6, backfills: true) == [0, 4, 1, 6, 1])
    }

    @Test func `what users say decides who goes ahead, and the first waits for who said too little`() {
        // Two cores.            0   2   4   6   8  10
        // A 1 core, 6 s, says 4 AAAAAA
        // B 2 cores, 1 s               B       shadow time 4, then 5 for C, in truth 8
        // C 1 core, 7 s, says 3  CCCCCCC       goes ahead by what it says
        // D 1 core, 1 s, says 9          D     does not, although it would have fitted
        let jobs = [
            Self.job(0, 1, 6, said: 4), Self.job(1, 2, 1), Self.job(1, 1, 7, said: 3),
            Self.job(7, 1, 1, said: 9),
        ]
        #expect(Self.starts(jobs, cores: 2, backfills: true) == [0, 8, 1, 9])
        #expect(TextbookQueue.starts(jobs, cores: 2, backfills: true) == [0, 8, 1, 9])
    }

    @Test func `an estimate without end is no overflow`() {
        let jobs = [Self.job(5, 1, 4, said: .max), Self.job(6, 2, 1), Self.job(6, 1, 2)]
        #expect(Self.starts(jobs, cores: 2, backfills: true) == [5, 9, 6])
        let entry = WaitingLine.Entry(job: 0, cores: 1, estimate: .max)
        #expect(RigidQueue.end(of: entry, at: 5) == .max)
    }
}
