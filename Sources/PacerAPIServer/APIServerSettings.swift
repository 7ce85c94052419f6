public import PacerAPI
public import PacerUnits

/// What an ``APIServer`` needs to know of the daemon around it.
public struct APIServerSettings: Sendable {
    /// Who may connect to the socket; what they may do there is decided for each request.
    public enum Access: Hashable, Sendable {
        /// The user of the daemon (and root): private daemons and those of one user.
        case owner
        /// Everybody on the machine: the system's daemon.
        case everybody
    }

    /// Where to listen; at most 107 bytes.
    public var socketPath: String
    /// Who may connect.
    public var access: Access
    /// Whose daemon it is.
    public var mode: DaemonModeName
    /// The version of the daemon.
    public var version: String
    /// When the daemon started.
    public var started: Instant
    /// Bytes that a job may write when its submission does not say; `nil` for no limit.
    public var defaultOutputLimit: UInt64?
    /// A request must have arrived in full this many seconds after its first line.
    public var requestTimeoutS: Int64 = 10
    /// A connection without a request is closed after this many seconds.
    public var idleTimeoutS: Int64 = 120
    /// The group whose members see all jobs and end all but root's; `nil` for nobody but root.
    public var adminGroupID: UInt32?
    /// Whether jobs run as their submitters, so that what these may use has to be noted.
    public var runsAsSubmitter = false
    /// Connections that one user may have at once; further ones are closed.
    public var connectionLimit = 128
    /// Whether a socket may be inherited (`LISTEN_FDS`).
    public var takesOverSocket = true

    /// Settings for a daemon that listens at `socketPath`.
    public init(
        socketPath: String, access: Access, mode: DaemonModeName, version: String, started: Instant,
        defaultOutputLimit: UInt64?
    ) {
        self.socketPath = socketPath
        self.access = access
        self.mode = mode
        self.version = version
        self.started = started
        self.defaultOutputLimit = defaultOutputLimit
    }
}
