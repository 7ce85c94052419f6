import PacerPlatform

/// Which cores are free, and which a job is given: whole frequency domains first, then low numbers.
struct CorePool {
    private let domains: [[Int]]
    /// The domain of every core.
    let domainOfCore: [Int]
    private var isFree: [Bool]
    private var freeInDomain: [Int]
    /// How many cores are free.
    private(set) var free: Int
    /// Whether a clock is shared by several cores, so that it matters which ones a job has.
    let hasSharedClocks: Bool

    init(_ machine: Machine) {
        let index = Dictionary(uniqueKeysWithValues: machine.cores.enumerated().map { ($1.id, $0) })
        domains = machine.domains.map { $0.cores.compactMap { index[$0] } }
        var domainOfCore = Array(repeating: 0, count: machine.coreCount)
        for (number, cores) in domains.enumerated() { for core in cores { domainOfCore[core] = number } }
        self.domainOfCore = domainOfCore
        isFree = Array(repeating: true, count: machine.coreCount)
        freeInDomain = domains.map(\.count)
        free = machine.coreCount
        hasSharedClocks = machine.hasFrequencyControl && domains.contains { $0.count > 1 }
    }

    /// Gives out `count` cores, ascending; there must be as many.
    mutating func take(_ count: Int) -> [Int] {
        precondition(count <= free, "cores are given once")
        var taken: [Int] = []
        taken.reserveCapacity(count)
        for (number, cores) in domains.enumerated()
        where freeInDomain[number] == cores.count && cores.count <= count - taken.count {
            for core in cores { take(core, of: number, &taken) }
            if taken.count == count { break }
        }
        if taken.count < count {
            for (number, cores) in domains.enumerated() where freeInDomain[number] > 0 {
                for core in cores where isFree[core] && taken.count < count {
                    take(core, of: number, &taken)
                }
                if taken.count == count { break }
            }
        }
        return taken.sorted()
    }

    private mutating func take(_ core: Int, of domain: Int, _ taken: inout [Int]) {
        isFree[core] = false
        freeInDomain[domain] -= 1
        free -= 1
        taken.append(core)
    }

    /// Takes `cores` back.
    mutating func giveBack(_ cores: some Sequence<Int>) {
        for core in cores {
            precondition(!isFree[core], "only what was taken is given back")
            isFree[core] = true
            freeInDomain[domainOfCore[core]] += 1
            free += 1
        }
    }
}
