import CPacerShims
import Glibc
import PacerPorts
import PacerScheduling

/// A process that has been linked once and is forked into the shepherd of each job.
///
/// To fork it costs a fraction of what it takes to execute a program, and it does so ahead of the next job
/// (docs/decisions/0015-shepherds-are-forked.md).
final class Nursery {
    /// The process; it ends with the connection.
    let process: Int32
    private let connection: Int32

    /// How long an answer may take, in milliseconds; a fraction of one is usual.
    private static let patience: Int32 = 2_000
    /// The numbers of jobs have room in the place of this.
    private static let room = String(repeating: " ", count: 24)

    /// Starts the process: `execute` is given its arguments and its descriptors behind the first three.
    init(_ execute: ([String], [Int32]) throws(PortError) -> Int32) throws(PortError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw PortError(errno: errno, "create a connection to the nursery of shepherds")
        }
        defer { close(ends[1]) }
        do throws(PortError) {
            process = try execute(["--nursery", Self.room], [ends[1]])
        } catch {
            close(ends[0])
            throw error
        }
        connection = ends[0]
    }

    deinit { close(connection) }

    /// Forks the shepherd of a job with its descriptors; `nil` when it is not known whether there is one: the
    /// nursery has ended, or does not answer, and is of no use any more.
    func shepherd(of job: JobID, descriptors: [Int32]) throws(PortError) -> Int32? {
        let number = Array("\(job)".utf8)
        guard pacer_send_with(connection, number, number.count, descriptors, descriptors.count) == 0
        else { return nil }
        var wait = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        var answer: Int32 = 0
        repeat {
            guard poll(&wait, 1, Self.patience) != 0 else { return nil }
        } while wait.revents == 0
        guard recv(connection, &answer, 4, Int32(MSG_DONTWAIT)) == 4 else { return nil }
        guard answer > 0 else { throw PortError(errno: -answer, "fork a shepherd for job \(job)") }
        return answer
    }
}
