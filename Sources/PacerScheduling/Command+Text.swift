import PacerPlatform
import PacerUnits

// The canonical text of a command, by which journals tell decisions apart.

extension Command {
    /// The command in one line that people can read and that differs wherever two commands differ in what
    /// they order. Frequencies are in kHz, times in nanoseconds of the clock of every instant.
    ///
    /// | text | command |
    /// | --- | --- |
    /// | `launch 3 cores 0,1` | start job 3 there |
    /// | `confine 3 cores 0` | move it |
    /// | `hold 0 at 2400000` | hold domain 0 at 2.4 GHz |
    /// | `release 0` | give it back |
    /// | `signal 3 terminate` | or `kill` |
    /// | `pause 3` | stop its processes |
    /// | `proceed 3` | let them go on |
    /// | `wake 1790000000000000000` | or `wake never` |
    /// | `record 3 running cores 0,1 at 2400000 done 12.5 attributed 3.25 #…` | store what is known of it |
    /// | `remember make runs 2 #…` | store what is known of its class |
    /// | `retire 3` | remove what is left of its processes |
    ///
    /// Behind `#` is a fingerprint of everything that is recorded or remembered.
    public var journalText: String {
        switch self {
        case .launch(let job, let cores): "launch \(job) \(Self.text(cores))"
        case .confine(let job, let cores): "confine \(job) \(Self.text(cores))"
        case .hold(let domain, let frequency): "hold \(domain.number) at \(frequency.kilohertz)"
        case .release(let domain): "release \(domain.number)"
        case .signal(let job, let signal): "signal \(job) \(signal)"
        case .pause(let job): "pause \(job)"
        case .proceed(let job): "proceed \(job)"
        case .wake(let instant): instant.map { "wake \($0.nanoseconds)" } ?? "wake never"
        case .record(let record):
            "record \(record.request.id) \(record.state.journalText) done \(record.work.done) "
                + "attributed \(record.energy.attributed.value) #\(Fingerprint.of(record))"
        case .remember(let profile):
            "remember \(profile.className) runs \(profile.runs) #\(Fingerprint.of(profile))"
        case .retire(let job): "retire \(job)"
        }
    }

    fileprivate static func text(_ cores: [CoreID]) -> String {
        "cores " + cores.map { "\($0.number)" }.joined(separator: ",")
    }
}

extension JobState {
    /// Where the job is, and on what.
    fileprivate var journalText: String {
        let place = { (allocation: Allocation) in
            "\(Command.text(allocation.cores)) at \(allocation.frequency.kilohertz)"
        }
        switch self {
        case .queued: return "queued"
        case .starting(let allocation): return "starting \(place(allocation))"
        case .running(let allocation, _): return "running \(place(allocation))"
        case .paused(let allocation, _): return "paused \(place(allocation))"
        case .stopping(let allocation, _, let reason, _):
            return "stopping \(reason.rawValue) \(place(allocation))"
        case .finished(let outcome, let at):
            switch outcome {
            case .ended(let status): return "finished \(at.nanoseconds) \(status)"
            case .stopped(let reason): return "finished \(at.nanoseconds) \(reason.rawValue)"
            case .notStarted: return "finished \(at.nanoseconds) not started"
            case .lost: return "finished \(at.nanoseconds) lost"
            }
        }
    }
}
