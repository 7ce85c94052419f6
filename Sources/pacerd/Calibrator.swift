import Glibc
import PacerAPI
import PacerHardware
import PacerModels
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerRuntime
import PacerScheduling
import PacerUnits
import Synchronization

/// Measures what a calibration's plan asks for: holds frequencies, keeps cores busy, reads the energy.
///
/// It owns the machine while it works. Whatever happens, ``close()`` ends the load and puts every knob back.
final class Calibrator {
    private let hardware: Hardware
    private let executor: ProcessExecutor
    private let workload: String
    private let folder: String
    private let time: SystemTime
    private let interrupt: Interrupt
    private let ended = EndedJobs()
    private var held: Set<DomainID> = []
    private var running: JobID?
    private var lastJob: Int64 = 0
    private var refusals: [String] = []
    /// Windows in which other programs ran, however often they were measured, and the largest share of a core
    /// that those used.
    private var disturbed = (windows: 0, most: 0.0)

    /// Windows that other programs disturb are measured again, this many times in all.
    private static let attempts = 3
    /// Processor time of other programs, as a share of one core, that disturbs a window.
    private static let disturbance = 0.05
    /// Less of its cores than this, and the window says nothing of the load.
    private static let leastShare = 0.02

    /// - Parameters:
    ///   - workload: the path of `pacer-workload`, which keeps the cores busy.
    ///   - folder: for the files of its runs; exists.
    init(
        _ hardware: Hardware, executor: ProcessExecutor, workload: String, folder: String, time: SystemTime,
        interrupt: Interrupt
    ) {
        self.hardware = hardware
        self.executor = executor
        self.workload = workload
        self.folder = folder
        self.time = time
        self.interrupt = interrupt
        let ended = ended
        executor.onExit = { job, _ in ended.insert(job) }
    }

    private var machine: Machine { hardware.facts.machine }
    private var emulated: EmulatedMachine? { hardware.meter as? EmulatedMachine }
    private var cpufreq: CpufreqControl? { hardware.frequency as? CpufreqControl }

    /// Measures one point.
    func measure(
        _ point: CalibrationPoint, settling: Seconds, window: Seconds
    ) throws(CalibrationFailure) -> CalibrationWindow {
        try prepare(point)
        try pause(settling)
        var attempt = 1
        while true {
            let (measured, others) = try observe(point, for: window)
            // An emulated machine does not pay for other programs; what they take is seen in the busy time.
            guard emulated == nil, others > Self.disturbance else { return try finish(measured) }
            if attempt == Self.attempts {
                disturbed = (disturbed.windows + 1, max(disturbed.most, others))
                return try finish(measured)
            }
            attempt += 1
        }
    }

    /// What was not as it should be, one sentence each.
    var notes: [String] {
        guard disturbed.windows > 0 else { return refusals }
        let share = decimal(disturbed.most * 100, places: 0)
        return refusals + [
            "Other programs ran in \(disturbed.windows) windows and used up to \(share) % of a core: "
                + "what they draw is in the figures."
        ]
    }

    /// Ends the load and puts every knob back; says what could not be.
    func close() -> [String] {
        var failures: [String] = []
        do throws(CalibrationFailure) { try stop() } catch { failures.append(error.sentence) }
        do throws(CalibrationFailure) { try release() } catch { failures.append(error.sentence) }
        do throws(PortError) { try cpufreq?.close() } catch { failures.append(error.description) }
        return failures
    }

    // MARK: One window

    private func prepare(_ point: CalibrationPoint) throws(CalibrationFailure) {
        guard case .busy(let load, let cores, let frequency, _) = point else { return try release() }
        try hold(frequency)
        try start(load, on: Array(machine.cores.prefix(cores)), at: frequency)
    }

    private func finish(_ window: CalibrationWindow) throws(CalibrationFailure) -> CalibrationWindow {
        try stop()
        return window
    }

