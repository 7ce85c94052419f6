import PacerAPI
import PacerUnits

/// How quantities and times are put into words.
enum Words {
    /// From one point in time to another, in seconds; Unix nanoseconds, which may be any.
    static func seconds(from start: Int64, to end: Int64) -> Double {
        (Instant(nanoseconds: end) - Instant(nanoseconds: start)).value
    }

    /// A length of time: `12.3 s`, `30 min`, `1 h 5 min`, without parts that are zero.
    static func length(_ seconds: Double) -> String {
        let text = Seconds(seconds).description
        for zero in [" 0 s", " 0 min", " 0 h"] where text.hasSuffix(zero) {
            return String(text.dropLast(zero.count))
        }
        return text
    }

    /// `2 cores at 1.6 GHz`; only the cores where the frequency cannot be chosen.
    static func configuration(_ configuration: ConfigurationView) -> String {
        let cores = CoreCount(max(0, configuration.cores)).description
        return configuration.frequencyKhz.map { "\(cores) at \(Hertz(kilohertz: $0))" } ?? cores
    }

    /// The configurations of a plan in the order they are run.
    static func plan(_ plan: PlanView) -> String {
        plan.segments.map { configuration($0.configuration) }.joined(separator: ", then ")
    }

    /// `210 J emulated`.
    static func energy(_ joules: Double, _ source: EnergySourceName) -> String {
        "\(Joules(joules)) \(source)"
    }

    /// A share as a percentage: `12 %`.
    static func percent(_ share: Double, places: Int = 0) -> String {
        "\(decimal(share * 100, places: places)) %"
    }

    /// What kind of end it was.
    static func outcome(_ outcome: OutcomeView) -> String {
        switch outcome.kind {
        case .exited where outcome.exitCode == 0: "done"
        case .exited: "failed with exit code \(outcome.exitCode ?? -1)"
        case .signalled: "ended by signal \(outcome.signal ?? -1)\(signalName(outcome.signal))"
        case .cancelled: "cancelled"
        case .outputLimit: "stopped: it wrote more than its output limit"
        case .notStarted: "not started: \(outcome.reason ?? "unknown why")"
        case .lost: "lost: nobody saw it end"
        default: outcome.kind.rawValue
        }
    }

    /// A job's state, and its outcome once there is one.
    static func state(_ job: JobView) -> String { job.outcome.map(outcome) ?? job.state.rawValue }

    /// How a job may use cores.
    static func shape(_ shape: ShapeView) -> String {
        guard let cores = shape.cores else { return shape.kind.rawValue }
        let count = CoreCount(max(0, cores))
        return shape.kind == .rigid ? "rigid, \(count)" : "\(shape.kind), at most \(count)"
    }

    /// A point in time on the local clock: the time alone within a day of `now`, else with the date.
    static func time(_ unixNs: Int64, now: Int64, zone: (Int64) -> Int64) -> String {
        let seconds = unixNs >= 0 ? unixNs / 1_000_000_000 : 0
        let local = seconds + zone(seconds)
        let clock = [local / 3600 % 24, local / 60 % 60, local % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
            .joined(separator: ":")
        return abs(Words.seconds(from: now, to: unixNs)) < 86_400 ? clock : "\(date(local / 86400)) \(clock)"
    }

    /// The date of a day counted from 1970-01-01, by the proleptic Gregorian calendar.
    private static func date(_ day: Int64) -> String {
        var year: Int64 = 1970
        var rest = day
        let isLeap = { (year: Int64) in year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        while rest >= (isLeap(year) ? 366 : 365) {
            rest -= isLeap(year) ? 366 : 365
            year += 1
        }
        var month = 1
        for length in [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as [Int64] {
            if rest < length { break }
            rest -= length
            month += 1
        }
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(rest < 9 ? "0" : "")\(rest + 1)"
    }

    private static func signalName(_ signal: Int32?) -> String {
        let names: [Int32: String] = [
            1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 11: "SEGV",
            13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ", 31: "SYS",
        ]
        return signal.flatMap { names[$0] }.map { " (SIG\($0))" } ?? ""
    }
}

extension JobView {
    /// Share of the work that is done, 0…1; `nil` while the work is unknown.
    var progress: Double? {
        if isFinished, outcome?.isSuccess == true { return 1 }
        guard let total = work.total, total > 0 else { return nil }
        return min(1, max(0, work.done / total))
    }

    /// How long it has run, in seconds, until now or its end.
    var runTimeS: Double? {
        startedUnixNs.map { Words.seconds(from: $0, to: finishedUnixNs ?? nowUnixNs) }
    }
}
