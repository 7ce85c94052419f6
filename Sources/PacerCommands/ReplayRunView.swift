import PacerReplay
import PacerUnits

/// A replay under one policy as a line of JSON. What is not known is `null`.
struct ReplayRunView: Encodable {
    private let run: ReplayRun

    init(_ run: ReplayRun) { self.run = run }

    private enum CodingKeys: String, CodingKey {
        case policy, jobs
        case energy = "energy_j"
        case bound = "bound_j"
        case gap, misses
        case maximumTardiness = "max_tardiness_s"
        case meanWait = "mean_wait_s"
        case meanSlowdown = "mean_slowdown"
        case utilisation, switches
        case processorTime = "cpu_s"
        case refused, unfinished
        case energySource = "energy_source"
    }

    func encode(to encoder: any Encoder) throws {
        let metrics = run.metrics
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(run.policy, forKey: .policy)
        try values.encode(metrics.jobs, forKey: .jobs)
        try values.encode(run.result.energy.total.value, forKey: .energy)
        try values.encode(run.bound?.value, forKey: .bound)
        try values.encode(run.gap, forKey: .gap)
        try values.encode(metrics.misses, forKey: .misses)
        try values.encode(metrics.maximumTardiness?.value, forKey: .maximumTardiness)
        try values.encode(metrics.meanWait?.value, forKey: .meanWait)
        try values.encode(metrics.meanSlowdown, forKey: .meanSlowdown)
        try values.encode(metrics.utilisation, forKey: .utilisation)
        try values.encode(metrics.switches, forKey: .switches)
        try values.encode(run.processorTime.value, forKey: .processorTime)
        try values.encode(metrics.refused, forKey: .refused)
        try values.encode(metrics.unfinished, forKey: .unfinished)
        try values.encode("modelled", forKey: .energySource)
    }
}
