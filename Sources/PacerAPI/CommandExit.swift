/// How commands of the command line end; from 64 on as in sysexits(3).
///
/// `pacer run` ends with the exit code of its job instead, where the job has one.
public enum CommandExit: Int32, Hashable, Sendable, CaseIterable {
    /// Everything was done.
    case done = 0
    /// A job that was waited for did not succeed, or a check found something.
    case jobFailed = 1
    /// The command line, or a value in it, is wrong.
    case usage = 64
    /// A file or a job number that was given is not good; also a file that is not there or cannot be read.
    case data = 65
    /// No daemon answers, or the machine has no energy counter to calibrate with.
    case unreachable = 69
    /// Pacer failed in a way it should not.
    case internalFailure = 70
    /// A file or folder could not be made.
    case cannotCreate = 73
    /// Writing failed, or reading of something else than a file that was given.
    case inputOutput = 74
    /// It may work later: the daemon is stopping, other jobs run, or another program holds the machine.
    case temporary = 75
    /// The daemon's answer could not be understood.
    case protocolError = 76
    /// The user may not do this.
    case notPermitted = 77
    /// The job was not accepted: its deadline cannot be kept. Not in sysexits(3).
    case deadlineUnkeepable = 79

    /// What the code means, for the documentation.
    public var meaning: String {
        switch self {
        case .done: "done; jobs that were waited for succeeded"
        case .jobFailed: "a job that was waited for failed, or a check found something wrong"
        case .usage: "the command line, or a value in it, is wrong"
        case .data: "a file or a job number that was given is not good, or the file cannot be read"
        case .unreachable: "no daemon answers, and none could be started, or there is no energy counter"
        case .internalFailure: "Pacer failed in a way it should not"
        case .cannotCreate: "a file or folder could not be made"
        case .inputOutput: "writing failed, or reading of what is no file that was given"
        case .temporary: "not now: the daemon is stopping, or others use the machine"
        case .protocolError: "the daemon's answer could not be understood: different versions?"
        case .notPermitted: "not permitted"
        case .deadlineUnkeepable: "the deadline cannot be kept, and the job was not accepted (--if-late)"
        }
    }
}
