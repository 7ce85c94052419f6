import Glibc
import NIOCore
import NIOPosix
import PacerAPI
import PacerAPIClient
import PacerPlatform
import PacerPorts
@testable import PacerRuntime
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerAPIServer

@Suite(.timeLimit(.minutes(1))) struct EventsTests {
    private static let end = JobEnd(
        outcome: .ended(.exited(code: 3)), ran: Seconds(12.5), deadlineKept: false,
        energy: {
            var energy = JobEnergy()
            energy.attributed = Joules(17.8)
            energy.attributedError = Joules(0.4)
            return energy
        }(), source: .emulated)

    /// One of each kind.
    private static let happenings: [Happening] = [
        .daemonStarted, .daemonStopping, .storeFailed("could not update job 5: full"), .storeRecovered,
        .submitted(policy: "race-to-idle", deadline: Instant(nanoseconds: 5)),
        .resumed(policy: "race-to-idle", deadline: nil),
        .adopted(Allocation(cores: [CoreID(1)], frequency: Hertz(kilohertz: 800_000))),
        .started(
            Allocation(cores: [CoreID(1)], frequency: Hertz(kilohertz: 800_000)), waited: Seconds(2)),
        .moved(Allocation(cores: [CoreID(0)], frequency: Hertz(kilohertz: 800_000)), nil),
        .stopping(.cancelled), .finished(end), .held(DomainID(0), Hertz(kilohertz: 800_000)),
        .released(DomainID(0)), .refused(DomainID(0), reason: "no"),
    ]

    @Test func `events are lines of JSON in their order, each with its number`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        try daemon.withService { service in
            service.observed.tell(.daemonStarted)
            service.observed.tell(.finished(Self.end), job: 3, user: getuid())
        }
        let part = try daemon.client.events(EventQuery(since: 0))
        #expect(part.events.map(\.sequence) == [100, 101])
        #expect(part.events.map(\.kind) == [.daemonStarted, .jobFinished])
        #expect(part.next == 101)
        let job = part.events[1]
        #expect(job.job == 3)
        #expect(job.userID == getuid())
        #expect(job.className == "make")
        #expect(job.data.outcome == OutcomeView(.exited, exitCode: 3))
        #expect(job.data.deadlineKept == false)
        #expect(job.data.energySource == .emulated)
        #expect(try daemon.client.events(EventQuery(since: part.next)).events.isEmpty)
    }

    @Test func `who follows is answered by the next event, and asks from there`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let wait = pool.runIfActive(eventLoop: daemon.eventLoop) {
            try daemon.client.events(EventQuery(since: nil, follow: true, timeoutS: 3600))
        }
        while try !daemon.withService({ $0.observed.onEvent != nil }) {}
        try daemon.withService { $0.observed.tell(.storeRecovered) }
        #expect(try wait.wait().events.map(\.kind) == [.storeRecovered])
        // Nobody waits any more, so nobody is told.
        #expect(try daemon.withService { $0.observed.onEvent == nil })
        let none = try daemon.client.events(EventQuery(since: 100, follow: true, timeoutS: 0.01))
        #expect(none.events.isEmpty)
        #expect(none.next == 100)
        try pool.syncShutdownGracefully()
    }

    @Test func `who reads slowly is told how much was missed, and the rest comes`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        try daemon.withService { service in
            for _ in 0..<30 { service.observed.tell(.storeRecovered) }
        }
        let part = try daemon.client.events(EventQuery(since: 105, limit: 5))
        #expect(part.events.first?.kind == .missed)
        #expect(part.events.first?.data.count == 16)
        #expect(part.events.map(\.sequence) == [121, 122, 123, 124, 125, 126])
        #expect(part.next == 126)
        let rest = try daemon.client.events(EventQuery(since: part.next))
        #expect(rest.events.map(\.sequence) == [127, 128, 129])
        let other = try daemon.client.events(EventQuery(since: 7))
        #expect(other.events.first?.kind == .missed)
        #expect(other.events.first?.data.count == nil)
    }

    @Test func `a closing server answers who follows`() throws {
        let daemon = try Daemon()
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let wait = pool.runIfActive(eventLoop: daemon.eventLoop) {
            try daemon.client.events(EventQuery(since: nil, follow: true, timeoutS: 3600))
        }
        while try !daemon.withService({ $0.observed.onEvent != nil }) {}
        try daemon.close()
        #expect(try wait.wait().events.isEmpty)
        try pool.syncShutdownGracefully()
    }

    @Test func `users hear of their own jobs and of what is safe of the machine, administrators of all`() {
        let user = Audience(userID: 1000, seesAll: false, job: nil)
        let root = Audience(userID: 0, seesAll: true, job: nil)
        for happening in Self.happenings {
            let own = ServiceEvent(
                sequence: 1, at: .zero, happening: happening, job: JobID(1), userID: 1000)
            let other = ServiceEvent(
                sequence: 1, at: .zero, happening: happening, job: JobID(2), userID: 1001)
            let machine = ServiceEvent(sequence: 1, at: .zero, happening: happening)
            #expect(root.mayHear(own) && root.mayHear(other) && root.mayHear(machine))
            switch happening {
            case .daemonStarted, .daemonStopping, .storeFailed, .storeRecovered, .refused:
                #expect(user.mayHear(machine))
            case .held, .released: #expect(!user.mayHear(machine))
            default:
                #expect(user.mayHear(own))
                #expect(!user.mayHear(other))
            }
        }
        let one = Audience(userID: 0, seesAll: true, job: 7)
        #expect(
            one.mayHear(
                ServiceEvent(
                    sequence: 1, at: .zero, happening: .daemonStarted, job: JobID(7), userID: 3)))
        #expect(!one.mayHear(ServiceEvent(sequence: 1, at: .zero, happening: .daemonStarted)))
    }

    @Test func `users see whole joules of runs that took a second, and no other job's sentence`() throws {
        let traits = MachineTraits(FakeService.machine)
        let view = { (happening: Happening, seesAll: Bool) in
            EventView(
                ServiceEvent(sequence: 1, at: .zero, happening: happening), traits: traits,
                audience: Audience(userID: 1000, seesAll: seesAll, job: nil)
            ).data
        }
        #expect(view(.finished(Self.end), true).attributedJ == 17.8)
        #expect(view(.finished(Self.end), false).attributedJ == 18)
        #expect(view(.finished(Self.end), false).attributedErrorJ == 0)
        var short = Self.end
        short.ran = Seconds(0.5)
        #expect(view(.finished(short), false).attributedJ == nil)
        #expect(view(.storeFailed("could not update job 5: full"), false).reason == nil)
        #expect(view(.storeFailed("could not update job 5: full"), true).reason != nil)
    }

    @Test func `an overview has the jobs, the domains and the joules`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        _ = try daemon.client.submit(ServerTests.submission())
        let overview = try daemon.client.overview(waiting: 10)
        #expect(overview.active.map(\.id) == [1])
        #expect(overview.active[0].learnt.estimates.isEmpty)
        #expect(overview.domains.map(\.heldKhz) == [1_600_000])
        #expect(overview.domains.map(\.readBackKhz) == [1_500_000])
        #expect(overview.totalJ == 42.625)
        #expect(overview.energySource == .emulated)
        #expect(overview.counts.queued == 3)
        #expect(overview.othersCores.isEmpty)
    }

    @Test func `energy is reported by source, and joules of two sources are never added`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        try daemon.withService { service in
            var sums: [AccountSum] = []
            for (key, source, joules) in [
                ("a", EnergySource.emulated, 10.5), ("b", .emulated, 20.25), ("a", .measured, 7),
            ] {
                var sum = AccountSum(key: key, source: source)
                sum.jobs = 2
                sum.attributed = Joules(joules)
                sum.coreTime = Seconds(7200)
                sum.withDeadline = 2
                sum.missed = 1
                sums.append(sum)
            }
            var machine = MachineAccount(from: .zero, until: Instant(nanoseconds: 9), source: .emulated)
            machine.counted = Joules(100)
            machine.idle = Joules(60)
            service.observed.report = EnergyReport(sums: sums, machine: [machine])
        }
        let report = try daemon.client.energy(since: 5, by: .className)
        #expect(report.sinceUnixNs == 5)
        #expect(report.by == .className)
        #expect(report.everybody)
        #expect(report.lines.map(\.key) == ["b", "a", "a"])
        #expect(report.totals.map(\.source) == [.emulated, .measured])
        #expect(report.totals.map(\.attributedJ) == [30.75, 7])
        #expect(report.totals.map(\.jobs) == [4, 2])
        #expect(report.lines[0].coreHours == 2)
        #expect(report.machine.map(\.attributedJ) == [40])
        #expect(try daemon.withService { $0.observed.askedUser } == nil)
    }
}
