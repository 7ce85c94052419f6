/// The body of `POST /v1/jobs` and `POST /v1/plan`: a program and how it is to be run.
public struct SubmissionRequest: Hashable, Sendable, Codable {
    /// The program and its arguments; `{cores}` stands for the number of cores it gets.
    public var arguments: [String]
    /// All that the program will see. It may hold secrets: no answer contains it.
    public var environment: [String: String]
    /// Where the program starts.
    public var workingDirectory: String
    /// The file creation mask of the program; 022 (octal) when absent.
    public var umask: UInt32?
    /// Jobs of one class share what is learnt; the program's base name when absent.
    public var className: String?
    /// The latest acceptable finish, in nanoseconds since the Unix epoch.
    public var deadlineUnixNs: Int64?
    /// What is done with a job that is known to miss its deadline: `accept`, also when absent, or `reject`.
    public var ifLate: LateChoiceName?
    /// How the job may use cores; any number, and it may change, when absent.
    public var shape: ShapeView?
    /// The policy that plans it; the daemon's default when absent.
    public var policy: String?
    /// The user's guess of the run time with the whole machine at its top frequency, in seconds.
    public var estimateS: Double?
    /// Lines on the output that match this regular expression declare progress.
    public var progressPattern: String?
    /// Output beyond this many bytes ends the job; the daemon's default when absent.
    public var outputLimitBytes: UInt64?
    /// Whether the job may write without end.
    public var outputUnlimited: Bool?
    /// Whether the job begins as soon as there are cores, also where its policy would wait for others to
    /// share the machine's power.
    public var beginsAtOnce: Bool?
    /// Whether the job runs on once it runs, also where its policy would pause it for more urgent ones.
    public var isNeverPaused: Bool?

    /// A program to be run as the daemon's defaults say.
    public init(arguments: [String], environment: [String: String], workingDirectory: String) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }
}

/// How a job may use cores.
public struct ShapeView: Hashable, Sendable, Codable {
    /// Which of the three shapes.
    public var kind: ShapeName
    /// How many cores exactly (rigid) or at most (the others); `nil` for as many as there are.
    public var cores: Int?

    /// A shape with its number of cores.
    public init(_ kind: ShapeName, cores: Int? = nil) {
        self.kind = kind
        self.cores = cores
    }
}
