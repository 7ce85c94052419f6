import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits

/// A simulated run as a line of JSON: every figure can be computed again from it and the table.
struct EvaluatedRowView: Encodable {
    /// A stretch of the run at one configuration; a change of configuration is one of work 0.
    struct Stretch: Encodable {
        let cores: Int
        let freqKhz: Double
        let seconds: Double
        /// Share of the whole job.
        let work: Double

        enum CodingKeys: String, CodingKey {
            case cores
            case freqKhz = "freq_khz"
            case seconds, work
        }
    }

    private let row: EvaluatedRow

    init(_ row: EvaluatedRow) { self.row = row }

    private enum CodingKeys: String, CodingKey {
        case surface, app, input, policy, knowledge, accounting
        case deadlineFactor = "deadline_factor"
        case deadline = "deadline_s"
        case energy = "energy_j"
        case time = "time_s"
        case missed
        case optimum = "optimum_j"
        case bestSingle = "best_single_j"
        case probes
        case predictedEnergy = "predicted_energy_j"
        case predictedTime = "predicted_time_s"
        case timeline
        case earlierRuns = "earlier_runs"
        case workSpread = "work_spread"
    }

    func encode(to encoder: any Encoder) throws {
        let result = row.result
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(row.file, forKey: .surface)
        try values.encode(row.app, forKey: .app)
        try values.encode(row.input, forKey: .input)
        try values.encode(row.policy, forKey: .policy)
        try values.encode(row.trial.knowledge.rawValue, forKey: .knowledge)
        try values.encode(row.trial.accounting.rawValue, forKey: .accounting)
        try values.encode(row.trial.deadlineFactor, forKey: .deadlineFactor)
        try values.encode(result.deadline.value, forKey: .deadline)
        try values.encode(known(result.energy.value), forKey: .energy)
        try values.encode(known(result.time.value), forKey: .time)
        try values.encode(result.isMissed, forKey: .missed)
        try values.encode(known(result.optimum?.value), forKey: .optimum)
        try values.encode(known(result.bestSingleEnergy?.value), forKey: .bestSingle)
        try values.encode(result.probes.count, forKey: .probes)
        try values.encode(known(result.predictedEnergy?.value), forKey: .predictedEnergy)
        try values.encode(known(result.predictedTime?.value), forKey: .predictedTime)
        let stretches = result.timeline.map {
            Stretch(
                cores: $0.configuration.cores, freqKhz: tableKilohertz($0.configuration.frequency),
                seconds: $0.duration.value, work: $0.work)
        }
        try values.encode(stretches, forKey: .timeline)
        if row.trial.knowledge == .warm { try values.encode(row.trial.earlierRuns, forKey: .earlierRuns) }
        try values.encodeIfPresent(row.trial.workSpread, forKey: .workSpread)
    }

    /// `nil`, which is `null`, for what has no finite value.
    private func known(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}

/// The number of kilohertz that the table had: up to six decimals survive the way through hertz.
func tableKilohertz(_ frequency: Hertz) -> Double {
    let exact = frequency.value / 1000
    let rounded = (exact * 1e6).rounded() / 1e6
    return abs(rounded - exact) <= exact * 1e-12 ? rounded : exact
}
