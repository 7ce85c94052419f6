/// Rate of a job as a function of its cores, by the Universal Scalability Law.
///
///     X(n) = γ·n / (1 + σ(n − 1) + κ·n(n − 1))
///
/// `base` is γ, the rate on one core; `contention` is σ, the share of work that queues for something shared;
/// `coherency` is κ, the cost of keeping pairs of cores in agreement. σ = κ = 0 is ideal scaling, κ = 0 is
/// Amdahl's law. Both are at least zero; σ above one describes a job that slows down with every core.
/// Assumes equal cores, a fixed problem and one frequency. σ = 0.05, κ = 0.001, n = 16 gives a speedup of
/// 16 / 1.99 ≈ 8.04. Derivation, fit and limits: docs/models/usl.md.
public struct ScalabilityModel: Hashable, Sendable, Codable {
    /// γ: work per second on one core.
    public var base: Double
    /// σ: contention, without a unit.
    public var contention: Double
    /// κ: coherency, without a unit.
    public var coherency: Double

    /// A law with the given parameters.
    ///
    /// - Precondition: `contention` and `coherency` are at least zero.
    public init(base: Double, contention: Double, coherency: Double) {
        precondition(
            contention >= 0 && coherency >= 0, "the parameters of the scalability law are not negative")
        self.base = base
        self.contention = contention
        self.coherency = coherency
    }

    /// Rate on `n` cores over the rate on one.
    public func speedup(cores n: Int) -> Double {
        let cores = Double(n)
        return cores / (1 + (cores - 1) * (contention + coherency * cores))
    }

    /// Work per second on `n` cores.
    public func rate(cores n: Int) -> Double { base * speedup(cores: n) }

    /// The number of cores at which the rate is highest, not rounded.
    ///
    ///     n* = √((1 − σ)/κ)
    ///
    /// `nil` when the rate never falls (κ = 0, σ ≤ 1); one when it falls from the first core on (σ ≥ 1).
    public var peak: Double? {
        if contention > 1 { return 1 }
        guard coherency > 0 else { return nil }
        return max(1, ((1 - contention) / coherency).squareRoot())
    }
}
