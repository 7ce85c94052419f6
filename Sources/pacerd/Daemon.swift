import Glibc
import NIOCore
import PacerAPI
import PacerAPIServer
import PacerConfig
import PacerHardware
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerRuntime
import PacerScheduling
import PacerStore
import PacerUnits

/// The composition root: the only place that names concrete edges. Lives on one event loop.
final class Daemon {
    private let eventLoop: any EventLoop
    private var configuration: DaemonConfiguration
    private var policies: LoadedPolicies
    private let isPrivate: Bool
    /// Only root can become others; its private daemon serves nobody else, and needs no other rule.
    private let runsAsSubmitter = geteuid() == 0
    private let time = SystemTime()
    private let store: SQLiteStore
    private let executor: ProcessExecutor
    private let hardware: Hardware
    private let loop: ControlLoop
    private var server: APIServer?
    private var watch: DescriptorWatch?
    private let watchdog = Watchdog()
    private var descriptors: [JobID: Int32] = [:]
    private var wake: Scheduled<Void>?
    private let wakes: WakeBox
    private var lastLead = Seconds.zero

    /// The scheduled time of the next look, set by the control loop before the daemon exists.
    private final class WakeBox { var schedule: (Instant?) -> Void = { _ in } }

    init(
        _ configuration: DaemonConfiguration, installation: Installation, isPrivate: Bool,
        jobsCgroup: String?, eventLoop: any EventLoop
    ) throws {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.isPrivate = isPrivate
        let time = time
        let clock: () -> Instant = { time.now }
        if runsAsSubmitter, !isPrivate { try JobFolders.prepare(state: configuration.stateDirectory) }
        store = try SQLiteStore.open(
            path: "\(configuration.stateDirectory)/pacer.sqlite", recover: true, at: clock())
        store.notes.forEach { Log.write(.warning, $0) }
        policies = try LoadedPolicies.load(configuration)
        if geteuid() == 0, configuration.machine != .emulated {
            try JobFolders.makePath("/run/pacer", mode: 0o755)
        }
        executor = ProcessExecutor(
            shepherd: configuration.shepherd, jobsCgroup: jobsCgroup, clock: clock)
        hardware = try Hardware.open(
            configuration, installation: installation,
            // One place for all of root's daemons: the machine has one set of knobs.
            keeperState: geteuid() == 0
                ? "/run/pacer/keeper.state" : "\(configuration.stateDirectory)/keeper.state",
            executor: executor, clock: clock)
        (hardware.facts.notes + hardware.facts.conflicts).forEach { Log.write(.info, $0) }
        let wakes = WakeBox()
        self.wakes = wakes
        var ports = Ports(
            executor: executor, store: store, meter: hardware.meter, frequency: hardware.frequency,
            follower: hardware.follower, clock: clock, schedule: { wakes.schedule($0) },
            makeFolder: { folder, identity throws(PortError) in
                try JobFolders.make(folder, for: identity)
            }, log: Log.write)
        ports.removeFolder = { folder throws(PortError) in try JobFolders.remove(folder) }
        ports.runsAsSubmitter = runsAsSubmitter
        ports.asleep = systemAsleep
        ports.accounts = store
        if !hardware.facts.isEmulated { ports.rivals = { Conflict.running().map(\.description) } }
        ports.onlineCPUs = { OnlineCPUs.read() }
        if let limit = configuration.journalLimit {
            let folder = "\(configuration.stateDirectory)/journal"
            let recorded = policies.recorded
            ports.journal = BackgroundJournal(run: runDetached) {
                EventJournalFiles(folder: folder, limit: limit, version: pacerVersion, policies: recorded) {
                    Log.write(.error, $0)
                }
            }
        }
        loop = ControlLoop(
            facts: hardware.facts, power: hardware.power, policies: policies.policies,
            defaultPolicy: configuration.defaultPolicy, constants: Self.constants(configuration),
            userLimits: configuration.userLimits, finishedLimit: configuration.finishedLimit,
            rivals: RivalChoice(configuration.rivals),
            folders: "\(configuration.stateDirectory)/jobs",
            ports: ports)
    }

