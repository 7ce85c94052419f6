/// The body of `GET /v1/info`: who answers.
public struct InfoView: Hashable, Sendable, Codable {
    /// The version of the API.
    public var apiVersion: Int
    /// The version of the daemon.
    public var version: String
    /// Whose daemon it is.
    public var mode: DaemonModeName
    /// The daemon's process.
    public var processID: Int32
    /// The user it runs as.
    public var userID: UInt32
    /// When it started, in nanoseconds since the Unix epoch.
    public var startedUnixNs: Int64
    /// The present time on its clock, in nanoseconds since the Unix epoch.
    public var nowUnixNs: Int64
    /// The machine's name.
    public var machineName: String
    /// How many physical cores it has.
    public var coreCount: Int
    /// Whether frequency and energy are those of an emulated machine.
    public var isEmulated: Bool
    /// Whether frequency can be chosen.
    public var hasFrequencyControl: Bool
    /// How joules come to be here.
    public var energySource: EnergySourceName
    /// The policy of jobs that name none.
    public var defaultPolicy: String
    /// Jobs that have not finished, of all users.
    public var unfinishedJobs: Int
    /// What can and cannot be controlled here, in one line.
    public var summary: String

    /// A daemon's answer about itself.
    public init(
        version: String, mode: DaemonModeName, processID: Int32, userID: UInt32, startedUnixNs: Int64,
        nowUnixNs: Int64, machineName: String, coreCount: Int, isEmulated: Bool, hasFrequencyControl: Bool,
        energySource: EnergySourceName, defaultPolicy: String, unfinishedJobs: Int, summary: String
    ) {
        self.apiVersion = APIVersion.current
        self.version = version
        self.mode = mode
        self.processID = processID
        self.userID = userID
        self.startedUnixNs = startedUnixNs
        self.nowUnixNs = nowUnixNs
        self.machineName = machineName
        self.coreCount = coreCount
        self.isEmulated = isEmulated
        self.hasFrequencyControl = hasFrequencyControl
        self.energySource = energySource
        self.defaultPolicy = defaultPolicy
        self.unfinishedJobs = unfinishedJobs
        self.summary = summary
    }
}
