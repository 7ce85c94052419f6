import PacerModels
import PacerPlatform
import PacerScheduling
import PacerUnits

/// A replay under `queue: edf`: the joint planner gives out cores and frequencies whenever a job comes or
/// ends.
struct PlannedRun {
    private struct Live {
        var job: Int
        var table: Int
        var deadline: Int64?
        var range: ClosedRange<Int>
        var isMalleable: Bool
        /// Work that was left at `since`, in the table's units.
        var work: Double
        // While it runs; `option` is negative while it waits.
        var option = -1
        var frequency = Hertz.zero
        var speed = 0.0
        var cores: [Int] = []
        var coreCount = 0
        var since: Int64 = 0
        /// Does no work before this: it changes its configuration.
        var stalledUntil: Int64 = 0
        var end: Int64 = .max
        var uncoreBefore = 0.0
        var hasBegun = false
        /// Since when it has had cores: it goes on for a while before it may be paused.
        var goesOnSince: Int64 = 0

        var isRunning: Bool { option >= 0 }

        var place: ReplayLine.Place { ReplayLine.Place(deadline: deadline ?? .max, job: job) }

        func workLeft(at now: Int64) -> Double {
            guard isRunning else { return work }
            let worked = Replay.seconds(max(0, now - max(since, stalledUntil)))
            return max(0, work - speed * worked)
        }
    }

    private let replay: Replay
    private let reserve: Double
    private let lastReserve: Double
    private let changes: SwitchCost
    private let needsCores: Bool
    private let dwell: Int64
    private var books: ReplayBooks
    private var pool: CorePool
    private var planner: JointPlanner
    private var contenders: [Contender] = []
    private var arrivals = Arrivals()
    /// When somebody who waits will have to begin.
    private var wake = Int64.max
    /// Those that have begun and have not ended, and the foremost of those that have not begun: by deadline,
    /// then submission; those without a deadline last.
    private var live: [Live] = []
    /// Who waits behind them.
    private var line = ReplayLine()
    /// How many that have not begun are looked at: as many as in the engine, and no fewer than there are
    /// cores. The engine looks again where all of them could begin; here nobody is left a core then.
    private let depth: Int

    init(_ replay: Replay) {
        self.replay = replay
        let machine = replay.machine.machine
        // What is known needs a fifth of the margin, as in the engine.
        reserve = replay.policy.margin * 0.2
        lastReserve = min(replay.policy.margin, replay.constants.lastReserve)
        changes = replay.constants.changes
        books = ReplayBooks(replay)
        pool = CorePool(machine)
        dwell = Replay.nanoseconds(replay.constants.dwell.value)
        depth = max(Engine.depthOfView, machine.coreCount)
        needsCores = replay.keepsSegments || pool.hasSharedClocks
        planner = JointPlanner(
            cores: machine.coreCount, tables: replay.tables,
            ladder: Replay.ladder(replay.machine, replay.policy), policy: replay.policy)
        // Only who gives up some of several jobs asks what would have become of them.
        if replay.policy.mixesOptions { planner.racing = RacingShadow(cores: machine.coreCount) }
    }

    mutating func run(_ progress: ((Int) -> Void)?) throws(Replay.Problem) -> ReplayResult {
        let jobs = replay.workload.jobs
        var arrived = 0
        var finished = 0
        while arrived < jobs.count || !live.isEmpty {
            let arrival = arrived < jobs.count ? jobs[arrived].submitted.nanoseconds : Int64.max
            var now = min(arrival, live.isEmpty ? .max : wake)
            for entry in live where entry.end < now { now = entry.end }
            // An end may lie beyond the clock as long as something happens before that brings it nearer.
            guard now <= Replay.latest else {
                let first = live.min { ($0.end, $0.job) < ($1.end, $1.job) }
                throw replay.problem(ofJob: first?.job ?? arrived)
            }
            books.advance(to: now)
            let before = live.count
            finishAll(at: now)
            finished += before - live.count
            if finished / 1024 != (finished - before + live.count) / 1024 { progress?(finished) }
            while arrived < jobs.count, jobs[arrived].submitted.nanoseconds <= now {
                arrive(arrived)
                arrived += 1
            }
            plan(at: now)
        }
        progress?(finished)
        return books.result(of: replay)
    }

    // MARK: Coming and going

