import PacerPlatform
import PacerPorts
@testable import PacerRuntime
import PacerScheduling
import PacerUnits

/// What a fake service has to show.
final class FakeObservations {
    var onEvent: ((ServiceEvent) -> Void)?
    var ring = EventRing(capacity: 8, first: 100)
    var figures = FakeService.figures()
    var report = EnergyReport(sums: [], machine: [])
    /// Whose energy was asked for last; `nil` for everybody's.
    var askedUser: UInt32?

    func tell(_ happening: Happening, job: Int64? = nil, user: UInt32? = nil) {
        let event = ring.append(
            happening, at: Instant(nanoseconds: 1_790_000_000_000_000_000), job: job.map { JobID($0) },
            userID: user, className: job.map { _ in "make" })
        onEvent?(event)
    }
}

extension FakeService {
    var onEvent: ((ServiceEvent) -> Void)? {
        get { observed.onEvent }
        set { observed.onEvent = newValue }
    }

    var lastEvent: Int64 { observed.ring.last }

    func events(after sequence: Int64, limit: Int, where isMeant: (ServiceEvent) -> Bool) -> EventPage {
        observed.ring.page(after: sequence, limit: limit, where: isMeant)
    }

    func eventSequence(before instant: Instant) -> Int64 { observed.ring.sequence(before: instant) }
    func figures() -> ServiceFigures { observed.figures }

    func overview(waiting limit: Int, of user: UInt32?) -> ServiceOverview {
        let figures = observed.figures
        let all = store.values.sorted { $0.record.request.id < $1.record.request.id }
        return ServiceOverview(
            at: figures.at, machine: Self.machine, domains: figures.domains, energy: figures.energy,
            active: all.filter { $0.record.state.allocation != nil },
            waiting: Array(
                all.filter { $0.record.state == .queued && (user == nil || $0.submission.userID == user) }
                    .prefix(limit)),
            jobs: figures.jobs)
    }

    func energyReport(
        by grouping: AccountGrouping, since: Instant, user: UInt32?
    ) throws(ServiceError) -> EnergyReport {
        observed.askedUser = user
        return observed.report
    }

    static let machine = Machine(
        name: "desktop",
        cores: [0, 1].map { Core(id: CoreID($0), cpus: [CPUID($0)], package: PackageID(0)) },
        domains: [
            FrequencyDomain(
                id: DomainID(0), cores: [CoreID(0), CoreID(1)],
                operatingPoints: [
                    OperatingPoint(Hertz(kilohertz: 800_000)), OperatingPoint(Hertz(kilohertz: 1_600_000)),
                ])
        ], energySource: .emulated)

    /// Figures in which no two numbers are the same.
    static func figures() -> ServiceFigures {
        var jobs = JobCounts()
        jobs.queued = 3
        jobs.running = 2
        var tallies = Tallies()
        tallies.submitted = 11
        tallies.finished = [.succeeded: 4, .failed: 1, .cancelled: 2]
        tallies.deadlinesKept = 5
        tallies.deadlinesMissed = 6
        for wait in [0.05, 0.5, 0.6, 100, 1e9] { tallies.waits.add(Seconds(wait)) }
        tallies.attributed = Joules(1234.5678)
        tallies.users = [1000: Tallies.User(), 7: Tallies.User()]
        tallies.users[1000]?.finished = 9
        tallies.users[1000]?.attributed = Joules(77.25)
        let zone = EnergyDomain(
            name: "package \"0\"\\\n", origin: "x", rangeMicrojoules: 1, countsTowardsTotal: true)
        return ServiceFigures(
            at: Instant(nanoseconds: 1_790_000_000_000_000_000), jobs: jobs, cores: 2, coresHeld: 1,
            domains: [
                DomainFigure(
                    id: DomainID(0), held: Hertz(kilohertz: 1_600_000), readBack: Hertz(kilohertz: 1_500_000)),
                DomainFigure(id: DomainID(4), held: nil, readBack: nil),
            ],
            energy: EnergyFigure(
                source: .emulated, counted: Joules(42.625), unknown: Seconds(1.5), attributed: Joules(30.125),
                idle: Joules(10.5), unattributed: Joules(2),
                zones: [CountedZone(domain: zone, counted: Joules(41.0625))]),
            tallies: tallies, unsavedRecords: 1, journalErrors: 8,
            keeper: KeeperState(isRunning: true, restarts: 13))
    }
}