    /// One window, and the share of a core that other programs used in it.
    private func observe(
        _ point: CalibrationPoint, for length: Seconds
    ) throws(CalibrationFailure) -> (CalibrationWindow, others: Double) {
        let before = look()
        let effective = try wait(length, watching: point)
        let after = look()
        let span = after.at - before.at
        guard after.energy.unknown == before.energy.unknown else {
            throw CalibrationFailure(.inputOutput, "the energy counters could not be read all the time")
        }
        let busy = machine.cores.map { core in
            after.busy[core.id, default: .zero] - before.busy[core.id, default: .zero]
        }
        let window = CalibrationWindow(
            point: point, length: span, energy: after.energy.total - before.energy.total, busy: busy.total(),
            busiest: min(span, busy.max() ?? .zero), effective: effective)
        let all = after.system.flatMap { late in before.system.map { late - $0 } } ?? busy.total()
        if case .busy(let load, let cores, _, _) = point {
            executor.poll()
            if running.map(ended.contains) == true {
                throw CalibrationFailure(.internalFailure, "the \(load.rawValue) load ended by itself")
            }
            guard window.busy > span * (Self.leastShare * Double(cores)) else {
                throw CalibrationFailure(
                    .temporary, "the machine is too busy: \(words(point)) got hardly any processor time")
            }
        }
        return (window, max(0, (all - busy.total()) / span))
    }

    private struct Look {
        var at: Instant
        var energy: EnergyReading
        /// What the load used of each core.
        var busy: [CoreID: Seconds]
        /// What everything used of the processors.
        var system: Seconds?
    }

    private func look() -> Look {
        let now = time.now
        var busy: [CoreID: Seconds] = [:]
        if let emulated {
            busy = emulated.busyTime(at: now)
        } else if let running {
            let perCPU = executor.processorTime(running)
            for core in machine.cores {
                busy[core.id] = core.cpus.cpus.map { perCPU[$0, default: .zero] }.total()
            }
        }
        let energy = hardware.meter.read(at: now)
        return Look(at: now, energy: energy, busy: busy, system: SystemLoad.busyTime())
    }

    /// Lets `length` pass and returns what the busy cores ran at meanwhile, where that can be read.
    private func wait(
        _ length: Seconds, watching point: CalibrationPoint
    ) throws(CalibrationFailure) -> Hertz? {
        guard case .busy = point, let cpufreq, let domain = firstDomain else {
            try pause(length)
            return nil
        }
        let looks = 4
        var seen: [Hertz] = []
        for _ in 0..<looks {
            try pause(length / Double(looks))
            // What cannot be read is not known; the frequency was held all the same.
            do throws(PortError) { try cpufreq.present(domain).map { seen.append($0) } } catch { continue }
        }
        return seen.isEmpty ? nil : seen.total() / Double(seen.count)
    }

    private var firstDomain: DomainID? { machine.cores.first.flatMap { machine.domain(of: $0.id)?.id } }

    // MARK: Load and knobs

