public import PacerScheduling

/// The folder of one job's files: `stdout`, `stderr`, `progress`, `status`.
public struct JobFolder: Hashable, Sendable {
    public let root: String
    public let job: JobID

    public init(root: String, job: JobID) {
        self.root = root
        self.job = job
    }

    /// Where the folder is.
    public var path: String { "\(root)/\(job)" }
}
