import PacerModels
import PacerUnits
import Testing

@Suite struct CalibrationPlanTests {
    static func plan(
        cores: Int, frequencies: Int = 12, boost: Bool = true, isQuick: Bool = false, seed: UInt64 = 1
    ) -> CalibrationPlan {
        CalibrationPlan(
            cores: cores, frequencies: (1...frequencies).map { Hertz(kilohertz: 300_000 * $0) },
            boost: boost ? Hertz(4.2e9) : nil, isQuick: isQuick, seed: seed)
    }

    @Test(arguments: [1, 2, 3, 8, 64], [false, true])
    func `both ends of cores and frequency are measured, each point as often, in minutes`(
        cores: Int, isQuick: Bool
    ) {
        for frequencies in [1, 2, 3, 5, 12, 40] {
            let plan = Self.plan(cores: cores, frequencies: frequencies, isQuick: isQuick)
            let counts = Dictionary(grouping: plan.points.filter { $0 != .idle }, by: { $0 })
            #expect(counts.values.allSatisfy { $0.count == 2 })
            for width in [1, cores] {
                for step in [1, frequencies] {
                    let frequency = Hertz(kilohertz: 300_000 * step)
                    let corner = CalibrationPoint.busy(
                        .compute, cores: width, frequency: frequency, isBoost: false)
                    #expect(counts[corner] != nil, "\(cores), \(frequencies): no \(corner)")
                }
            }
            #expect(plan.length(from: 0) < Seconds(isQuick ? 30 : 270))
        }
    }

    @Test func `the idle machine is measured first, last and between, and never twice in a row`() {
        for cores in 1...16 {
            let points = Self.plan(cores: cores).points
            #expect(points.first == .idle && points.last == .idle)
            let idle = points.indices.filter { points[$0] == .idle }
            #expect(zip(idle, idle.dropFirst()).allSatisfy { (2...11).contains($1 - $0) })
        }
    }

    @Test func `the same seed gives the same order, another one another`() {
        #expect(Self.plan(cores: 4) == Self.plan(cores: 4))
        #expect(Self.plan(cores: 4).points != Self.plan(cores: 4, seed: 2).points)
    }

    @Test func `a machine without boost has no boost points`() {
        let points = Self.plan(cores: 2, boost: false).points
        let isBoost = points.map { point in
            guard case .busy(_, _, _, let isBoost) = point else { return false }
            return isBoost
        }
        #expect(!isBoost.contains(true))
    }

    @Test func `what is left is nothing at the end`() {
        let plan = Self.plan(cores: 2)
        #expect(plan.length(from: plan.points.count) == .zero)
        #expect(plan.length(from: 1) == plan.length(from: 0) - plan.settling - plan.idleWindow)
    }
}
