import PacerAPI

/// The numbers of jobs as they are given to commands.
enum JobNumber {
    /// Refuses what can be the number of no job: it is a slip in the command line, no missing job.
    static func check(_ numbers: [Int64]) throws(CommandFailure) {
        guard let wrong = numbers.first(where: { $0 < 1 }) else { return }
        throw CommandFailure(.usage, "\(wrong) cannot be the number of a job: the first job has number 1")
    }
}
