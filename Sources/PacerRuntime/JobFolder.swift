public import PacerScheduling

/// The folder of one job's files: `stdout`, `stderr`, `progress`, `status`.
public struct JobFolder: Hashable, Sendable {
    /// The folder that holds those of all jobs.
    public let root: String
    /// The job whose folder it is.
    public let job: JobID

    /// The folder of `job` below `root`.
    public init(root: String, job: JobID) {
        self.root = root
        self.job = job
    }

    /// Where the folder is.
    public var path: String { "\(root)/\(job)" }
}
