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
        /// Cores that it keeps to its end, since it has begun.
        var held = 0

        var place: (Double, JobID) { (deadline, id) }

        func isHopeless(at time: Double) -> Bool {
            left > (deadline - time) * table.highestSpeed * (1 + 1e-9)
        }
    }

    private let cores: Int
    /// Until when it has been followed.
    private var time = 0.0
    /// Those that can be in time, by deadline.
    private var timely: [Runner] = []
    /// Those that cannot, by deadline.
    private var late: [Runner] = []
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
        while time < now, !(timely.isEmpty && late.isEmpty) { step(until: now) }
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
        Self.insert(
            Runner(id: id, deadline: deadline, table: table, cores: range, left: work), into: &timely)
    }

    /// A job has ended. Racing may still be at it, unless it `failed`.
    public mutating func leave(_ id: JobID, failed: Bool) {
        guard known.remove(id) != nil else { return }
        lost.remove(id)
        foreseen?.remove(id)
        guard failed else { return }
        foreseen = nil
        timely.removeAll { $0.id == id }
        late.removeAll { $0.id == id }
    }

    /// The jobs that have not left and were late, are, or will be if nobody else comes.
    public mutating func lateOnes() -> Set<JobID> {
        if let foreseen { return foreseen }
        var future = self
        while !future.timely.isEmpty { future.step(until: .infinity) }
        foreseen = future.lost
        return future.lost
    }

    /// Goes on until one of them ends, or until `limit`.
    private mutating func step(until limit: Double) {
        dropHopeless()
        var free = cores
        for runner in timely { free -= runner.held }
        for runner in late { free -= runner.held }
        var speeds: [Double] = []
        var next = limit - time
        for index in timely.indices { Self.place(&timely[index], &free, &speeds, &next) }
        let border = speeds.count
        for index in late.indices { Self.place(&late[index], &free, &speeds, &next) }
        guard next < .infinity else {
            // Nobody of them runs.
            timely = []
            return
        }
        time = next < limit - time ? time + next : limit
        Self.work(&timely, speeds[..<border], next)
        // On many cores it may be slower than on few, and late at its end though it could have been in time.
        for runner in timely where runner.left <= 0 && runner.deadline < time { lose(runner) }
        timely.removeAll { $0.left <= 0 }
        Self.work(&late, speeds[border...], next)
        late.removeAll { $0.left <= 0 }
    }

    /// Gives one of them what is free: its speed is added to `speeds`, `next` is no later than its end.
    private static func place(
        _ runner: inout Runner, _ free: inout Int, _ speeds: inout [Double], _ next: inout Double
    ) {
        let available = free + runner.held
        guard available >= max(1, runner.cores.lowerBound),
            let option = runner.table.widest(
                cores: runner.cores.lowerBound...min(runner.cores.upperBound, available))
        else { return speeds.append(0) }
        free = available - option.cores
        runner.held = runner.cores.lowerBound
        speeds.append(option.speed)
        next = min(next, runner.left / option.speed)
    }

    private static func work(_ runners: inout [Runner], _ speeds: ArraySlice<Double>, _ length: Double) {
        // What is left of the last digits is nothing.
        for (index, speed) in zip(runners.indices, speeds) {
            runners[index].left -= speed * length * (1 + 1e-12)
        }
    }

    private mutating func dropHopeless() {
        guard timely.contains(where: { $0.isHopeless(at: time) }) else { return }
        for runner in timely where runner.isHopeless(at: time) {
            Self.insert(runner, into: &late)
            lose(runner)
        }
        timely.removeAll { $0.isHopeless(at: time) }
    }

    private mutating func lose(_ runner: Runner) {
        if known.contains(runner.id) { lost.insert(runner.id) }
    }

    private static func insert(_ runner: Runner, into line: inout [Runner]) {
        line.insert(runner, at: line.firstIndex { $0.place > runner.place } ?? line.endIndex)
    }
}

extension OptionTable {
    /// The option with the most of `cores` cores, at its highest frequency.
    fileprivate func widest(cores: ClosedRange<Int>) -> JobOption? {
        range(cores: cores).last.map { options[$0] }
    }
}
