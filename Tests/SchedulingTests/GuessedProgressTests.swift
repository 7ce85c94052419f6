import PacerModels
import PacerPlatform
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What a program prints is taken for its progress, which it may turn out not to be.
@Suite struct GuessedProgressTests {
    /// A job of 30 s at the fastest with a deadline of 45 s that says so of its progress.
    private static func kept(
        estimate: Seconds? = nil, _ says: @escaping (_ done: Double, _ now: Instant) -> Progress?
    ) throws -> JobRecord {
        let top = exampleMachine(cores: 4).topFrequency.value
        var run = LoneRun(work: 120, deadline: 45, estimate: estimate) { at, _ in
            Double(at.cores) * at.frequency.value / top
        }
        run.says = says
        run.run(until: 120)
        return try #require(run.record)
    }

    @Test func `a job whose guess is withdrawn is followed by its processor time, and is in time`() throws {
        // A bar for each file: the first is believed, until the second begins.
        let record = try Self.kept { done, now in
            done < 20 ? Progress(done: done / 20, total: 1, at: now, source: .output) : nil
        }
        #expect(record.keptDeadline == true, "\(record.decisions)")
        #expect(record.work.source == .cpuTime && record.work.total == nil)
    }

    @Test func `a job that goes on after all that it printed is hurried`() throws {
        var last = Instant.zero
        let record = try Self.kept { done, now in
            if done < 20 { last = now }
            return Progress(done: min(1, done / 20), total: 1, at: last, source: .output)
        }
        #expect(record.keptDeadline == true, "\(record.decisions)")
    }

    @Test func `a total is that of the source that gives it`() throws {
        // It prints how far it has loaded, and then declares what it has done of nobody knows how much.
        let record = try Self.kept { done, now in
            done < 12
                ? Progress(done: done / 12, total: 1, at: now, source: .output)
                : Progress(done: (done * 100).rounded(), total: nil, at: now, source: .declared)
        }
        #expect(record.keptDeadline == true, "\(record.decisions)")
        #expect(record.work.total == nil && record.work.basis == .unknown)
    }

    @Test func `an estimate is not work in another unit`() throws {
        let record = try Self.kept(estimate: Seconds(30)) { done, now in
            // By then it has been followed by processor time for some seconds.
            done > 24 ? Progress(done: done * 1e6, total: nil, at: now, source: .declared) : nil
        }
        #expect(record.keptDeadline == true, "\(record.decisions)")
        #expect(record.work.total ?? .infinity > 60e6, "\(record.work)")
    }
}
