import NIOCore
import NIOEmbedded
import NIOHTTP1
import PacerAPI
@testable import PacerAPIServer
import PacerRuntime
import PacerUnits

/// Bytes that arrive at the daemon's socket, in two pieces: the first byte says where they are cut. Behind
/// the server are the control loop and the engine, on ports of the tests, and four seconds pass.
@Sendable func readRequest(_ input: [UInt8]) {
    guard let (cut, bytes) = input.choice else { return }
    let bench = Bench()
    let loop = EmbeddedEventLoop()
    let settings = APIServerSettings(
        socketPath: "/nonexistent", access: .everybody, mode: DaemonModeName(rawValue: "fuzz"),
        version: "fuzz", started: bench.loop.now,
        defaultOutputLimit: 1 << 20)
    let desk = Desk(service: bench.loop, settings: settings, eventLoop: loop)
    let channel = EmbeddedChannel(loop: loop)
    accepting {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: false)
        try pipeline.addHandler(HTTPConnection(peer: Peer(userID: 1, groupID: 1), desk: desk))
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "/nonexistent"), promise: nil)
        let middle = min(bytes.count, Int(cut))
        try channel.writeInbound(ByteBuffer(bytes: bytes[..<middle]))
        try channel.writeInbound(ByteBuffer(bytes: bytes[middle...]))
    }
    loop.advanceTime(by: .seconds(2))
    bench.pass(4)
    loop.advanceTime(by: .seconds(4000))
    checkAnswers(of: channel)
    accepting { _ = try channel.finish(acceptAlreadyClosed: true) }
    desk.finishes.endAll()
}

/// What goes out is HTTP, whatever came in.
private func checkAnswers(of channel: EmbeddedChannel) {
    var written: [UInt8] = []
    accepting {
        while let part = try channel.readOutbound(as: ByteBuffer.self) { written += part.readableBytesView }
    }
    precondition(written.isEmpty || written.starts(with: "HTTP/1.1 ".utf8), "an answer is not HTTP/1.1")
}
