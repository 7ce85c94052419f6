import Glibc

/// A job of a run: what it does, and what it must come to.
struct JobSpec {
    enum Work: String {
        /// Sleeps.
        case nap
        /// Keeps a core busy.
        case busy
        /// Ends with a status other than zero.
        case failing
    }

    var name: String
    var work: Work
    var milliseconds: Int
    var exitCode: Int
    /// Options of `pacer submit`.
    var options: [String]
    /// When it is submitted, after the daemon is ready.
    var submitAt: Int
    /// When it is cancelled, after it was accepted; `nil` for never.
    var cancelAfter: Int?
}

/// What goes wrong in a run.
enum Fault: CustomStringConvertible {
    enum Damage: String, CaseIterable {
        case truncated, flipped, logDeleted, logTorn, emptied, garbage, indexDeleted
    }
    enum Rudeness: String, CaseIterable { case removed, clientGone, halfRequest, garbage }

    case daemon(signal: Int32)
    case keeper
    case both(keeperFirst: Bool)
    case shepherd
    /// What shepherds are forked from.
    case nursery
    case spareShepherd
    case job
    case disk(number: Int32, half: Bool, lasts: Int)
    case fullDisk(lasts: Int)
    case database(Damage)
    case socket(Rudeness)
    /// Seconds by which the clock of the day is set.
    case clock(Int)
    /// The same while no daemon runs.
    case clockWhileDown(Int)
    case asleep(Int)

    var description: String {
        switch self {
        case .daemon(let signal): "daemon gets \(Self.name(signal))"
        case .keeper: "keeper gets SIGKILL"
        case .both(let keeperFirst):
            keeperFirst ? "keeper, then daemon get SIGKILL" : "daemon, then keeper get SIGKILL"
        case .shepherd: "a shepherd gets SIGKILL"
        case .nursery: "the nursery of shepherds gets SIGKILL"
        case .spareShepherd: "the spare shepherd gets SIGKILL"
        case .job: "a job gets SIGKILL"
        case .disk(let number, let half, let lasts):
            "\(String(cString: strerror(number)))\(half ? ", halves written" : ""), for \(lasts) ms"
        case .fullDisk(let lasts): "the disk is full for \(lasts) ms"
        case .database(let damage): "database \(damage.rawValue)"
        case .socket(let rudeness): "socket: \(rudeness.rawValue)"
        case .clock(let seconds): "clock set by \(seconds) s"
        case .clockWhileDown(let seconds): "clock set by \(seconds) s while no daemon runs"
        case .asleep(let seconds): "asleep for \(seconds) s"
        }
    }

    private static func name(_ signal: Int32) -> String { signal == SIGKILL ? "SIGKILL" : "SIGTERM" }
}

/// When it goes wrong.
enum Moment: CustomStringConvertible {
    /// Milliseconds after the daemon is ready.
    case time(Int)
    /// Before or behind the n-th call of whom it concerns.
    case call(Int, after: Bool)

    var description: String {
        switch self {
        case .time(let milliseconds): "after \(milliseconds) ms"
        case .call(let number, let after): "\(after ? "behind" : "before") call \(number)"
        }
    }
}

/// Everything that a seed stands for.
struct Scenario: CustomStringConvertible {
    let seed: UInt64
    var jobs: [JobSpec]
    var fault: Fault
    var moment: Moment
    /// The daemon that takes over is killed at this call too; `nil` for not.
    var secondCall: Int?
    /// Milliseconds without a daemon.
    var pause: Int
    /// Whether `pacer restore` is used before the next start.
    var restoresByHand: Bool
    /// Whether the last daemon is ended by SIGTERM, and not by SIGKILL.
    var endsPolitely: Bool

    init(seed: UInt64, hasKeeper: Bool, mayMount: Bool) {
        self.seed = seed
        var dice = Dice(seed: seed)
        fault = Scenario.fault(&dice, hasKeeper: hasKeeper, mayMount: mayMount)
        let count = dice.number(2...5)
        jobs = (0..<count).map { Scenario.job("job\($0)", &dice) }
        moment = Scenario.moment(of: fault, &dice)
        secondCall = dice.chance(30) ? dice.number(1...120) : nil
        pause = dice.chance(50) ? 0 : dice.number(1...700)
        restoresByHand = dice.chance(40)
        endsPolitely = dice.chance(60)
    }

    var description: String { "\(fault), \(moment); \(jobs.count) jobs" }

    private static func fault(_ dice: inout Dice, hasKeeper: Bool, mayMount: Bool) -> Fault {
        while true {
            switch dice.number(0...99) {
            case 0..<24: return .daemon(signal: dice.chance(80) ? SIGKILL : SIGTERM)
            case 24..<34: if hasKeeper { return .keeper }
            case 34..<44: if hasKeeper { return .both(keeperFirst: dice.chance(50)) }
            case 44..<49: return .shepherd
            case 49..<51: return .nursery
            case 51: return .spareShepherd
            case 52..<56: return .job
            case 56..<70:
                return .disk(
                    number: dice.pick([ENOSPC, ENOSPC, EROFS, EIO]), half: dice.chance(30),
                    lasts: dice.number(50...1200))
            case 70..<74: if mayMount { return .fullDisk(lasts: dice.number(100...900)) }
            case 74..<84: return .database(dice.pick(Fault.Damage.allCases))
            case 84..<89: return .socket(dice.pick(Fault.Rudeness.allCases))
            case 89..<93: return .clock(seconds(&dice))
            case 93..<97: return .clockWhileDown(seconds(&dice))
            default: return .asleep(dice.number(60...40_000))
            }
        }
    }

    private static func seconds(_ dice: inout Dice) -> Int {
        (dice.chance(50) ? 1 : -1) * dice.number(2...30_000)
    }

    private static func moment(of fault: Fault, _ dice: inout Dice) -> Moment {
        let atCall: (ClosedRange<Int>, Int)? =
            switch fault {
            case .daemon: (1...400, 70)
            case .disk: (1...300, 60)
            case .keeper: (1...40, 60)
            case .shepherd: (1...40, 60)
            default: nil
            }
        if let (range, percent) = atCall, dice.chance(percent) {
            return .call(dice.number(range), after: dice.chance(40))
        }
        return .time(dice.number(0...1300))
    }

    private static func job(_ name: String, _ dice: inout Dice) -> JobSpec {
        var options: [String] = []
        if dice.chance(40) { options += ["--rigid", "\(dice.number(1...2))"] }
        if dice.chance(40) { options += ["--policy", "race-to-idle"] }
        if dice.chance(40) { options += ["--deadline", dice.pick(["2s", "20s", "1h"])] }
        if dice.chance(30) { options += ["--class", "shared"] }
        let work = dice.pick([JobSpec.Work.nap, .nap, .busy, .busy, .failing])
        return JobSpec(
            name: name, work: work, milliseconds: dice.number(20...700),
            exitCode: work == .failing ? dice.number(1...120) : 0, options: options,
            submitAt: dice.chance(40) ? 0 : dice.number(1...500),
            cancelAfter: dice.chance(15) ? dice.number(0...400) : nil)
    }
}
