/// The body of `POST /v1/jobs/each`: jobs that differ in their commands only.
public struct ManyJobsRequest: Hashable, Sendable, Codable {
    /// What they have in common. Its `arguments` come before those of every command; there may be none.
    public var job: SubmissionRequest
    /// The arguments of each job; at most ``largest`` of them in one request.
    public var commands: [[String]]

    /// One request does not keep others waiting for long.
    public static let largest = 100

    /// A job for each of `commands`, all as `job` says.
    public init(job: SubmissionRequest, commands: [[String]]) {
        self.job = job
        self.commands = commands
    }
}

/// The answer to `POST /v1/jobs/each`.
public struct ManyJobsAccepted: Hashable, Sendable, Codable {
    /// The numbers of the jobs, in the order of their commands.
    public var ids: [Int64]

    /// The jobs `ids` were accepted.
    public init(ids: [Int64]) { self.ids = ids }
}
