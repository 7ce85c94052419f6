public import PacerModels
public import PacerPlatform
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// Computes the machine's energy from a power model and the processor time of the jobs, for machines without
/// an energy counter.
///
/// Only what the jobs do is seen: processor time of other programs counts as idle. Formula:
/// docs/models/power.md.
public final class ModelMeter: EnergyMeter {
    /// Modelled: no counter is involved.
    public let source = EnergySource.modelled
    /// The model, as the one domain.
    public let domains: [EnergyDomain]
    /// There is nothing that wraps.
    public let longestReadingInterval: Duration? = nil
    /// Cumulative processor time of the running jobs; asked whenever energy is read.
    public var loads: () -> [JobLoad] = { [] }
    /// What a core runs at; must be asked for a reading before it changes.
    public var frequency: (CoreID) -> Hertz
    private let cores: [CoreID]
    private var integrator: PowerIntegrator
    private var total = Joules.zero

    /// A meter that starts at zero.
    ///
    /// - Parameters:
    ///   - model: the power of the machine.
    ///   - name: where the model comes from, for people.
    ///   - frequency: what a core runs at.
    public init(
        model: PowerModel, name: String, cores: [Core], frequency: @escaping (CoreID) -> Hertz,
        at now: Instant
    ) {
        let cores = cores.sorted { $0.id < $1.id }
        self.domains = [
            EnergyDomain(
                name: "machine", origin: "power model '\(name)'", rangeMicrojoules: .max,
                countsTowardsTotal: true)
        ]
        self.frequency = frequency
        self.cores = cores.map(\.id)
        self.integrator = PowerIntegrator(model: model, cores: cores, at: now)
    }

    /// The energy since the meter was made; nothing is ever unknown.
    public func read(at now: Instant) -> EnergyReading {
        if now > integrator.last {
            total += integrator.advance(to: now, loads: loads()) { core in
                PowerIntegrator.CoreState(frequency: frequency(cores[core]), stretch: 1)
            }
        }
        return EnergyReading(at: now, total: total, unknown: .zero)
    }

    /// A job's activity factor, where it has been learnt.
    public var activity: (JobID) -> Double {
        get { integrator.activity }
        set { integrator.activity = newValue }
    }

    /// A job has been launched: its processor time counts from its start.
    public func jobStarted(_ job: JobID) { integrator.begin(job) }

    /// A job has ended. To be called while ``loads`` still knows its last processor time.
    public func jobEnded(_ job: JobID, at now: Instant) {
        _ = read(at: now)
        integrator.forget(job)
    }
}
