import PacerPlatform
import PacerUnits

/// The operating points of a cpufreq policy, from what its driver tells.
enum OperatingPoints {
    /// At most this many points are made up where the driver has no list, boost included.
    static let mostSustainable = 12
    static let mostBoost = 4

    /// Ascending; empty where the driver tells neither a list nor limits.
    ///
    /// With a list (acpi-cpufreq): its entries inside the hardware's limits. acpi-cpufreq shows boost as one
    /// entry 1 MHz above the nominal frequency; other drivers list it separately, or tell the base frequency.
    /// Without a list (intel_pstate, amd_pstate): points on a grid from the lowest to the highest frequency.
    static func of(_ domain: KeeperDomain) -> [OperatingPoint] {
        let points =
            domain.frequencies.isEmpty && domain.boost.isEmpty ? madeUp(for: domain) : listed(in: domain)
        return points.sorted()
    }

    private static func listed(in domain: KeeperDomain) -> [OperatingPoint] {
        let lowest = domain.hardwareMinimum ?? 0
        let highest = domain.hardwareMaximum ?? Int.max
        // Not a range: firmware that tells limits the wrong way round is not to end the daemon.
        let all = Set(domain.frequencies + domain.boost).filter { lowest <= $0 && $0 <= highest }.sorted()
        var boost = Set(domain.boost)
        if all.count >= 2, all[all.count - 1] - all[all.count - 2] == 1000 {
            boost.insert(all[all.count - 1])
        }
        if let base = domain.base { boost.formUnion(all.filter { $0 > base }) }
        // A table that is all boost would leave nothing to plan with.
        if boost.isSuperset(of: all) { boost = [] }
        return all.map { OperatingPoint(Hertz(kilohertz: $0), isBoost: boost.contains($0)) }
    }

    private static func madeUp(for domain: KeeperDomain) -> [OperatingPoint] {
        guard let lowest = domain.hardwareMinimum, let highest = domain.hardwareMaximum, lowest <= highest
        else {
            return []
        }
        let base = min(highest, max(lowest, domain.base ?? highest))
        let sustainable = grid(from: lowest, to: base, most: mostSustainable)
        let boost = base < highest ? grid(from: base, to: highest, most: mostBoost + 1).dropFirst() : []
        return sustainable.map { OperatingPoint(Hertz(kilohertz: $0)) }
            + boost.map { OperatingPoint(Hertz(kilohertz: $0), isBoost: true) }
    }

    /// Both ends and, between them, multiples of 100, 200, 400 … MHz: the finest that gives at most `most`.
    ///
    /// The multiples are absolute and each grid holds the coarser ones, so that the domains of a machine with
    /// different kinds of cores have points in common.
    private static func grid(from lowest: Int, to highest: Int, most: Int) -> [Int] {
        var step = 100_000
        while true {
            let first = (lowest / step + 1) * step
            let inner = Array(stride(from: first, to: highest, by: step))
            if inner.count + 2 <= most || step > highest {
                return lowest == highest ? [lowest] : [lowest] + inner + [highest]
            }
            step *= 2
        }
    }
}
