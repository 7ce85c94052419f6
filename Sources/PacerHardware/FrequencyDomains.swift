import PacerPlatform
import PacerUnits

/// The machine's frequency domains, and which CPUs the keeper is asked for to reach each.
struct FrequencyDomains: Hashable {
    private(set) var domains: [FrequencyDomain] = []
    /// Online CPUs of the policies of each domain that has any.
    private(set) var cpus: [DomainID: CPUSet] = [:]
    private(set) var notes: [String] = []

    /// Groups `cores` by what the hardware switches together.
    ///
    /// Cores that share a policy, or whose policies the hardware couples, are one domain; a core is never
    /// split, because an SMT sibling's request overrides its twin's. Cores without a policy are domains of
    /// their own without operating points.
    init(cores: [Core], policies: [KeeperDomain]) {
        var groups = Groups(count: cores.count)
        let touched = policies.map { policy in
            let all = policy.cpus.union(policy.related)
            return cores.indices.filter { !cores[$0].cpus.isDisjoint(with: all) }
        }
        for members in touched {
            for other in members.dropFirst() { groups.join(members[0], other) }
        }
        for root in cores.indices where groups.root(of: root) == root {
            let members = cores.indices.filter { groups.root(of: $0) == root }
            let owned = zip(policies, touched)
                .filter { pair in pair.1.contains { groups.root(of: $0) == root } }
                .map(\.0)
            add(members.map { cores[$0] }, policies: owned)
        }
        domains.sort { $0.id < $1.id }
    }

    private mutating func add(_ members: [Core], policies: [KeeperDomain]) {
        guard let lowest = members.flatMap(\.cpus.cpus).min() else { return }
        let id = DomainID(lowest.number)
        let online = CPUSet(policies.flatMap(\.cpus.cpus))
        let points = sharedPoints(of: policies)
        domains.append(FrequencyDomain(id: id, cores: members.map(\.id), operatingPoints: points))
        guard !policies.isEmpty else { return }
        if points.isEmpty {
            notes.append("CPUs \(online) switch together but share no frequency: it is not controlled there.")
            return
        }
        cpus[id] = online
        let ours = Set(members.flatMap(\.cpus.cpus))
        let foreign = CPUSet(online.cpus.filter { !ours.contains($0) })
        if !foreign.isEmpty {
            notes.append(
                "CPUs \(foreign) are not used here but change frequency together with \(CPUSet(ours)).")
        }
    }

    /// The points that every policy of a domain offers; one that is boost for any of them is boost.
    private func sharedPoints(of policies: [KeeperDomain]) -> [OperatingPoint] {
        let tables = policies.map(OperatingPoints.of)
        guard let first = tables.first else { return [] }
        return first.compactMap { point in
            let twins = tables.map { table in table.first { $0.frequency == point.frequency } }
            guard !twins.contains(nil) else { return nil }
            return OperatingPoint(point.frequency, isBoost: twins.contains { $0?.isBoost == true })
        }
    }
}

/// Disjoint sets of indices; the smallest index of a set stands for it.
private struct Groups {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    func root(of index: Int) -> Int {
        var index = index
        while parents[index] != index { index = parents[index] }
        return index
    }

    mutating func join(_ left: Int, _ right: Int) {
        let (low, high) = (min(root(of: left), root(of: right)), max(root(of: left), root(of: right)))
        parents[high] = low
    }
}
