import PacerAPI
import PacerUnits

/// An event in a line for people.
struct EventText {
    private let event: EventView
    private let zone: (Int64) -> Int64

    init(_ event: EventView, zone: @escaping (Int64) -> Int64) {
        self.event = event
        self.zone = zone
    }

    /// When, to what, and what: `14:28:12  job 12 (make)  started on core 0, 1 at 1.6 GHz after 2.1 s`.
    func line(now: Int64) -> String {
        let parts = [Words.time(event.atUnixNs, now: now, zone: zone), subject, sentence]
        return printable(parts.joined(separator: "  "))
    }

    private var subject: String {
        if let job = event.job { return "job \(job)\(event.className.map { " (\($0))" } ?? "")" }
        return event.data.domain.map { "domain \($0)" } ?? "pacerd"
    }

    private var sentence: String {
        let data = event.data
        switch event.kind {
        case .daemonStarted: return "began to serve"
        case .daemonStopping: return "is about to end; its jobs go on"
        case .storeFailed: return "cannot store what is to be kept\(because); it is kept in memory"
        case .storeRecovered: return "stores everything again"
        case .jobSubmitted: return "submitted\(by)\(terms)"
        case .jobResumed: return "waits again after a restart of the daemon\(terms)"
        case .jobAdopted: return "runs on after a restart of the daemon, \(place)"
        case .jobStarted:
            return "started \(place)\(data.waitedS.map { " after \(Words.length($0))" } ?? "")"
        case .jobMoved:
            return "now \(place)\(data.choice.map { ", \($0)" } ?? "")\(because)"
        case .jobStopping: return "was told to end\(because)"
        case .jobFinished: return end
        case .domainHeld: return "held at \(frequency ?? "its frequency")"
        case .domainReleased: return "given back"
        case .domainRefused: return "does not obey\(because)"
        case .missed:
            return "\(data.count.map { "\($0) events" } ?? "events") before this are no longer kept"
        default: return event.kind.rawValue
        }
    }

    private var by: String { event.userID.map { " by user \($0)" } ?? "" }
    private var because: String { event.data.reason.map { ": \($0)" } ?? "" }
    private var frequency: String? { event.data.frequencyKhz.map { Hertz(kilohertz: $0).description } }

    private var place: String {
        let cores = (event.data.coreIDs ?? []).map(String.init).joined(separator: ", ")
        return "on core \(cores)\(frequency.map { " at \($0)" } ?? "")"
    }

    private var terms: String {
        let deadline = event.data.deadlineUnixNs.map {
            "deadline in \(Words.length(Double($0 - event.atUnixNs) / 1e9))"
        }
        return ", \(deadline ?? "no deadline")\(event.data.policy.map { ", policy \($0)" } ?? "")"
    }

    private var end: String {
        let data = event.data
        var text = data.outcome.map(Words.outcome) ?? "ended"
        if let ran = data.ranS { text += " in \(Words.length(ran))" }
        if let kept = data.deadlineKept { text += kept ? ", deadline kept" : ", deadline missed" }
        if let joules = data.attributedJ, let source = data.energySource {
            let error = data.attributedErrorJ.map { " ± \(Joules($0))" } ?? ""
            text += ", \(Joules(joules))\(error) above idle, \(source)"
        }
        if let unknown = data.unknownS, unknown > 0 { text += ", unknown for \(Words.length(unknown))" }
        return text
    }
}
