/// What the command line and the environment ask for.
struct Invocation {
    let kind: Kind
    let plan: Plan
    let progressInterval: Int
    let showsProgress: Bool
    let printsJSON: Bool

    enum Request {
        case help
        case run(Invocation)
    }

    /// Reads `arguments`, the program's name not among them. Options take `--name value` or `--name=value`.
    static func parse(arguments: [String]) throws(UsageFault) -> Request {
        var options = Options()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return .help }
            try options.take(argument, from: &rest)
        }
        return .run(try options.invocation())
    }
}

/// The command line does not say what to run; `sentence` says why.
struct UsageFault: Error {
    let sentence: String
}

/// The options as they are collected, before defaults.
private struct Options {
    private var kind: Kind?
    private var threads: Int?
    private var work: Int?
    private var progressInterval = 20_000_000
    private var showsProgress = false
    private var printsJSON = false
    private var serialFraction: Double?
    private var arrayMebibytes: Int?

    static let mostThreads = 4_096
    /// Small enough that every closed form of the check is exact.
    static let mostWork = 1_000_000_000_000_000

    /// Takes `argument`, and its value from `rest` if it has one that is not part of it.
    mutating func take(_ argument: String, from rest: inout ArraySlice<String>) throws(UsageFault) {
        guard argument.hasPrefix("-") else { return try take(kindNamed: argument) }
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        if name == "--show-progress" || name == "--json" {
            guard parts.count == 1 else { throw UsageFault(sentence: "\(name) takes no value") }
            if name == "--json" { printsJSON = true } else { showsProgress = true }
            return
        }
        guard Self.valued.contains(name) else {
            throw UsageFault(sentence: "there is no option \(name); see pacer-workload --help")
        }
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
            throw UsageFault(sentence: "\(name) needs a value")
        }
        try set(name, to: value)
    }

    /// The options that need a value.
    private static let valued = [
        "--threads", "--work", "--progress-every", "--serial-fraction", "--array-mib",
    ]

    private mutating func take(kindNamed name: String) throws(UsageFault) {
        if let kind { throw UsageFault(sentence: "\"\(name)\" is one argument too many after \(kind.name)") }
        kind = Kind.all.first { $0.name == name }
        guard kind != nil else {
            throw UsageFault(sentence: "there is no kind \"\(name)\"; the kinds are \(Self.kindNames)")
        }
    }

    private mutating func set(_ name: String, to value: String) throws(UsageFault) {
        switch name {
        case "--threads": threads = try Self.integer(value, of: name, in: 1...Self.mostThreads)
        case "--work": work = try Self.integer(value, of: name, in: 1...Self.mostWork)
        case "--array-mib": arrayMebibytes = try Self.integer(value, of: name, in: 1...4_096)
        case "--progress-every": progressInterval = try Self.interval(value, of: name)
        default:
            guard let fraction = Double(value), (0...1).contains(fraction) else {
                throw UsageFault(sentence: "\(name) is \"\(value)\", not a number from 0 to 1")
            }
            serialFraction = fraction
        }
    }

    func invocation() throws(UsageFault) -> Invocation {
        guard let kind else { throw UsageFault(sentence: "which kind? One of \(Self.kindNames)") }
        if serialFraction != nil, kind.name != Kind.amdahl.name {
            throw UsageFault(sentence: "--serial-fraction is for amdahl, not for \(kind.name)")
        }
        if arrayMebibytes != nil, kind.name != Kind.stream.name {
            throw UsageFault(sentence: "--array-mib is for stream, not for \(kind.name)")
        }
        let plan = Plan(
            threads: try threadCount(),
            work: work ?? kind.defaultWork, serialFraction: serialFraction ?? 0.2,
            arrayMebibytes: arrayMebibytes ?? 64)
        return Invocation(
            kind: kind, plan: plan, progressInterval: progressInterval, showsProgress: showsProgress,
            printsJSON: printsJSON)
    }

    private static var kindNames: String { Kind.all.map(\.name).joined(separator: ", ") }

    /// What the option says, else what the scheduler says, else what the kernel allows.
    private func threadCount() throws(UsageFault) -> Int {
        if let threads { return threads }
        guard let text = environment("PACER_CORES") else { return AllowedCPUs.count() }
        return try Self.integer(text, of: "PACER_CORES", in: 1...Self.mostThreads)
    }

    private static func integer(
        _ text: String, of name: String, in range: ClosedRange<Int>
    ) throws(UsageFault) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw UsageFault(
                sentence: "\(name) is \"\(text)\", not a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return number
    }

    /// Nanoseconds in `text`, a whole number with the unit ms or s, from 1 ms to 60 s.
    private static func interval(_ text: String, of name: String) throws(UsageFault) -> Int {
        let digits = text.prefix { $0.isNumber }
        let scale: Int? =
            switch text.dropFirst(digits.count) {
            case "ms": 1_000_000
            case "s": 1_000_000_000
            default: nil
            }
        guard let scale, let number = Int(digits), (1...60_000_000_000 / scale).contains(number) else {
            throw UsageFault(sentence: "\(name) is \"\(text)\", not a time from 1ms to 60s, such as 20ms")
        }
        return number * scale
    }
}
