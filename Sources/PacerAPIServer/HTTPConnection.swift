import NIOCore
import NIOHTTP1
import PacerAPI

/// One connection: puts requests together, hands them over, writes the answers.
///
/// Pipelined requests arrive here one after the other, each once the one before has been answered.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        case idle
        case receiving(HTTPRequestHead, ByteBuffer)
        case answering
        /// Answered before the request was complete: what still arrives is thrown away.
        case draining
    }

    private let peer: Peer?
    private let desk: Desk
    private var phase = Phase.idle
    private var timer: Scheduled<Void>?
    private var waiting: Waiting?

    /// - Parameter peer: Who is at the other end; `nil` where the kernel does not say, so that only what
    /// anybody   may see is shown.
    init(peer: Peer?, desk: Desk) {
        self.peer = peer
        self.desk = desk
    }

    func channelActive(context: ChannelHandlerContext) {
        startTimer(desk.settings.idleTimeoutS, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        waiting?.abandon()
        waiting = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), phase) {
        case (.head(let head), .idle): begin(head, context)
        case (.body(var bytes), .receiving(let head, var body)):
            guard body.readableBytes + bytes.readableBytes <= APIVersion.largestBody else {
                return refuseBody(context)
            }
            phase = .idle  // So that the buffer has one owner while it grows.
            body.writeBuffer(&bytes)
            phase = .receiving(head, body)
        case (.end, .receiving(let head, let body)): answer(head, body, context)
        case (.head, _), (.body, _), (.end, _): break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        switch phase {
        case .idle, .receiving:
            let error = APIError(.requestMalformed, "the request is not well-formed HTTP/1.1")
            write(Reply(error), last: true, context)
        case .answering, .draining: break
        }
        context.close(promise: nil)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        startTimer(desk.settings.requestTimeoutS, context)
        phase = .receiving(head, ByteBuffer())
        if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }),
            length > APIVersion.largestBody
        {
            return refuseBody(context)
        }
        guard head.version == .http1_1, head.headers[canonicalForm: "Expect"] == ["100-continue"] else {
            return
        }
        let goAhead = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(goAhead)), promise: nil)
    }

    private func refuseBody(_ context: ChannelHandlerContext) {
        let limit = APIVersion.largestBody >> 20
        refuse(APIError(.bodyTooLarge, "the request is larger than \(limit) MiB"), context)
    }

    /// Answers a request that is not complete. The connection is closed a little later: were it closed now,
    /// the client would see a reset instead of the answer.
    private func refuse(_ error: APIError, _ context: ChannelHandlerContext) {
        write(Reply(error), last: true, context)
        phase = .draining
        startTimer(Self.drainingS, context)
    }

    private static let drainingS: Int64 = 2

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        timer?.cancel()
        phase = .answering
        let isLast = !head.isKeepAlive || desk.isClosing
        switch decide(head, body) {
        case .now(let reply): finish(reply, last: isLast, context)
        case .later(let waiting):
            self.waiting = waiting
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            waiting.whenFinished { reply in
                let (connection, context) = bound.value
                connection.waiting = nil
                connection.finish(reply, last: isLast || connection.desk.isClosing, context)
            }
        }
    }

    private func decide(_ head: HTTPRequestHead, _ body: ByteBuffer) -> Answer {
        do throws(APIError) {
            let route = try Route(method: head.method.rawValue, uri: head.uri)
            guard let peer else {
                return desk.answerAnybody(route, host: head.headers.first(name: "Host"))
            }
            return desk.answer(Incoming(route: route, peer: peer, body: body))
        } catch {
            return .now(Reply(error))
        }
    }

    private func finish(_ reply: Reply, last: Bool, _ context: ChannelHandlerContext) {
        phase = .idle
        if !last { startTimer(desk.settings.idleTimeoutS, context) }
        write(reply, last: last, context)
        if last { context.close(promise: nil) }
    }

    private func write(_ reply: Reply, last: Bool, _ context: ChannelHandlerContext) {
        var headers = reply.headers
        headers.replaceOrAdd(name: "Content-Length", value: "\(reply.body.readableBytes)")
        if last { headers.replaceOrAdd(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(reply.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Replaces the timer of the connection's present phase.
    private func startTimer(_ seconds: Int64, _ context: ChannelHandlerContext) {
        timer?.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: .seconds(seconds)) {
            let (connection, context) = bound.value
            connection.timedOut(context)
        }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        if case .receiving = phase {
            write(Reply(APIError(.requestTimeout, "the request did not arrive in time")), last: true, context)
        }
        context.close(promise: nil)
    }
}
