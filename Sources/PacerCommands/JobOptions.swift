import ArgumentParser
import FoundationEssentials
import Glibc
import PacerAPI
import PacerConfig
import PacerUnits

/// How a job is to be run: the options that `submit`, `run`, `plan` and `compare` share.
struct JobOptions: ParsableArguments {
    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            """
            Jobs of one class share what is learnt. Default: the program's name, with a subcommand or script.
            """,
            valueName: "name"))
    var className: String?

    @Option(help: ArgumentHelp("Exactly this many cores, no more and no fewer.", valueName: "cores"))
    var rigid: Int?

    @Flag(help: "Any number of cores, chosen once at the start.")
    var moldable = false

    @Flag(help: "Any number of cores, and it may change while the job runs (the default).")
    var malleable = false

    @Option(
        help: ArgumentHelp("At most this many cores, for moldable and malleable jobs.", valueName: "cores"))
    var maxCores: Int?

    @Option(
        help: ArgumentHelp(
            "Your guess of the run time with the whole machine at full speed, e.g. 10m.",
            valueName: "duration"))
    var estimate: String?

    @Option(
        help: ArgumentHelp(
            "A regular expression; lines of output that match declare progress.", valueName: "pattern"))
    var progress: String?

    @Option(
        help: ArgumentHelp(
            "End the job when it has written more than this, e.g. 100MB.", valueName: "size|unlimited"))
    var outputLimit: String?

    @Argument(parsing: .postTerminator, help: "The program and its arguments, behind '--'.")
    var command: [String] = []

    /// The request without deadline and policy; where it is not whole, its command may come later.
    func request(isWhole: Bool = true) throws(CommandFailure) -> SubmissionRequest {
        guard !isWhole || command.first?.isEmpty == false else {
            throw CommandFailure(
                .usage, "the command is empty; write it behind '--', as in: -- make -j{cores}")
        }
        guard let folder = getcwd(nil, 0) else {
            throw CommandFailure(.inputOutput, "the working directory is gone")
        }
        defer { free(folder) }
        var request = SubmissionRequest(
            arguments: command, environment: ProcessInfo.processInfo.environment,
            workingDirectory: String(cString: folder))
        let mask = Glibc.umask(0)
        _ = Glibc.umask(mask)
        request.umask = mask
        request.className = className
        request.shape = try shape()
        if let estimate { request.estimateS = try Self.duration(estimate, option: "--estimate") }
        request.progressPattern = progress
        if outputLimit == "unlimited" {
            request.outputUnlimited = true
        } else if let outputLimit {
            request.outputLimitBytes = UInt64(try Self.size(outputLimit, option: "--output-limit"))
        }
        return request
    }

    /// A length of time above zero, in seconds.
    static func duration(_ text: String, option: String) throws(CommandFailure) -> Double {
        do {
            let length = try Seconds(parsing: text)
            guard length > .zero, length.isFinite else {
                throw CommandFailure(.usage, "\(option): '\(text)' is not a length of time above zero")
            }
            return length.value
        } catch let error as QuantityParseError {
            throw CommandFailure(.usage, "\(option): \(error)")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.internalFailure, "\(error)")
        }
    }

    private static func size(_ text: String, option: String) throws(CommandFailure) -> Int {
        do {
            return try byteCount(parsing: text)
        } catch {
            throw CommandFailure(.usage, "\(option): \(error); 'unlimited' is possible too")
        }
    }

    private func shape() throws(CommandFailure) -> ShapeView? {
        guard [rigid != nil, moldable, malleable].count(where: { $0 }) <= 1 else {
            throw CommandFailure(.usage, "--rigid, --moldable and --malleable exclude each other")
        }
        for (option, cores) in [("--rigid", rigid), ("--max-cores", maxCores)] {
            if let cores, cores < 1 {
                throw CommandFailure(.usage, "\(option) must be at least 1, not \(cores)")
            }
        }
        if let rigid {
            guard maxCores == nil else {
                throw CommandFailure(.usage, "--max-cores is for jobs that are not --rigid")
            }
            return ShapeView(.rigid, cores: rigid)
        }
        return ShapeView(moldable ? .moldable : .malleable, cores: maxCores)
    }
}

/// The deadline and the policy of one job.
struct GoalOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "When it must be done: a duration (30m, 1h30m) or a time (06:00, 2026-11-23T06:00Z).",
            valueName: "when"))
    var deadline: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How cores and frequency are chosen; 'pacer policies' lists them.", valueName: "name"),
        completion: Completions.policies)
    var policy: String?

    /// Puts deadline and policy into a request.
    func apply(to request: inout SubmissionRequest, now: Int64 = Clock.nowUnixNs) throws(CommandFailure) {
        request.policy = policy
        guard let deadline else { return }
        do {
            request.deadlineUnixNs = try DeadlineText.parse(deadline, now: now)
        } catch {
            throw CommandFailure(.usage, "--deadline: \(error)")
        }
    }
}

/// What is done with a job whose deadline is known to be too early.
struct LateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            When the deadline is known to be too early: accept the job, which then runs as fast as it can, \
            or reject it and say which deadline can be kept (exit code 79). Default: accept.
            """,
            valueName: "accept|reject"))
    var ifLate: String?

    /// Puts the choice into a request.
    func apply(to request: inout SubmissionRequest) throws(CommandFailure) {
        guard let ifLate else { return }
        let choice = LateChoiceName(rawValue: ifLate)
        guard [.accept, .reject].contains(choice) else {
            throw CommandFailure(.usage, "--if-late must be accept or reject, not '\(ifLate)'")
        }
        request.ifLate = choice
    }
}

/// The clock that deadlines are written in.
enum Clock {
    /// Nanoseconds since the Unix epoch.
    static var nowUnixNs: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Sleeps; signals may wake it early.
    static func pause(seconds: Double) { usleep(UInt32(max(0, seconds) * 1e6)) }
}
