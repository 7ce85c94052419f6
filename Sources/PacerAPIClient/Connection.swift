import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import PacerAPI

/// A response that has arrived in full.
struct Response: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: ByteBuffer
}

/// One connection to the daemon; one request at a time. Blocks the thread that asks.
final class Connection: Sendable {
    private let channel: any Channel
    private let exchange: NIOLoopBound<Exchange>

    /// Connects to the socket at `path`.
    init(path: String, group: any EventLoopGroup) throws(ClientError) {
        do {
            let bootstrap = ClientBootstrap(group: group).connectTimeout(.seconds(10))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(Exchange())
                    }
                }
            channel = try bootstrap.connect(unixDomainSocketPath: path).wait()
            let channel = channel
            exchange = try channel.eventLoop.submit {
                let handler = try channel.pipeline.syncOperations.handler(type: Exchange.self)
                return NIOLoopBound(handler, eventLoop: channel.eventLoop)
            }.wait()
        } catch {
            throw .unreachable(Self.absence(error, path), socketPath: path)
        }
    }

    /// Whether another request can be sent.
    var isOpen: Bool { channel.isActive }

    /// Sends a request and waits for its response.
    func send(_ route: Route, body: [UInt8]?, timeoutS: Double) throws(ClientError) -> Response {
        var headers: HTTPHeaders = ["Host": "pacerd"]
        if let body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.count)")
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: route.method), uri: route.uri, headers: headers)
        let content = body.map { ByteBuffer(bytes: $0) }
        let (channel, exchange) = (channel, exchange)
        let timeout = TimeAmount.nanoseconds(Int64(timeoutS * 1e9))
        do {
            return try channel.eventLoop.flatSubmit {
                exchange.value.begin(head, content, timeout: timeout, on: channel)
            }.wait()
        } catch let error as ClientError {
            throw error
        } catch {
            throw .interrupted("\(error)")
        }
    }

    /// Closes the connection, without waiting for it.
    func close() { channel.close(promise: nil) }

    private static func absence(_ error: any Error, _ path: String) -> ClientError.Absence {
        var status = stat()
        // The kernel says of a file that is no socket that nobody listens on it.
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK { return .notASocket }
        return switch (error as? IOError)?.errnoCode {
        case ENOENT, ENOTDIR: .noFile
        case ECONNREFUSED: .nobodyListens
        case EACCES, EPERM: .notPermitted
        case ENOTSOCK, EPROTOTYPE: .notASocket
        case let number?: .other(String(cString: strerror(number)))
        case nil: .other("\(error)")
        }
    }
}

/// Puts the parts of one response together.
final class Exchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// More than this is no answer of ours.
    private static let largestResponse = 512 << 20

    private var promise: EventLoopPromise<Response>?
    private var timer: Scheduled<Void>?
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    /// Sends a request; the future is its response.
    func begin(
        _ head: HTTPRequestHead, _ content: ByteBuffer?, timeout: TimeAmount, on channel: any Channel
    ) -> EventLoopFuture<Response> {
        let promise = channel.eventLoop.makePromise(of: Response.self)
        guard channel.isActive else {
            promise.fail(Self.closed)
            return promise.futureResult
        }
        self.promise = promise
        self.head = nil
        body.clear()
        timer = channel.eventLoop.scheduleTask(in: timeout) {
            promise.fail(ClientError.interrupted("it takes too long"))
            channel.close(promise: nil)
        }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let content { channel.write(HTTPClientRequestPart.body(.byteBuffer(content)), promise: nil) }
        // A daemon that refuses a large request closes its end; its answer is still to be read.
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var bytes):
            guard body.readableBytes + bytes.readableBytes <= Self.largestResponse else {
                fail(ClientError.protocolError("it is larger than any answer"))
                return context.close(promise: nil)
            }
            body.writeBuffer(&bytes)
        case .end:
            guard let head else { return fail(ClientError.protocolError("it has no head")) }
            end { $0.succeed(Response(status: Int(head.status.code), headers: head.headers, body: body)) }
            if !head.isKeepAlive { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isParser = error is HTTPParserError
        fail(isParser ? ClientError.protocolError("it is not HTTP/1.1") : ClientError.interrupted("\(error)"))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(Self.closed)
        context.fireChannelInactive()
    }

    private static let closed = ClientError.interrupted("it closed the connection")

    private func fail(_ error: ClientError) { end { $0.fail(error) } }

    private func end(_ complete: (EventLoopPromise<Response>) -> Void) {
        timer?.cancel()
        timer = nil
        guard let promise else { return }
        self.promise = nil
        complete(promise)
    }
}
