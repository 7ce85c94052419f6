import CPacerShims
import NIOCore

/// Who is at the other end of a connection, as the kernel noted it at connect(2).
///
/// The process number is not kept: it may be another process's by the time it is looked at.
struct Peer: Hashable, Sendable {
    let userID: UInt32
    let groupID: UInt32

    init(userID: UInt32, groupID: UInt32) {
        self.userID = userID
        self.groupID = groupID
    }

    init(of channel: any Channel) throws {
        var peer = pacer_peer()
        let result = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            pacer_peer_of($0, &peer)
        }
        guard result == 0 else { throw PeerUnknown() }
        self.init(userID: peer.uid, groupID: peer.gid)
    }
}

/// A connection whose other end the kernel does not name is not served.
struct PeerUnknown: Error, CustomStringConvertible {
    var description: String { "the kernel does not say who is at the other end of the connection" }
}
