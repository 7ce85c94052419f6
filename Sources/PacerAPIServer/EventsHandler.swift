import NIOCore
import NIOHTTP1
import PacerAPI
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits

/// `GET /v1/events`: everybody's for those who may see them, else those of one's own jobs and what is safe of
/// the machine's.
enum EventsHandler {
    static func answer(_ query: EventQuery, _ peer: Peer, _ desk: Desk) throws(APIError) -> Answer {
        if let job = query.job { _ = try desk.job(job, for: peer) }
        let audience = Audience(
            userID: peer.userID, seesAll: desk.authorisation.seesEverything(peer), job: query.job)
        let since = start(query, desk)
        let page = desk.service.events(after: since, limit: query.limit, where: audience.mayHear)
        guard query.follow, page.events.isEmpty, page.missed == nil else {
            return .now(try reply(page, audience, desk))
        }
        let timeout = TimeAmount.nanoseconds(Int64(query.timeoutS * 1e9))
        return .later(
            desk.events.wait(timeout: timeout, for: audience.mayHear) { [unowned desk] in
                let page = desk.service.events(
                    after: page.next, limit: query.limit, where: audience.mayHear)
                do throws(APIError) {
                    return try reply(page, audience, desk)
                } catch {
                    return Reply(error)
                }
            })
    }

    /// Without a beginning: all that are kept, or, for those who follow, what comes from now on.
    private static func start(_ query: EventQuery, _ desk: Desk) -> Int64 {
        if let since = query.since { return since }
        if let from = query.from { return desk.service.eventSequence(before: Instant(nanoseconds: from)) }
        return query.follow ? desk.service.lastEvent : 0
    }

    private static func reply(
        _ page: EventPage, _ audience: Audience, _ desk: Desk
    ) throws(APIError) -> Reply {
        var views: [EventView] = []
        if let missed = page.missed {
            views.append(EventView(missed, before: page, now: desk.service.now, audience: audience))
        }
        let traits = try desk.traits()
        views += page.events.map { EventView($0, traits: traits, audience: audience) }
        var lines = ByteBuffer()
        for view in views {
            do throws(WireError) {
                lines.writeBytes(try WireJSON.encode(view))
            } catch {
                throw APIError(.internalFailure, error.description)
            }
            lines.writeInteger(UInt8(ascii: "\n"))
        }
        return Reply(
            text: lines, contentType: "application/x-ndjson",
            headers: [APIHeader.nextEvent: "\(page.next)"])
    }
}

/// Who hears of which events.
struct Audience {
    let userID: UInt32
    let seesAll: Bool
    /// The only job that is asked about; `nil` for everything.
    let job: Int64?

    /// Whether an event may be told.
    func mayHear(_ event: ServiceEvent) -> Bool {
        if let job { return event.job?.number == job && (seesAll || event.userID == userID) }
        if seesAll { return true }
        switch event.happening {
        case .daemonStarted, .daemonStopping, .storeFailed, .storeRecovered, .refused: return true
        // What cores run at tells of other people's jobs.
        case .held, .released: return false
        case .submitted, .resumed, .adopted, .started, .moved, .paused, .proceeded, .stopping,
            .finished:
            return event.userID == userID
        }
    }
}

extension EventView {
    /// What is told of an event.
    init(_ event: ServiceEvent, traits: MachineTraits, audience: Audience) {
        self.init(sequence: event.sequence, atUnixNs: event.at.nanoseconds, kind: event.happening.kind)
        job = event.job?.number
        userID = event.userID
        className = event.className
        data = Details(event.happening, traits: traits, seesAll: audience.seesAll)
    }

    /// The line that says that events were missed.
    init(_ missed: EventPage.Missed, before page: EventPage, now: Instant, audience: Audience) {
        let first = page.events.first
        self.init(
            sequence: (first?.sequence ?? page.next + 1) - 1,
            atUnixNs: (first?.at ?? now).nanoseconds, kind: .missed)
        // How many events there were tells of other people's jobs.
        if case .some(let count) = missed, audience.seesAll { data.count = count }
    }
}

extension Happening {
    /// The kind of event, as it is on the wire.
    fileprivate var kind: EventKindName {
        switch self {
        case .daemonStarted: .daemonStarted
        case .daemonStopping: .daemonStopping
        case .storeFailed: .storeFailed
        case .storeRecovered: .storeRecovered
        case .submitted: .jobSubmitted
        case .resumed: .jobResumed
        case .adopted: .jobAdopted
        case .started: .jobStarted
        case .moved: .jobMoved
        case .paused: .jobPaused
        case .proceeded: .jobProceeded
        case .stopping: .jobStopping
        case .finished: .jobFinished
        case .held: .domainHeld
        case .released: .domainReleased
        case .refused: .domainRefused
        }
    }
}

extension EventView.Details {
    fileprivate init(_ happening: Happening, traits: MachineTraits, seesAll: Bool) {
        self.init()
        switch happening {
        case .daemonStarted, .daemonStopping, .storeRecovered, .paused: break
        case .storeFailed(let sentence): if seesAll { reason = sentence }
        case .submitted(let name, let deadline), .resumed(let name, let deadline):
            policy = name
            deadlineUnixNs = deadline?.nanoseconds
        case .adopted(let allocation), .proceeded(let allocation): set(allocation, traits)
        case .started(let allocation, let waited):
            set(allocation, traits)
            waitedS = waited.value.finite
        case .moved(let allocation, let decision):
            set(allocation, traits)
            choice = decision?.kind.rawValue
            reason = decision?.reason
        case .stopping(let why): reason = why.rawValue
        case .finished(let end): set(end, seesAll: seesAll)
        case .held(let id, let frequency):
            domain = id.number
            frequencyKhz = frequency.kilohertz
        case .released(let id): domain = id.number
        case .refused(let id, let why):
            domain = id.number
            reason = why
        }
    }

    private mutating func set(_ allocation: Allocation, _ traits: MachineTraits) {
        let view = AllocationView(allocation, traits: traits)
        coreIDs = view.coreIDs
        frequencyKhz = view.frequencyKhz
    }

    private mutating func set(_ end: JobEnd, seesAll: Bool) {
        outcome = OutcomeView(end.outcome)
        ranS = end.ran?.value.finite
        deadlineKept = end.deadlineKept
        guard end.ran != nil else { return }
        energySource = EnergySourceName(end.source)
        unknownS = end.energy.unknown.value.finite
        let shown = { (joules: Joules) in
            seesAll ? joules.value.finite : SafeEnergy.ofJob(joules, ran: end.ran)?.value.finite
        }
        attributedJ = shown(end.energy.attributed)
        attributedErrorJ = end.energy.attributedError.flatMap(shown)
    }
}
