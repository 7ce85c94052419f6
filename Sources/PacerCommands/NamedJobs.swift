import PacerAPI
import PacerAPIClient

/// The jobs that a command was given the numbers of, while it asks the daemon about each.
///
/// What the daemon refuses of one job does not keep the others from what was asked for them: it is told when
/// the command is done, and is how the command ends.
struct NamedJobs {
    /// The numbers of jobs of which nothing was refused yet, in the order in which they were given.
    private(set) var ids: [Int64]
    /// What was refused, in the same order.
    private(set) var refusals: [ClientError] = []

    init(_ ids: [Int64]) { self.ids = ids }

    /// What `body` gives for each job. One that is refused is not asked about again.
    ///
    /// - Throws: When the daemon can no longer be asked; the refusals until then have been told.
    mutating func ask<Value>(
        _ body: (Int64) throws(ClientError) -> Value
    ) throws(CommandFailure) -> [Value] {
        var answers: [Value] = []
        var answered: [Int64] = []
        for id in ids {
            do throws(ClientError) {
                answers.append(try body(id))
                answered.append(id)
            } catch {
                guard case .refused = error else {
                    tell()
                    throw CommandFailure((refusals.first ?? error).exitCode, error.description)
                }
                refusals.append(error)
            }
        }
        ids = answered
        return answers
    }

    /// Tells what was refused, and ends the command with the exit code of the first refusal if there was one.
    func finish() throws(CommandEnd) {
        tell()
        if let first = refusals.first { throw CommandEnd(first.exitCode) }
    }

    private func tell() {
        for refusal in refusals { Console.note("pacer: \(refusal)") }
    }
}
