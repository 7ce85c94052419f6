/// The reading of a hardware energy counter: a monotone count of microjoules that wraps.
///
/// Counters stay integers until the one division at the end: `Double(19) * 1e-6` is not `19e-6`.
public struct EnergyCounter: Hashable, Sendable {
    /// The count shown by the counter.
    public let microjoules: UInt64

    /// A counter that shows `microjoules`.
    public init(microjoules: UInt64) { self.microjoules = microjoules }

    /// Microjoules counted since `earlier`, allowing one wrap.
    ///
    /// `range` is the largest value that the counter shows (`max_energy_range_uj`). The true period is one
    /// hardware unit longer (61 µJ by default on Intel), so a wrap is under-counted by at most that unit.
    /// Sample faster than one period: two wraps cannot be told from one.
    public func microjoules(since earlier: EnergyCounter, range: UInt64) -> UInt64 {
        if microjoules >= earlier.microjoules { return microjoules - earlier.microjoules }
        let rest = range >= earlier.microjoules ? range - earlier.microjoules : 0
        return rest + microjoules
    }

    /// Energy counted since `earlier`, allowing one wrap; see ``microjoules(since:range:)``.
    public func energy(since earlier: EnergyCounter, range: UInt64) -> Joules {
        Joules(Double(microjoules(since: earlier, range: range)) / 1_000_000)
    }
}
