import PacerHardware
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

/// Tells the emulated machine where jobs run, and shows it the processor time that they use.
final class EmulatedPlacement: PlacementFollower {
    private let machine: EmulatedMachine
    private let executor: any JobExecutor
    private var jobs: Set<JobID> = []

    init(machine: EmulatedMachine, executor: any JobExecutor) {
        self.machine = machine
        self.executor = executor
        machine.throttle = { job, share, cores throws(PortError) in
            try executor.throttle(job, share: share, cores: cores)
        }
        machine.loads = { [unowned self] in
            jobs.sorted().map { JobLoad(job: $0, perCPU: executor.processorTime($0)) }
        }
    }

    func jobStarted(_ job: JobID, cores: [CoreID]) throws(PortError) {
        jobs.insert(job)
        try machine.jobStarted(job, cores: cores)
    }

    func jobAdopted(_ job: JobID, cores: [CoreID]) throws(PortError) {
        jobs.insert(job)
        try machine.jobAdopted(job, cores: cores)
    }

    func jobMoved(_ job: JobID, to cores: [CoreID]) throws(PortError) { try machine.jobMoved(job, to: cores) }

    func jobEnded(_ job: JobID) {
        machine.jobEnded(job)
        jobs.remove(job)
    }

    func forget(_ job: JobID) { machine.forget(job) }

    func rescale(_ sample: JobSample, of job: JobID) -> JobSample { machine.rescale(sample, of: job) }

    /// Lets every job run at full speed: nobody will follow the emulation any longer.
    func releaseAll() -> [String] {
        jobs.sorted().compactMap { job in
            do throws(PortError) {
                _ = try executor.throttle(job, share: 1, cores: 1)
                return nil
            } catch {
                return error.code == .notPresent ? nil : error.description
            }
        }
    }
}

/// Shows a modelled meter the processor time that jobs use.
final class ModelledPlacement: PlacementFollower {
    private let meter: ModelMeter
    private let clock: () -> Instant
    private var jobs: Set<JobID> = []

    init(meter: ModelMeter, executor: any JobExecutor, clock: @escaping () -> Instant) {
        self.meter = meter
        self.clock = clock
        meter.loads = { [unowned self] in
            jobs.sorted().map { JobLoad(job: $0, perCPU: executor.processorTime($0)) }
        }
    }

    func jobStarted(_ job: JobID, cores: [CoreID]) throws(PortError) {
        jobs.insert(job)
        meter.jobStarted(job)
    }

    func jobAdopted(_ job: JobID, cores: [CoreID]) throws(PortError) { jobs.insert(job) }
    func jobMoved(_ job: JobID, to cores: [CoreID]) throws(PortError) {}

    func jobEnded(_ job: JobID) {
        meter.jobEnded(job, at: clock())
        jobs.remove(job)
    }

    func forget(_ job: JobID) {}
    func rescale(_ sample: JobSample, of job: JobID) -> JobSample { sample }
}
