import PacerConfig
import PacerModels
import PacerPlatform
import PacerPolicies
import PacerScheduling
import PacerUnits
import Testing

/// The table "What they cost in one example" of docs/policies.md.
@Suite struct PolicyExampleTests {
    private static let power = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)

    private static func view(contention: Double, deadline: Double) -> PlanningView {
        let law = ScalabilityModel(base: 1, contention: contention, coherency: 0)
        let estimates = (1...8).flatMap { cores in
            [800_000, 1_600_000, 2_400_000, 3_200_000].map { kilohertz in
                let frequency = Hertz(kilohertz: kilohertz)
                return Estimate(
                    configuration: Configuration(cores: cores, frequency: frequency),
                    rate: law.rate(cores: cores) * frequency.value / 1e9, rateError: 0,
                    power: power.power(cores: cores, at: frequency), origin: .predicted)
            }
        }
        return PlanningView(
            estimates: estimates, remainingWork: law.rate(cores: 8) * 3.2 * 20,
            remainingTime: Seconds(deadline), idlePower: power.idle, switchCost: .zero, current: nil)
    }

    @Test(
        arguments: [
            ("race-to-idle", [1991, 2231, 1991, 2231]),
            ("narrow-and-fast", [2031, 2431, 1487, 1535]),
            ("wide-and-slow", [1479, 1432, 1479, 1432]),
            ("pace-to-idle", [1479, 1432, 1317, 1274]),
            ("minimum-energy", [1407, 1432, 1305, 1270]),
        ])
    func `the table in the documentation is what the policy plans`(name: String, joules: [Int]) throws {
        let policy = try PolicyFile.load(path: "\(repositoryRoot)/policies/\(name).yaml")
        let cases = [(0.0, 30.0), (0.0, 60.0), (0.2, 30.0), (0.2, 60.0)]
        for ((contention, deadline), expected) in zip(cases, joules) {
            let plan = policy.plan(Self.view(contention: contention, deadline: deadline))
            let energy = try #require(plan.energy)
            #expect(Int(energy.value.rounded()) == expected, "σ = \(contention), D = \(deadline) s: \(plan)")
            #expect(plan.meetsDeadline)
        }
    }
}
