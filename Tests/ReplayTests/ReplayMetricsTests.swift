import PacerModels
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

@Suite struct ReplayMetricsTests {
    private static func at(_ seconds: Double) -> Instant { .zero + Seconds(seconds) }

    private static func job(_ submitted: Double, _ runTime: Double, deadline: Double?) -> ReplayJob {
        ReplayJob(
            number: 1, submitted: at(submitted), runTime: Seconds(runTime), cores: 1, requestedTime: nil,
            shape: .rigid(cores: 1), deadline: deadline.map(at), kind: 0)
    }

    private static func ran(_ started: Double?, _ finished: Double?) -> ReplayedJob {
        var job = ReplayedJob()
        job.started = started.map(at)
        job.finished = finished.map(at)
        return job
    }

    private static func result(_ jobs: [ReplayedJob], utilisation: Double = 0.5) -> ReplayResult {
        ReplayResult(
            policy: "p", jobs: jobs, segments: [],
            energy: ReplayEnergy(idle: .zero, uncore: .zero, cores: .zero), start: .zero, end: at(100),
            utilisation: utilisation, switches: 3)
    }

    private static func metrics(_ jobs: [ReplayJob], _ ran: [ReplayedJob]) -> ReplayMetrics {
        ReplayMetrics(
            result(ran), of: Workload(name: "w", kinds: [ShippedKinds.plain], jobs: jobs))
    }

    @Test func `every figure is what a hand gets`() {
        var refused = ReplayedJob()
        refused.refusal = .tooWide
        let metrics = Self.metrics(
            [
                Self.job(0, 10, deadline: 20), Self.job(0, 5, deadline: 20), Self.job(2, 0, deadline: 4),
                Self.job(3, 4, deadline: nil), Self.job(4, 4, deadline: 50), Self.job(5, 4, deadline: 60),
                Self.job(6, 4, deadline: nil),
            ],
            [
                Self.ran(0, 20), Self.ran(20, 25), Self.ran(3, 5), Self.ran(25, 31), refused,
                Self.ran(40, nil), Self.ran(nil, nil),
            ])
        #expect(metrics.jobs == 7)
        #expect(metrics.refused == 1)
        #expect(metrics.unfinished == 2)
        #expect(metrics.deadlines == 5)
        // Late by 5 and by 1, refused, and never finished.
        #expect(metrics.misses == 4)
        #expect(metrics.maximumTardiness == Seconds(5))
        // Waits of 0, 20, 1, 22 and 35.
        #expect(metrics.meanWait == Seconds(15.6))
        // 20/10, 25/5 and 28/4; the job of no length is left out.
        #expect(metrics.meanSlowdown == 14.0 / 3)
        #expect(metrics.utilisation == 0.5)
        #expect(metrics.switches == 3)
    }

    @Test func `what there is none of is nil and not zero`() {
        let metrics = Self.metrics([Self.job(0, 10, deadline: nil)], [Self.ran(nil, nil)])
        // Waits of 0, 20, 1, 22 and 35.
        #expect(metrics.meanWait == nil && metrics.meanSlowdown == nil && metrics.maximumTardiness == nil)
        let empty = ReplayMetrics(
            Self.result([], utilisation: .nan), of: Workload(name: "", kinds: [], jobs: []))
        #expect(empty.utilisation == nil)
        let early = Self.metrics([Self.job(0, 10, deadline: 30)], [Self.ran(0, 10)])
        #expect(early.maximumTardiness == .zero && early.misses == 0)
    }
}
