import PacerUnits
import Testing

@testable import PacerPolicies

@Suite struct GovernorTests {
    private static let points = (4...16).map { Hertz(Double($0) * 2e8) }

    /// A load that keeps its cores busy for `demand` of their time at the highest point, and longer below it.
    @Test(arguments: stride(from: 0.07, through: 1, by: 0.093).map { $0 }, [0, 6, 12])
    func `schedutil settles where a quarter is to spare, wherever it comes from`(
        _ demand: Double, _ start: Int
    ) throws {
        let (low, high) = (Self.points[0], Self.points[12])
        var current = Self.points[start]
        for _ in 0..<30 {
            let target = GridPolicy.Governor.schedutil.target(
                utilisation: min(1, demand * (high / current)), at: current, highest: high, lowest: low)
            current = Self.points.first { $0 >= target } ?? high
        }
        let settled = Self.points.first { $0 >= min(high, high * (1.25 * demand)) }
        #expect(current == settled)
    }
}
