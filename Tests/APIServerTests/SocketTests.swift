import Glibc
import NIOCore
import PacerAPI
import PacerAPIClient
import PacerAPIServer
import PacerUnits
import Testing

@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    @Test func `the socket of a user's daemon is for its owner, the system's for everybody`() throws {
        for (access, mode) in [(APIServerSettings.Access.owner, mode_t(0o600)), (.everybody, 0o666)] {
            let daemon = try Daemon(folder: try TemporaryFolder(), access: access)
            var status = stat()
            #expect(stat(daemon.socketPath, &status) == 0)
            #expect(status.st_mode & 0o777 == mode)
            try daemon.close()
        }
    }

    @Test func `a socket file that nobody answers on is replaced`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/pacerd.sock"
        try leaveStaleSocket(path)
        let client = APIClient(socketPath: path)
        #expect(throws: ClientError.unreachable(.nobodyListens, socketPath: path)) { try client.info() }
        let daemon = try Daemon(folder: folder)
        #expect(try client.info().apiVersion == 1)
        try daemon.close()
    }

    @Test func `a daemon that answers is not pushed aside`() throws {
        let daemon = try Daemon()
        let error = #expect(throws: APIServerError.self) { try Daemon(folder: daemon.folder) }
        #expect(error?.code == .alreadyRunning)
        #expect(try daemon.client.info().apiVersion == 1)
        try daemon.close()
    }

    @Test func `a file that is not a socket is left alone`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/pacerd.sock"
        close(open(path, O_WRONLY | O_CREAT, 0o600))
        let error = #expect(throws: APIServerError.self) { try Daemon(folder: folder) }
        #expect(error?.code == .inTheWay)
        #expect(access(path, F_OK) == 0)
    }

    @Test func `a path that does not fit is named with its length`() throws {
        let name = String(repeating: "x", count: 100)
        let folder = try TemporaryFolder()
        let error = #expect(throws: APIServerError.self) { try Daemon(folder: folder, name: name) }
        #expect(error?.code == .pathTooLong)
        #expect(error?.description.contains("bytes; from 1 to 107 are possible") == true)
    }

    @Test func `closing removes the socket file and lets the next daemon in`() throws {
        let daemon = try Daemon()
        try daemon.close()
        #expect(access(daemon.socketPath, F_OK) != 0)
        let next = try Daemon(folder: daemon.folder)
        #expect(try next.client.info().apiVersion == 1)
        try next.close()
    }

    @Test func `each way of not reaching a daemon has its own sentence`() throws {
        let folder = try TemporaryFolder()
        let missing = APIClient(socketPath: "\(folder.path)/none.sock")
        let error = #expect(throws: ClientError.self) { try missing.info() }
        #expect(error?.description.contains("does not exist; start one with 'pacerd'") == true)
        #expect(error?.exitCode == .unreachable)
        let denied = ClientError.unreachable(.notPermitted, socketPath: "/x")
        #expect(denied.description.hasPrefix("you may not connect to /x"))
        #expect(denied.exitCode == .notPermitted)
    }

    private func leaveStaleSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        close(descriptor)
    }
}
