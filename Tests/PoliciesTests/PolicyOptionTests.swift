import PacerModels
import PacerPlatform
import PacerPolicies
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

/// What the words of a policy choose among the options of a job, read a second time.
private struct OptionWords {
    let policy: GridPolicy
    let options: [JobOption]

    /// Whether the words name one configuration, which then no deadline changes.
    var leaveNoChoice: Bool {
        let oneCount =
            switch policy.cores {
            case .widest, .fixed: true
            case .narrowest, .any: false
            }
        let oneFrequency =
            switch policy.frequency {
            case .highest, .lowest, .governor: true
            case .lowestFeasible, .any: false
            }
        return oneCount && oneFrequency
    }

    /// The options that the words allow a job with one of these numbers of cores.
    func allowed(_ cores: ClosedRange<Int>) -> [JobOption] {
        let inside = options.filter { cores.contains($0.cores) }
        return inside.filter { option in
            let counts = inside.map(\.cores)
            let frequencies = inside.filter { $0.cores == option.cores }.map(\.configuration.frequency)
            return isCount(option.cores, counts)
                && isFrequency(option.configuration.frequency, frequencies)
        }
    }

    private func isCount(_ count: Int, _ all: [Int]) -> Bool {
        switch policy.cores {
        case .any, .narrowest: true
        case .widest: count == all.max()
        case .fixed(let fixed): count == all.min { (abs($0 - fixed), $0) < (abs($1 - fixed), $1) }
        }
    }

    private func isFrequency(_ frequency: Hertz, _ all: [Hertz]) -> Bool {
        switch policy.frequency {
        case .any, .lowestFeasible: true
        // A job that is never idle gets the top of every governor but powersave.
        case .highest, .governor(.performance), .governor(.schedutil), .governor(.ondemand):
            frequency == all.max()
        case .lowest, .governor(.powersave): frequency == all.min()
        }
    }

    /// All that may be chosen; several where the words leave a tie.
    func choices(_ request: OptionRequest) -> [JobOption] {
        var rest = allowed(request.cores)
        if !leaveNoChoice { rest = rest.filter { $0.speed >= request.speed } }
        if policy.cores == .narrowest {
            let fewest = rest.map(\.cores).min()
            rest = rest.filter { $0.cores == fewest }
        }
        if policy.frequency == .lowestFeasible {
            rest = rest.filter { option in
                !rest.contains {
                    $0.cores == option.cores && $0.configuration.frequency < option.configuration.frequency
                }
            }
        }
        let values = rest.map { value($0, request) }
        guard let least = values.min() else { return [] }
        return zip(rest, values).filter { $1 <= least * (1 + 1e-9) }.map(\.0)
    }

    private func value(_ option: JobOption, _ request: OptionRequest) -> Double {
        let joules =
            (option.corePower + request.price * Double(option.cores) + request.shared) / option.speed
        return switch policy.objective {
        case .energy: joules
        case .edp: joules / option.speed
        case .ed2p: joules / option.speed / option.speed
        case .time: 1 / option.speed
        }
    }
}

@Suite struct PolicyOptionTests {
    private static let power = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)

    /// Every shipped policy, and words that none of them has.
    private static let policies: [GridPolicy] =
        shippedPolicies + [
            own("fixed-slow", .fixed(3), .lowest), own("fixed-any", .fixed(2), .any),
            own("narrow-slow", .narrowest, .lowestFeasible), own("quick", .any, .any, .time),
            own("weighed", .any, .any, .ed2p), own("any-lowest", .any, .lowestFeasible),
            own("wide-any", .widest, .any, .edp), own("any-high", .any, .highest),
        ]

    private static func own(
        _ name: String, _ cores: GridPolicy.Cores, _ frequency: GridPolicy.Frequency,
        _ objective: GridPolicy.Objective = .energy
    ) -> GridPolicy {
        GridPolicy(
            name: name, summary: name, cores: cores, frequency: frequency, mix: .none,
            objective: objective, accounting: .horizon, margin: 0, references: [])
    }

    /// The options of a job that obeys the scalability law, with power that no two share.
    private static func options(_ generator: inout SeededGenerator) -> [JobOption] {
        let law = ScalabilityModel(
            base: 1, contention: Double.random(in: 0...0.6, using: &generator),
            coherency: Bool.random(using: &generator) ? 0 : 0.03)
        let clockShare = Double.random(in: 0.2...1, using: &generator)
        let frequencies = Int.random(in: 1...4, using: &generator)
        return (1...Int.random(in: 1...7, using: &generator)).flatMap { count in
            (1...frequencies).map { step in
                let frequency = Hertz(Double(step) * 0.8e9)
                let activity = Double.random(in: 0.9...1.1, using: &generator)
                return JobOption(
                    configuration: Configuration(cores: count, frequency: frequency),
                    speed: law.speedup(cores: count) / (clockShare * 4 / Double(step) + 1 - clockShare),
                    corePower: power.corePower(at: frequency, activity: activity) * Double(count))
            }
        }
    }

    @Test(arguments: policies)
    func `a policy chooses among the options of a job what its words say`(policy: GridPolicy) {
        let ladder = PriceLadder(
            power: Self.power, top: Hertz(3.2e9), accounting: policy.accounting)
        var refused = 0
        var chosen = 0
        for seed in UInt64(1)...25 {
            var generator = SeededGenerator(seed: seed)
            let options = Self.options(&generator)
            let words = OptionWords(policy: policy, options: options)
            let table = OptionTable(options, ladder: ladder)
            let most = options.map(\.cores).max() ?? 1
            for _ in 0..<12 {
                let low = Int.random(in: 1...most, using: &generator)
                let request = OptionRequest(
                    speed: Double.random(in: 0...1.2, using: &generator) * table.highestSpeed,
                    cores: low...Int.random(in: low...(most + 1), using: &generator),
                    priceStep: Int.random(in: 0..<ladder.prices.count, using: &generator),
                    shareStep: Int.random(in: 0..<PriceLadder.shares.count, using: &generator),
                    ladder: ladder)
                let expected = words.choices(request)
                let found = policy.option(request, of: table).map { table.options[$0] }
                #expect((found == nil) == expected.isEmpty, "seed \(seed)")
                guard let found else {
                    refused += 1
                    continue
                }
                chosen += 1
                #expect(expected.contains(found), "seed \(seed)")
            }
        }
        #expect(chosen > 50)
        // Words that leave no choice never refuse.
        #expect((refused == 0) == OptionWords(policy: policy, options: []).leaveNoChoice)
    }

    @Test(arguments: policies)
    func `where nothing is fast enough a policy takes the fastest, or what its words leave`(
        policy: GridPolicy
    ) {
        for seed in UInt64(1)...25 {
            var generator = SeededGenerator(seed: seed)
            let options = Self.options(&generator)
            let words = OptionWords(policy: policy, options: options)
            let table = OptionTable(options)
            let most = options.map(\.cores).max() ?? 1
            let low = Int.random(in: 1...most, using: &generator)
            let cores = low...most
            let found = policy.sprint(cores, in: table).map { table.options[$0] }
            guard let found else {
                Issue.record("seed \(seed): it chose nothing")
                continue
            }
            if words.leaveNoChoice {
                #expect(words.allowed(cores).contains(found), "seed \(seed)")
            } else {
                let inside = options.filter { cores.contains($0.cores) }
                #expect(found.speed == inside.map(\.speed).max(), "seed \(seed)")
            }
        }
    }
}
