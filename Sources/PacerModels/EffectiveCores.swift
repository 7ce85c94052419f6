import PacerPlatform
import PacerUnits

/// How many cores would do a job's work without waiting: what its cores switch follows what they get done.
///
///     w(n, f) = X(n, f)/f · n₀·f₀/X₀
///
/// X is the rate; n₀, f₀, X₀ belong to the fastest place that was measured, where every core counts as one:
/// the unit is free, since a job's power coefficients are its own. A job that does 30 units a second on 8
/// cores and 20 on 4 at the same frequency has w = 8 and w = 5.33. Derivation and limits:
/// docs/models/power.md.
struct EffectiveCores: Hashable, Sendable {
    /// n₀·f₀/X₀; `nil` where no rate is known, and cores count as cores.
    private let scale: Double?

    init(_ measurements: [Measurement]) {
        let fastest = measurements.filter { $0.rate > 0 && $0.rate.isFinite }
            .max { ($0.rate, $0.configuration) < ($1.rate, $1.configuration) }
        scale = fastest.map {
            Double($0.configuration.cores) * $0.configuration.frequency.value / $0.rate
        }
    }

    /// w at a configuration where the job has this rate.
    func cores(at configuration: Configuration, rate: Double) -> Double {
        guard let scale, rate > 0, rate.isFinite, configuration.frequency > .zero else {
            return Double(configuration.cores)
        }
        return scale * rate / configuration.frequency.value
    }
}
