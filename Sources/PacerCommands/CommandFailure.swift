import PacerAPI
import PacerAPIClient

/// Why a command did not do what it was asked: one sentence and an exit code.
struct CommandFailure: Error, Hashable, CustomStringConvertible {
    let exit: CommandExit
    let message: String

    init(_ exit: CommandExit, _ message: String) {
        self.exit = exit
        self.message = message
    }

    init(_ error: ClientError) { self.init(error.exitCode, error.description) }

    var description: String { message }
}

/// The end of a command that has said all there is to say.
struct CommandEnd: Error, Hashable {
    let code: Int32

    init(code: Int32) { self.code = code }

    init(_ exit: CommandExit) { code = exit.rawValue }
}

/// Asks the daemon; its refusals become failures of the command.
func asking<Value>(_ body: () throws(ClientError) -> Value) throws(CommandFailure) -> Value {
    do {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

/// The exit code that stands for the end of a job, as a shell would see the program itself.
enum JobExit {
    /// | how the job ended | exit code |
    /// | --- | --- |
    /// | by itself | its own |
    /// | by signal N | 128 + N |
    /// | cancelled | 130, as after Ctrl-C |
    /// | could not be started | 127 |
    /// | wrote too much | 1 |
    /// | nobody saw it end | 70 |
    static func code(_ outcome: OutcomeView?) -> Int32 {
        switch outcome?.kind {
        case .exited: outcome?.exitCode ?? 0
        case .signalled: 128 + (outcome?.signal ?? 0)
        case .cancelled: 130
        case .notStarted: 127
        case .outputLimit: CommandExit.jobFailed.rawValue
        default: CommandExit.internalFailure.rawValue
        }
    }
}