    /// Takes over what an earlier daemon left, and begins to answer.
    func start(version: String, notice: SupervisorNotice) throws -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let watch = DescriptorWatch(
            eventLoop: eventLoop, action: { bound.value.readable($0) },
            clockWasSet: { bound.value.clockWasSet() })
        self.watch = watch
        executor.onConnection = { [unowned self] job, descriptor in
            descriptors[job] = descriptor
            watch.add(job, descriptor)
        }
        executor.onDisconnection = { [unowned self] job, descriptor in
            descriptors[job] = nil
            watch.remove(descriptor)
        }
        executor.onStart = { [unowned self] in loop.started($0, failure: $1) }
        executor.onExit = { job, report in bound.value.loop.exited(job, report.status) }
        wakes.schedule = { [unowned self] in schedule($0) }
        var settings = APIServerSettings(
            socketPath: configuration.socket,
            access: geteuid() == 0 && !isPrivate ? .everybody : .owner,
            mode: isPrivate ? .privately : geteuid() == 0 ? .system : .user, version: version,
            started: time.now, defaultOutputLimit: configuration.outputLimit)
        settings.runsAsSubmitter = runsAsSubmitter
        settings.adminGroupID = try configuration.adminGroup.map(groupNumber)
        // A private daemon beside the machine's would find its address taken.
        settings.metricsAddress = isPrivate ? nil : configuration.metricsAddress
        let server = APIServer(service: loop, eventLoop: eventLoop, settings: settings)
        let answering = try server.start()
        self.server = server
        watch.start()
        CPUWatch(eventLoop: eventLoop) { bound.value.loop.look() }.start()
        try Orphans(
            folders: "\(configuration.stateDirectory)/jobs", defaultPolicy: configuration.defaultPolicy
        )
        .register(in: store, executor: executor, machine: hardware.facts.machine, at: time.now)
        .forEach { Log.write(.warning, $0) }
        try loop.resume()
        executor.removeLeftovers(below: "\(configuration.stateDirectory)/jobs")
        watchdog.start(notice, eventLoop: eventLoop)
        return answering
    }

    /// What is to be told of it in one line.
    var status: String {
        let source = hardware.facts.machine.energySource.rawValue
        return "serves \(configuration.socket); joules are \(source); the default policy is "
            + configuration.defaultPolicy
    }

    /// Goes on with what of `new` can change while the daemon runs. Returns a sentence for the log.
    func reload(_ new: DaemonConfiguration, _ policies: LoadedPolicies) -> String {
        let before = configuration
        let (changed, awaitingRestart) = configuration.reloaded(from: new)
        configuration = changed
        var sentence = "the configuration was read again"
        if policies.recorded != self.policies.recorded || changed.defaultPolicy != before.defaultPolicy
            || changed.grace != before.grace || changed.userLimits != before.userLimits
        {
            let isUnrecorded = loop.reload(
                policies: policies.policies, recorded: policies.recorded,
                defaultPolicy: changed.defaultPolicy,
                constants: Self.constants(changed), userLimits: changed.userLimits)
            if isUnrecorded { sentence += "; events are not recorded until no job is left that began before" }
        }
        self.policies = policies
        loop.keepFinished(changed.finishedLimit)
        server?.setDefaultOutputLimit(changed.outputLimit)
        do {
            server?.setAdminGroup(try changed.adminGroup.map(groupNumber))
        } catch {
            configuration.adminGroup = before.adminGroup
            sentence += "; administrators stay who they are: \(error)"
        }
        guard !awaitingRestart.isEmpty else { return sentence }
        return sentence + "; what it says of \(awaitingRestart.joined(separator: ", ")) waits for a restart"
    }

    private static func constants(_ configuration: DaemonConfiguration) -> ControlConstants {
        var constants = ControlConstants()
        constants.grace = configuration.grace
        return constants
    }

    /// Ends: a private daemon cancels its jobs first, another leaves them to their shepherds.
    func stop() -> EventLoopFuture<Void> {
        guard isPrivate else { return close() }
        for id in loop.unfinished {
            do throws(ServiceError) { _ = try loop.cancel(id) } catch {
                Log.write(.warning, error.description)
            }
        }
        let promise = eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let patience = time.now + configuration.grace + Seconds(3)
        eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { task in
            guard !bound.value.loop.hasUnfinished || bound.value.time.now > patience else { return }
            task.cancel()
            bound.value.close().cascade(to: promise)
        }
        return promise.futureResult
    }

    private func close() -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        loop.suspend()
        watchdog.stop()
        wake?.cancel()
        let closed = server?.close() ?? eventLoop.makeSucceededVoidFuture()
        return closed.map {
            let daemon = bound.value
            (daemon.hardware.follower as? EmulatedPlacement)?.releaseAll().forEach { Log.write(.warning, $0) }
            do throws(PortError) { try daemon.hardware.keeper?.close() } catch {
                Log.write(.error, "\(error)")
            }
            daemon.store.close()
        }
    }

    private func readable(_ job: JobID) {
        executor.readable(job)
        // Still connected: there may be more to come.
        if let descriptor = descriptors[job] { watch?.renew(job, descriptor) }
    }

    /// The clock of the day was set, or the machine woke up, which the timers of the event loop do not see.
    private func clockWasSet() {
        let lead = time.lead
        let step = lead - lastLead
        lastLead = lead
        if abs(step.value) >= 1 {
            Log.write(
                .warning,
                "the clock was set \(step > .zero ? "forward" : "back") by \(Seconds(abs(step.value))); "
                    + "deadlines keep their distance from now, and follow the clock at the next start")
        }
        loop.look()
    }

    private func schedule(_ instant: Instant?) {
        wake?.cancel()
        wake = nil
        guard let instant else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let delay = max(.zero, instant - time.now)
        let nanoseconds = Int64(min(delay.value, 86_400 * 365) * 1e9)
        wake = eventLoop.scheduleTask(in: .nanoseconds(nanoseconds)) { bound.value.loop.tick() }
    }
}

/// The number of a group that is named, or given by its number.
private func groupNumber(_ name: String) throws -> UInt32 {
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 1 << 16)
    let failure = getgrnam_r(name, &entry, &buffer, buffer.count, &found)
    if let found { return found.pointee.gr_gid }
    guard let number = UInt32(name), failure == 0 else {
        let reason = failure == 0 ? "" : " (\(String(cString: strerror(failure))))"
        throw DaemonError("the admin-group '\(name)' is not a group of this machine\(reason)")
    }
    return number
}

/// Why the daemon does not start, in one sentence.
struct DaemonError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