    private mutating func arrive(_ index: Int) {
        guard let entry = newcomer(index) else {
            books.refuse(index, .tooWide)
            return
        }
        arrivals.note(at: Instant(nanoseconds: books.now))
        enterShadow(entry)
        guard live.count < depth, line.isEmpty else {
            line.insert(entry.place)
            return
        }
        var low = 0
        var high = live.count
        while low < high {
            let middle = (low + high) / 2
            if live[middle].place < entry.place { low = middle + 1 } else { high = middle }
        }
        live.insert(entry, at: low)
    }

    /// A job that has not begun; `nil` when it does not fit.
    private func newcomer(_ index: Int) -> Live? {
        let job = replay.workload.jobs[index]
        guard let range = job.range(of: replay.machine.machine.coreCount) else { return nil }
        let isMalleable = if case .malleable = job.shape { true } else { false }
        return Live(
            job: index, table: job.kind, deadline: job.deadline?.nanoseconds, range: range,
            isMalleable: isMalleable, work: job.runTime.value * replay.reference(of: job))
    }

    /// Chooses anew who is looked at of those that have not begun: whoever came last may be the most urgent.
    private mutating func lineUp(at now: Int64) {
        guard !line.isEmpty else { return }
        for entry in live where !entry.hasBegun { line.insert(entry.place) }
        live.removeAll { !$0.hasBegun }
        for job in line.takeForemost(depth, at: now) {
            // All in the line fit, or they would have been refused.
            if let entry = newcomer(job) { live.append(entry) }
        }
        live.sort { $0.place < $1.place }
    }

    private mutating func enterShadow(_ entry: Live) {
        guard let deadline = entry.deadline else { return }
        let table = replay.tables[entry.table]
        let now = books.now
        planner.racing?.advance(to: Replay.seconds(now))
        planner.racing?.enter(
            JobID(Int64(entry.job)), work: entry.work, table: table, cores: entry.range,
            deadline: Replay.seconds(deadline))
    }

    private mutating func finishAll(at now: Int64) {
        guard live.contains(where: { $0.end <= now }) else { return }
        for index in live.indices where live[index].end <= now {
            close(index)
            books.occupy(-live[index].coreCount)
            if needsCores { pool.giveBack(live[index].cores) }
            books.end(live[index].job)
            planner.racing?.leave(JobID(Int64(live[index].job)), failed: false)
        }
        live.removeAll { $0.end <= now }
    }

    /// Enters what a job has drawn since its last change.
    private mutating func close(_ index: Int) {
        let entry = live[index]
        let now = books.now
        guard entry.isRunning, now > entry.since else { return }
        let option = replay.tables[entry.table].options[entry.option]
        var power = option.corePower
        if entry.frequency != option.configuration.frequency {
            power =
                replay.machine.power.corePower(
                    at: entry.frequency, activity: replay.workload.kinds[entry.table].activity
                ).value * Double(entry.coreCount)
        }
        books.enter(
            entry.job, since: entry.since, cores: entry.coreCount, power: power,
            uncoreBefore: entry.uncoreBefore)
        let left = entry.end <= now ? 0 : entry.workLeft(at: now)
        if replay.keepsSegments {
            let job = replay.workload.jobs[entry.job]
            books.segments.append(
                ReplaySegment(
                    job: entry.job, start: Instant(nanoseconds: entry.since),
                    end: Instant(nanoseconds: now),
                    cores: entry.cores.map { replay.machine.machine.cores[$0].id },
                    frequency: entry.frequency, work: (entry.work - left) / replay.reference(of: job)))
        }
        live[index].work = left
        live[index].since = now
        live[index].uncoreBefore = books.uncoreOfACore
    }

    // MARK: Planning

    private mutating func plan(at now: Int64) {
        lineUp(at: now)
        guard !live.isEmpty else { return }
        contenders.removeAll(keepingCapacity: true)
        for entry in live { contenders.append(contender(entry, at: now)) }
        planner.outlook = Outlook(arrivals, at: Instant(nanoseconds: now))
        let rest = planner.plan(&contenders)
        wake = rest < .infinity ? Replay.later(now, by: max(1, Replay.nanoseconds(rest))) : .max
        // Cores are given back before they are given out.
        var growing = false
        for index in live.indices where contenders[index].given != live[index].option {
            let given = contenders[index].given
            guard given >= 0 else {
                pause(index)
                continue
            }
            let cores = replay.tables[live[index].table].options[given].cores
            if cores > live[index].coreCount { growing = true } else { move(index, to: given) }
        }
        if growing {
            for index in live.indices
            where contenders[index].given >= 0 && contenders[index].given != live[index].option {
                move(index, to: contenders[index].given)
            }
        }
        if pool.hasSharedClocks { shareClocks() }
    }