    private func start(
        _ load: CalibrationLoad, on cores: [Core], at frequency: Hertz
    ) throws(CalibrationFailure) {
        lastJob += 1
        let job = JobID(lastJob)
        let place = "\(folder)/\(job)"
        guard mkdir(place, 0o700) == 0 else {
            throw CalibrationFailure(
                .cannotCreate, "could not make the folder \(place): \(String(cString: strerror(errno)))")
        }
        let ids = cores.map(\.id)
        try port { () throws(PortError) in
            try executor.launch(
                LaunchRequest(
                    job: job, arguments: arguments(load, threads: cores.count),
                    environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], workingDirectory: "/",
                    // One thread on each core: its sibling would share the core's power.
                    folder: place, cpus: CPUSet(cores.compactMap(\.cpus.cpus.first))))
            running = job
            try hardware.follower?.jobStarted(job, cores: ids)
        }
    }

    /// As much work as cannot be done in a window, and which ends within minutes should nobody end it.
    private func arguments(_ load: CalibrationLoad, threads: Int) -> [String] {
        let (kind, itemsPerSecond) = load == .compute ? ("independent", 1_000_000) : ("stream", 250_000)
        let work = 30 * itemsPerSecond * threads
        return [workload, kind, "--threads", "\(threads)", "--work", "\(work)"]
    }

    private func stop() throws(CalibrationFailure) {
        guard let job = running else { return }
        running = nil
        try port { () throws(PortError) in
            do throws(PortError) {
                try executor.signal(job, SIGKILL)
            } catch  where error.code == .notPresent {
                return  // it has ended
            }
        }
        let patience = time.now + Seconds(5)
        while !ended.contains(job), time.now < patience {
            usleep(1000)
            executor.poll()
        }
        hardware.follower?.jobEnded(job)
        executor.forget(job)
        hardware.follower?.forget(job)
        guard ended.contains(job) else {
            throw CalibrationFailure(.internalFailure, "the load could not be ended")
        }
    }

    private func hold(_ frequency: Hertz) throws(CalibrationFailure) {
        guard let control = hardware.frequency else { return }
        for domain in machine.domains where !domain.operatingPoints.isEmpty {
            held.insert(domain.id)
            try port { () throws(PortError) in
                _ = try control.hold(frequency, domain: domain.id, reason: .userRequest)
            }
        }
    }

    private func release() throws(CalibrationFailure) {
        var failure: CalibrationFailure?
        for domain in held.sorted() {
            do throws(CalibrationFailure) {
                try port { () throws(PortError) in
                    try hardware.frequency?.release(domain, reason: .restore)
                }
                held.remove(domain)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func pause(_ length: Seconds) throws(CalibrationFailure) {
        guard interrupt.wait(length) else { throw CalibrationFailure.interrupted }
    }

    private func words(_ point: CalibrationPoint) -> String { CalibrationWords.point(point) }
}

extension Calibrator {
    /// How long a change of frequency takes, from the request until the new one is read back: the median of
    /// changes between the ends of the range, under load; `nil` where that cannot be seen.
    func transitionLatency() throws(CalibrationFailure) -> Seconds? {
        let ends = [machine.frequencies.first, machine.frequencies.last].compactMap { $0 }
        guard let cpufreq, let domain = firstDomain, Set(ends).count == 2 else { return nil }
        try hold(ends[0])
        try start(.compute, on: Array(machine.cores.prefix(1)), at: ends[0])
        try pause(Seconds(0.2))
        var seen: [Seconds] = []
        for change in 1...10 {
            let wanted = ends[change % 2]
            let asked = time.now
            try hold(wanted)
            while time.now - asked < Seconds(0.5) {
                let present = try port { () throws(PortError) in try cpufreq.present(domain) }
                guard let present else { break }
                // The kernel computes what cores run at, and is off by a little.
                if abs(present / wanted - 1) < 0.02 {
                    seen.append(time.now - asked)
                    break
                }
                try pause(Seconds(0.0005))
            }
            try pause(Seconds(0.05))
        }
        try stop()
        try release()
        return seen.count < 5 ? nil : seen.sorted()[seen.count / 2]
    }

    /// What the driver declares.
    func declaredLatency() -> Seconds? {
        guard let cpufreq else { return nil }
        do throws(PortError) {
            return try cpufreq.declaredLatency()
        } catch {
            refusals.append("What the driver declares of its latency could not be read: \(error).")
            return nil
        }
    }
}

/// Jobs that have ended, as the executor reports them.
private final class EndedJobs: Sendable {
    private let jobs = Mutex<Set<JobID>>([])

    func insert(_ job: JobID) { jobs.withLock { _ = $0.insert(job) } }

    func contains(_ job: JobID) -> Bool { jobs.withLock { $0.contains(job) } }
}

/// Runs `body`; what a port refuses becomes the failure of the calibration.
private func port<Value>(_ body: () throws(PortError) -> Value) throws(CalibrationFailure) -> Value {
    do throws(PortError) {
        return try body()
    } catch {
        let exit: CommandExit = error.code == .notPermitted ? .notPermitted : .inputOutput
        throw CalibrationFailure(exit, error.description)
    }
}
