import PacerAPI
import Testing

@Suite struct ErrorCodeTests {
    @Test(arguments: ErrorCode.known) func `every code is found by its name`(_ code: ErrorCode) {
        #expect(ErrorCode(name: code.name) == code)
    }

    @Test func `no two codes share a name`() {
        #expect(Set(ErrorCode.known.map(\.name)).count == ErrorCode.known.count)
    }

    @Test(arguments: ErrorCode.known) func `every code is an error to HTTP and to the shell`(
        _ code: ErrorCode
    ) {
        #expect((400..<600).contains(code.httpStatus))
        #expect(code.exitCode.rawValue >= 64)
    }

    @Test func `the documented exit codes are these`() {
        #expect(ErrorCode.jobNotFound.exitCode.rawValue == 65)
        #expect(ErrorCode.policyNotFound.exitCode.rawValue == 64)
        #expect(ErrorCode.deadlinePast.exitCode.rawValue == 64)
        #expect(ErrorCode.deadlineUnkeepable.exitCode.rawValue == 79)
        #expect(ErrorCode.notPermitted.exitCode.rawValue == 77)
        #expect(ErrorCode.internalFailure.exitCode.rawValue == 70)
        #expect(ErrorCode.unavailable.exitCode.rawValue == 75)
    }
}
