import PacerAPI
import PacerAPIClient
import Testing

@testable import PacerCommands

@Suite struct NamedJobsTests {
    private static let missing = ClientError.refused(APIError(.jobNotFound, "there is no such job"))
    private static let forbidden = ClientError.refused(APIError(.notPermitted, "it is somebody else's"))
    private static let gone = ClientError.unreachable(.noFile, socketPath: "/x")

    /// Jobs that are asked about once: every one is answered with its number, unless there is an error for it.
    private static func asked(
        _ ids: [Int64], _ errors: [Int64: ClientError]
    ) throws -> (jobs: NamedJobs, answers: [Int64], all: [Int64]) {
        var jobs = NamedJobs(ids)
        var all: [Int64] = []
        let answers = try jobs.ask { id throws(ClientError) -> Int64 in
            all.append(id)
            if let error = errors[id] { throw error }
            return id
        }
        return (jobs, answers, all)
    }

    @Test func `what is refused of some jobs does not keep the others from it`() throws {
        let (jobs, answers, all) = try Self.asked([9, 2, 7, 3], [9: Self.forbidden, 7: Self.missing])
        #expect(all == [9, 2, 7, 3])
        #expect(answers == [2, 3])
        #expect(jobs.refusals == [Self.forbidden, Self.missing])
    }

    @Test func `the command ends as the first refusal says, and well where nothing was refused`() throws {
        let refused = try Self.asked([9, 2, 7], [9: Self.forbidden, 7: Self.missing]).jobs
        #expect(throws: CommandEnd(.notPermitted)) { try refused.finish() }
        let answered = try Self.asked([9, 2, 7], [:]).jobs
        #expect(throws: Never.self) { try answered.finish() }
    }

    @Test func `a job that was refused is not asked about again`() throws {
        var (jobs, _, _) = try Self.asked([9, 2], [9: Self.missing])
        let again = try jobs.ask { id throws(ClientError) -> Int64 in id }
        #expect(again == [2])
        #expect(jobs.refusals == [Self.missing])
    }

    @Test func `a daemon that is gone ends the command at once, with the code of the first error`() {
        let alone = #expect(throws: CommandFailure.self) { try Self.asked([1, 2], [1: Self.gone]) }
        #expect(alone == CommandFailure(Self.gone))
        let later = #expect(throws: CommandFailure.self) {
            try Self.asked([1, 2], [1: Self.missing, 2: Self.gone])
        }
        #expect(later?.exit == .data)
        #expect(later?.message == Self.gone.description)
    }
}
