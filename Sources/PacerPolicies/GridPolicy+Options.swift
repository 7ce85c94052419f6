import PacerPlatform
public import PacerScheduling
import PacerUnits

// What the words of a policy choose among the options of one job that shares the machine with others.

extension GridPolicy {
    /// Where the words leave everything open, prices and costs decide; otherwise the words do.
    public var choosesByCost: Bool { cores == .any && frequency == .any }

    /// Where the words ask for the least energy of two configurations.
    public var mixesOptions: Bool { choosesByCost && objective == .energy && mix == .twoConfigurations }

    /// The option that the words choose; speed is asked of them only where they leave a choice.
    public func option(_ request: OptionRequest, of table: OptionTable) -> Int? {
        if choosesByCost, objective == .energy { return table.cheapest(request) }
        let range = counts(request.cores, in: table)
        let speed = wantsProfile ? request.speed : 0
        var best: Int?
        var feasible = 0
        for index in table.range(cores: range) {
            let option = table.options[index]
            guard option.speed >= speed, isAllowed(option, in: table, range) else { continue }
            // Options ascend, so the first that is fast enough has the lowest frequency for its cores.
            if frequency == .lowestFeasible, option.cores == feasible { continue }
            feasible = option.cores
            guard let known = best else {
                best = index
                continue
            }
            if isBetter(option, than: table.options[known], request) { best = index }
        }
        return best
    }

    /// The fastest that there is, where the words leave a choice; else what they say.
    public func sprint(_ cores: ClosedRange<Int>, in table: OptionTable) -> Int? {
        guard wantsProfile else {
            let request = OptionRequest(cores: cores)
            return option(request, of: table) ?? table.fastest(cores: cores)
        }
        return table.fastest(cores: cores)
    }

    private func counts(_ cores: ClosedRange<Int>, in table: OptionTable) -> ClosedRange<Int> {
        switch self.cores {
        case .any, .narrowest: return cores
        case .widest:
            let widest = table.range(cores: cores).last.map { table.options[$0].cores } ?? cores.upperBound
            return widest...widest
        case .fixed(let count):
            let known = table.range(cores: cores).map { table.options[$0].cores }
            let nearest = known.min { (abs($0 - count), $0) < (abs($1 - count), $1) }
            return nearest.map { $0...$0 } ?? cores
        }
    }

    private func isAllowed(_ option: JobOption, in table: OptionTable, _ range: ClosedRange<Int>) -> Bool {
        let here = table.range(cores: option.cores...option.cores)
        let frequency = option.configuration.frequency
        switch self.frequency {
        case .any, .lowestFeasible: return true
        case .highest: return frequency == here.last.map { table.options[$0].configuration.frequency }
        case .lowest: return frequency == here.first.map { table.options[$0].configuration.frequency }
        case .governor(let governor):
            let all = here.map { table.options[$0].configuration.frequency }
            guard let lowest = all.first, let highest = all.last else { return false }
            let target = governor.target(
                utilisation: 1, at: highest, highest: highest, lowest: lowest)
            return frequency == all.first { $0 >= target } ?? highest
        }
    }

    /// Both are fast enough and allowed.
    private func isBetter(_ one: JobOption, than other: JobOption, _ request: OptionRequest) -> Bool {
        if cores == .narrowest, one.cores != other.cores { return one.cores < other.cores }
        return cost(one, request) < cost(other, request)
    }

    private func cost(_ option: JobOption, _ request: OptionRequest) -> Double {
        switch objective {
        case .energy: request.cost(of: option)
        case .edp: request.cost(of: option) / option.speed
        case .ed2p: request.cost(of: option) / (option.speed * option.speed)
        case .time: 1 / option.speed
        }
    }
}
