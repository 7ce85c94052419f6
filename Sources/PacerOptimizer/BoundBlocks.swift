import PacerUnits

/// Time cut at every release and deadline of some jobs, and who can run in each piece.
struct BoundBlocks {
    /// Length of each block in seconds.
    private(set) var lengths: [Double] = []
    /// Who can run in block k, as positions among the chosen jobs: `members[starts[k]..<starts[k + 1]]`,
    /// ascending.
    private(set) var starts: [Int] = [0]
    private(set) var members: [Int32] = []

    var count: Int { lengths.count }

    func members(of block: Int) -> Range<Int> { starts[block]..<starts[block + 1] }

    /// The blocks of those jobs of `problem` that are `chosen`.
    init(_ problem: BoundProblem, chosen: [Int]) {
        let cuts = BoundBlocks.cuts(problem, chosen: chosen)
        guard cuts.count > 1 else { return }
        let windows = chosen.map { problem.jobs[$0] }
        let byRelease = windows.indices.sorted { (windows[$0].release, $0) < (windows[$1].release, $1) }
        var next = 0
        var active: [Int] = []
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            active.removeAll { windows[$0].deadline.value <= start }
            let before = active.count
            while next < byRelease.count, windows[byRelease[next]].release.value <= start {
                if windows[byRelease[next]].deadline.value > start { active.append(byRelease[next]) }
                next += 1
            }
            if active.count > before { active.sort() }
            guard !active.isEmpty else { continue }
            lengths.append(end - start)
            members += active.map(Int32.init)
            starts.append(members.count)
        }
    }

    /// The times at which a job of `chosen` comes or has to be done, ascending.
    static func cuts(_ problem: BoundProblem, chosen: [Int]) -> [Double] {
        var cuts: [Double] = []
        cuts.reserveCapacity(2 * chosen.count)
        for index in chosen {
            cuts.append(problem.jobs[index].release.value)
            cuts.append(problem.jobs[index].deadline.value)
        }
        cuts.sort()
        var unique: [Double] = []
        for cut in cuts where unique.last != cut { unique.append(cut) }
        return unique
    }

    /// The index of `cut` in `cuts`.
    static func position(of cut: Double, in cuts: [Double]) -> Int {
        var (low, high) = (0, cuts.count)
        while low < high {
            let middle = (low + high) / 2
            if cuts[middle] < cut { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
