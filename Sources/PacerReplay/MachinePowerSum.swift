import PacerModels
import PacerPlatform
import PacerUnits

/// Power of a machine on which jobs run together: idle, uncore once, and every busy core.
struct MachinePowerSum {
    private let machine: PowerModel
    private var cores = Watts.zero
    private var uncore = Watts.zero

    /// The power of `machine` with nothing on it.
    init(_ machine: PowerModel) { self.machine = machine }

    /// Lets `job` run as well.
    mutating func add(_ job: SimulatedJob, at configuration: Configuration) {
        if let measured = job.machinePower {
            // Measured alone: what all jobs share of it is counted once.
            let added = max(.zero, measured(configuration) - machine.idle)
            let shared = min(machine.uncore, added)
            uncore = max(uncore, shared)
            cores += added - shared
            return
        }
        let share = job.busyShare(configuration)
        uncore = max(uncore, machine.uncore * share)
        cores +=
            machine.corePower(at: configuration.frequency, activity: job.activity)
            * (Double(configuration.cores) * share)
    }

    var total: Watts { machine.idle + cores + uncore }
}