    private func contender(_ entry: Live, at now: Int64) -> Contender {
        var time = Double.infinity
        var limit = Double.infinity
        if let deadline = entry.deadline {
            limit = Replay.seconds(deadline - now)
            let submitted = replay.workload.jobs[entry.job].submitted.nanoseconds
            let last = Replay.seconds(deadline - submitted) * lastReserve
            time = (limit - last) * (1 - reserve) - (reserve > 0 ? 2 * changes.cores.value : 0)
        }
        var contender = Contender(
            table: entry.table, work: entry.workLeft(at: now), time: time, limit: limit, cores: entry.range,
            isFixed: !entry.isMalleable)
        contender.isPausable = replay.policy.preempts && entry.isMalleable
        contender.id = JobID(Int64(entry.job))
        if entry.isRunning {
            contender.mayBePaused = contender.isPausable && now >= entry.goesOnSince + dwell
            contender.held = entry.isMalleable ? entry.range.lowerBound : entry.coreCount
            contender.current = entry.option
            if !entry.isMalleable { contender.cores = entry.coreCount...entry.coreCount }
        }
        return contender
    }

    private mutating func pause(_ index: Int) {
        close(index)
        books.occupy(-live[index].coreCount)
        if needsCores { pool.giveBack(live[index].cores) }
        live[index].cores = []
        live[index].coreCount = 0
        live[index].option = -1
        live[index].end = .max
    }

    private mutating func move(_ index: Int, to option: Int) {
        close(index)
        let now = books.now
        let chosen = replay.tables[live[index].table].options[option]
        let hasBegun = live[index].hasBegun
        let before = live[index].coreCount
        let earlier = before > 0 ? Configuration(cores: before, frequency: live[index].frequency) : nil
        books.occupy(chosen.cores - before)
        if needsCores {
            if chosen.cores > before {
                live[index].cores += pool.take(chosen.cores - before)
                live[index].cores.sort()
            } else if chosen.cores < before {
                pool.giveBack(live[index].cores.suffix(before - chosen.cores))
                live[index].cores.removeLast(before - chosen.cores)
            }
        }
        live[index].option = option
        live[index].coreCount = chosen.cores
        live[index].frequency = chosen.configuration.frequency
        live[index].speed = chosen.speed
        live[index].since = now
        live[index].uncoreBefore = books.uncoreOfACore
        if before == 0 { live[index].goesOnSince = now }
        if hasBegun {
            let lost = earlier.map { changes.between($0, chosen.configuration) } ?? changes.cores
            live[index].stalledUntil = max(
                live[index].stalledUntil, now + Replay.nanoseconds(lost.value))
            books.countSwitch(of: live[index].job)
        } else {
            live[index].hasBegun = true
            books.begin(live[index].job)
        }
        schedule(index)
    }

    /// Finds when a job ends if nothing changes.
    private mutating func schedule(_ index: Int) {
        let entry = live[index]
        let begin = max(entry.since, entry.stalledUntil)
        live[index].end = Replay.later(begin, by: Replay.nanoseconds(entry.work / entry.speed))
    }

    /// Where several jobs share a clock, all of them run at the highest frequency that one of them was given.
    private mutating func shareClocks() {
        var domains: [Int: Hertz] = [:]
        var changed = true
        var wanted = live.map { entry in
            entry.isRunning
                ? replay.tables[entry.table].options[entry.option].configuration.frequency : .zero
        }
        while changed {
            changed = false
            for index in live.indices where live[index].isRunning {
                let own = live[index].cores.map { pool.domainOfCore[$0] }
                let highest = own.reduce(wanted[index]) { max($0, domains[$1] ?? .zero) }
                if highest > wanted[index] {
                    wanted[index] = highest
                    changed = true
                }
                for domain in own where (domains[domain] ?? .zero) < highest {
                    domains[domain] = highest
                    changed = true
                }
            }
        }
        for index in live.indices where live[index].isRunning && live[index].frequency != wanted[index] {
            close(index)
            live[index].frequency = wanted[index]
            let configuration = Configuration(cores: live[index].coreCount, frequency: wanted[index])
            let kind = replay.workload.kinds[live[index].table]
            live[index].speed = kind.speed(configuration, top: replay.top)
            schedule(index)
        }
    }
}
