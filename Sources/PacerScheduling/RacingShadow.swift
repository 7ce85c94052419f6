/// What would have become of the known jobs with deadlines if they had raced to idle from the beginning: each
/// on as many cores as it can have at the highest frequency, the earliest deadline first, those that cannot
/// be in time any more behind the others, and nobody ever put aside.
///
/// Who saves energy works slower than who races, and has more before it when many come at once. Where not all
/// deadlines can be kept, those are given up first that would have been missed by racing too: then saving
/// costs no deadline.
///
/// It knows of a job what is believed when it comes. Times are seconds on the clock of the engine.
public struct RacingShadow: Sendable {
    private struct Runner: Sendable {
        let id: JobID
        let deadline: Double
        let table: OptionTable
        let cores: ClosedRange<Int>
        /// Work that is left, in the table's units.
        var left: Double
        var isLate = false
        /// Since the last step, while it runs.
        var speed = 0.0

        /// Those that can be in time come before those that cannot.
        var place: (Int, Double, JobID) { (isLate ? 1 : 0, deadline, id) }

        /// From then on it cannot be in time, if nothing of it is done until then.
        var lastStart: Double { deadline - left / table.highestSpeed * (1 - 1e-9) }
    }

    /// Of those that are late and have not begun so many are followed: they get what is left over.
    static let followedLate = 512

    private let cores: Int
    /// Until when it has been followed.
    private var time = 0.0
    /// Those that have begun, and keep their least number of cores to their ends, in their order.
    private var begun: [Runner] = []
    /// Those that have not, in their order.
    private var waiting: [Runner] = []
    /// How many of `waiting` can be in time.
    private var timelyWaiting = 0
    /// No later than the first of those cannot any more.
    private var nextLate = Double.infinity
    /// All that came and have not left, and those of them that were or will be late.
    private var known: Set<JobID> = []
    private var lost: Set<JobID> = []
    /// What `lost` will be if nobody else comes.
    private var foreseen: Set<JobID>?

    /// A shadow of a machine of `cores` cores on which nothing runs.
    public init(cores: Int) { self.cores = cores }

    /// Whether a job has come and has not left.
    public func knows(_ id: JobID) -> Bool { known.contains(id) }

    /// Follows all of them until `now`.
    public mutating func advance(to now: Double) {
        while time < now, !(begun.isEmpty && waiting.isEmpty) { step(until: now) }
        time = max(time, now)
    }

    /// A job comes that is not known: `work` in the units of `table` until `deadline`.
    public mutating func enter(
        _ id: JobID, work: Double, table: OptionTable, cores range: ClosedRange<Int>, deadline: Double
    ) {
        guard deadline < .infinity, work > 0, table.highestSpeed > 0, range.lowerBound <= cores,
            known.insert(id).inserted
        else { return }
        foreseen = nil
        wait(Runner(id: id, deadline: deadline, table: table, cores: range, left: work))
    }

    /// A job has ended. Racing may still be at it, unless it `failed`.
    public mutating func leave(_ id: JobID, failed: Bool) {
        guard known.remove(id) != nil else { return }
        lost.remove(id)
        foreseen?.remove(id)
        guard failed else { return }
        foreseen = nil
        begun.removeAll { $0.id == id }
        waiting.removeAll { $0.id == id }
        timelyWaiting = waiting.firstIndex(where: \.isLate) ?? waiting.count
    }

    /// The jobs that have not left and were late, are, or will be if nobody else comes.
    public mutating func lateOnes() -> Set<JobID> {
        if let foreseen { return foreseen }
        var future = self
        while future.timelyWaiting > 0 || future.begun.contains(where: { !$0.isLate }) {
            future.step(until: .infinity)
        }
        foreseen = future.lost
        return future.lost
    }

    /// Goes on until one of them ends, or until `limit`.
    private mutating func step(until limit: Double) {
        findLate()
        share()
        var next = limit - time
        for runner in begun where runner.speed > 0 { next = min(next, runner.left / runner.speed) }
        guard next < .infinity else {
            // Nobody of them runs.
            waiting.removeAll()
            timelyWaiting = 0
            begun.removeAll { !$0.isLate }
            return
        }
        time = next < limit - time ? time + next : limit
        var hasEnd = false
        for index in begun.indices {
            // What is left of the last digits is nothing.
            begun[index].left -= begun[index].speed * next * (1 + 1e-12)
            guard begun[index].left <= 0 else { continue }
            hasEnd = true
            // On many cores it may be slower than on few, and end late though it could have been in time.
            if begun[index].deadline < time { lose(begun[index]) }
        }
        if hasEnd { begun.removeAll { $0.left <= 0 } }
    }

    /// Gives out the cores, in the order of all.
    private mutating func share() {
        var free = begun.reduce(cores) { $0 - $1.cores.lowerBound }
        var index = 0
        var line = 0
        while index < begun.count || (free > 0 && line < waiting.count) {
            guard free > 0, line < waiting.count,
                index == begun.count || waiting[line].place < begun[index].place
            else {
                give(&begun[index], &free)
                index += 1
                continue
            }
            guard waiting[line].cores.lowerBound <= free else {
                line += 1
                continue
            }
            var runner = waiting.remove(at: line)
            if !runner.isLate { timelyWaiting -= 1 }
            free -= runner.cores.lowerBound
            give(&runner, &free)
            begun.insert(runner, at: index)
            index += 1
        }
    }

    /// Gives one of them what is free, beside what it keeps.
    private func give(_ runner: inout Runner, _ free: inout Int) {
        let available = free + runner.cores.lowerBound
        runner.speed = 0
        guard
            let option = runner.table.widest(
                cores: runner.cores.lowerBound...min(runner.cores.upperBound, available))
        else { return }
        free = available - option.cores
        runner.speed = option.speed
    }

    /// Puts those that cannot be in time any more behind the others.
    private mutating func findLate() {
        for index in begun.indices where !begun[index].isLate && begun[index].lastStart < time {
            begun[index].isLate = true
            lose(begun[index])
        }
        if zip(begun, begun.dropFirst()).contains(where: { $0.place > $1.place }) {
            begun.sort { $0.place < $1.place }
        }
        guard nextLate < time else { return }
        var late: [Runner] = []
        nextLate = .infinity
        waiting.removeAll { runner in
            guard !runner.isLate, runner.lastStart < time else {
                if !runner.isLate { nextLate = min(nextLate, runner.lastStart) }
                return false
            }
            late.append(runner)
            return true
        }
        timelyWaiting -= late.count
        for var runner in late {
            runner.isLate = true
            lose(runner)
            wait(runner)
        }
    }

    private mutating func wait(_ runner: Runner) {
        var low = 0
        var high = waiting.count
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].place < runner.place { low = middle + 1 } else { high = middle }
        }
        waiting.insert(runner, at: low)
        if !runner.isLate {
            timelyWaiting += 1
            nextLate = min(nextLate, runner.lastStart)
        } else if waiting.count - timelyWaiting > Self.followedLate {
            waiting.removeLast()
        }
    }

    private mutating func lose(_ runner: Runner) {
        if known.contains(runner.id) { lost.insert(runner.id) }
    }
}

extension OptionTable {
    /// The option with the most of `cores` cores, at its highest frequency.
    fileprivate func widest(cores: ClosedRange<Int>) -> JobOption? {
        range(cores: cores).last.map { options[$0] }
    }
}
