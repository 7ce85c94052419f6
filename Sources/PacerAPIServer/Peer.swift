import CPacerShims
import Glibc
import NIOCore

/// Who is at the other end of a connection, as the kernel noted it at connect(2).
struct Peer: Sendable {
    let userID: UInt32
    let groupID: UInt32
    /// The supplementary groups.
    let groups: [UInt32]
    /// What connected; `nil` where nobody asks for it.
    let process: PeerProcess?

    init(userID: UInt32, groupID: UInt32, groups: [UInt32] = [], process: PeerProcess? = nil) {
        self.userID = userID
        self.groupID = groupID
        self.groups = groups
        self.process = process
    }

    /// - Parameter keepsProcess: whether the limits of the process may be asked for later.
    init(of channel: any Channel, keepsProcess: Bool) throws {
        var peer = pacer_peer()
        var groups: [gid_t] = []
        var process: PeerProcess?
        let result = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            let result = pacer_peer_of($0, &peer)
            groups = Self.groups(of: $0)
            if keepsProcess, result == 0, peer.pid > 0 { process = PeerProcess(socket: $0, peer) }
            return result
        }
        guard result == 0 else { throw PeerUnknown() }
        self.init(userID: peer.uid, groupID: peer.gid, groups: groups, process: process)
    }

    /// None where the kernel (before 4.13) does not tell: less is safe.
    private static func groups(of socket: CInt) -> [gid_t] {
        var groups = [gid_t](repeating: 0, count: 64)
        while true {
            let count = pacer_peer_groups(socket, &groups, groups.count)
            if count <= groups.count { return Array(groups.prefix(max(0, count))) }
            groups = [gid_t](repeating: 0, count: count)
        }
    }
}

/// A connection whose other end the kernel does not name is not served.
struct PeerUnknown: Error, CustomStringConvertible {
    var description: String { "the kernel does not say who is at the other end of the connection" }
}
