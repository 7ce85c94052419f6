import PacerModels
import PacerPlatform
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

/// A job that has settled is looked at rarely, and reports its progress when it likes. What it does meanwhile
/// has to be learnt all the same.
@Suite struct SteadyMeasuringTests {
    @Test(arguments: [0.02, 0.5, 1, 5])
    func `a rate that was measured wrong is put right where the job runs`(reporting: Double) throws {
        // A second core hinders; but in the first three seconds it seems to help at the lowest frequency.
        var run = LoneRun(work: 200, deadline: 400) { at, seconds in
            let clock = at.frequency.value / 3.2e9
            if at.cores == 1 { return 2 * clock }
            if seconds < 3, clock < 0.5 { return 3 * clock * Double(at.cores) }
            return clock
        }
        run.reporting = reporting
        run.run(until: 60)
        let record = try #require(run.record)
        let at = try #require(run.engine.allocation(of: JobID(1))?.configuration)
        #expect(at.cores == 1, "\(record.decisions)")
    }

    @Test func `what is known of a class that reports rarely is not given up before the first report`() throws
    {
        let rate = { (at: Configuration, _: Double) in Double(at.cores) * at.frequency.value / 3.2e9 }
        var first = LoneRun(work: 200, deadline: 300, rate: rate)
        first.reporting = 5
        first.run(until: 400)
        let learnt = try #require(first.learnt)
        #expect(learnt.source == .declared)
        var second = LoneRun(work: 200, deadline: 300, prior: learnt, rate: rate)
        second.reporting = 5
        second.run(until: 400)
        let warm = try #require(second.record)
        #expect(warm.probes.count <= 2)
        #expect(warm.keptDeadline == true)
        // It may be probed once its reports are seen, but it does not run wide and fast to be learnt anew.
        let chosen = warm.decisions.filter { $0.kind != .probe }.compactMap(\.configuration)
        #expect(!chosen.contains { $0.frequency == Hertz(3.2e9) }, "\(warm.decisions)")
    }

    @Test func `a job that becomes slower is followed, and keeps its deadline`() throws {
        var run = LoneRun(work: 100, deadline: 100) { at, seconds in
            let rate = Double(at.cores) * at.frequency.value / 3.2e9
            return seconds < 40 ? rate : rate / 3
        }
        run.run(until: 200)
        let record = try #require(run.record)
        #expect(record.keptDeadline == true, "\(record.decisions)")
    }

    @Test func `a job that has not reported yet is not looked at all the time`() throws {
        var run = LoneRun(work: 100_000, deadline: 100_000) { at, _ in Double(at.cores) }
        run.reporting = 600
        run.run(until: 500)
        #expect(run.looks < 500)
    }

    /// How long each probe took, from its beginning to the next choice.
    private static func probes(swing: Double) throws -> [Double] {
        var run = LoneRun(work: 120, deadline: 80) { at, seconds in
            let swung = Int(seconds / 0.07).isMultiple(of: 2) ? 1 + swing : 1 - swing
            return Double(at.cores) * at.frequency.value / 3.2e9 * swung
        }
        run.run(until: 80)
        let decisions = try #require(run.record).decisions
        return zip(decisions, decisions.dropFirst()).filter { $0.0.kind == .probe }.map {
            ($1.at - $0.at).value
        }
    }

    @Test func `a job whose rate is steady is probed briefly, and one whose rate is not for longer`() throws {
        let constants = ControlConstants()
        let least = { (window: Seconds) in (constants.settling + window).value }
        let steady = try Self.probes(swing: 0)
        #expect(steady.allSatisfy { $0 < least(constants.unsteadyWindow) }, "\(steady)")
        let unsteady = try Self.probes(swing: 0.3)
        #expect(unsteady.allSatisfy { $0 >= least(constants.unsteadyWindow) }, "\(unsteady)")
        #expect(!steady.isEmpty && !unsteady.isEmpty)
    }

    @Test func `a job that runs steadily is looked at no more often than once in two seconds`() throws {
        var run = LoneRun(work: 1000, deadline: 1000) { at, _ in
            Double(at.cores) * at.frequency.value / 3.2e9
        }
        run.run(until: 60)
        let before = run.looks
        run.run(until: 160)
        #expect(run.looks - before <= 55)
    }

    @Test func `how often a job reports is not what was seen of its processor time`() {
        var tracker = ProgressTracker()
        func look(_ seconds: Double, done: Double?) {
            var sample = JobSample(at: .zero + Seconds(seconds))
            sample.progress = done.map { Progress(done: $0, total: 10, at: sample.at, source: .declared) }
            _ = tracker.update(sample, busy: Seconds(0.05), relativeFrequency: 1, mayStillDeclare: false)
        }
        for step in 0...10 { look(Double(step) * 0.05, done: nil) }
        #expect(tracker.source == .cpuTime)
        #expect(tracker.interval.map { abs($0.value - 0.05) < 1e-6 } == true)
        look(1, done: 1)
        #expect(tracker.source == .declared && tracker.interval == nil)
        look(2, done: 2)
        #expect(tracker.interval.map { abs($0.value - 1) < 1e-6 } == true)
    }
}
