import Glibc
public import NIOCore
import NIOHTTP1
import NIOPosix
import PacerAPI
public import PacerRuntime

/// Answers the API on a Unix socket, on one event loop and without a thread of its own.
///
/// Every method, the service and every handler runs on the event loop that the server was given.
public final class APIServer {
    private let settings: APIServerSettings
    private let eventLoop: any EventLoop
    private let desk: Desk
    private var socket: ListeningSocket?
    private var listener: (any Channel)?
    private var connections: [ObjectIdentifier: any Channel] = [:]
    /// How many of them each user has.
    private var connectionCounts: [UInt32: Int] = [:]
    private var whenEmpty: EventLoopPromise<Void>?

    /// A server that is not listening yet.
    ///
    /// - Parameter service: Called on `eventLoop` only.
    public init(service: any JobService, eventLoop: any EventLoop, settings: APIServerSettings) {
        self.settings = settings
        self.eventLoop = eventLoop
        desk = Desk(service: service, settings: settings, eventLoop: eventLoop)
    }

    /// Binds the socket, or takes it over from who activated this process, and begins to answer.
    ///
    /// The socket takes connections when this returns; the future tells that they are being answered.
    ///
    /// - Precondition: Called on the event loop, once.
    public func start() throws(APIServerError) -> EventLoopFuture<Void> {
        eventLoop.preconditionInEventLoop()
        precondition(socket == nil, "a server is started once")
        let socket = try ListeningSocket(settings)
        self.socket = socket
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return ServerBootstrap(group: eventLoop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.accept(channel) }
            }
            .withBoundSocket(socket.descriptor)
            .map { bound.value.listener = $0 }
    }

    /// From now on a job that does not say how much it writes may write `limit` bytes; `nil` for no limit.
    ///
    /// - Precondition: Called on the event loop.
    public func setDefaultOutputLimit(_ limit: UInt64?) {
        eventLoop.preconditionInEventLoop()
        desk.settings.defaultOutputLimit = limit
    }

    /// From now on the members of this group are administrators; `nil` for nobody but root.
    ///
    /// - Precondition: Called on the event loop.
    public func setAdminGroup(_ group: UInt32?) {
        eventLoop.preconditionInEventLoop()
        desk.authorisation = Authorisation(adminGroupID: group)
    }

    /// Stops listening, answers who waits with what is known now, and closes every connection once its
    /// request has been answered.
    ///
    /// - Precondition: Called on the event loop.
    public func close() -> EventLoopFuture<Void> {
        eventLoop.preconditionInEventLoop()
        if let whenEmpty { return whenEmpty.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
        desk.isClosing = true
        socket?.remove()
        listener?.close(promise: nil)
        desk.finishes.endAll()
        for channel in connections.values {  // order does not matter
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        if connections.isEmpty { promise.succeed() }
        return promise.futureResult
    }

    private func accept(_ channel: any Channel) throws {
        let peer = try Peer(of: channel, keepsProcess: settings.runsAsSubmitter)
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: false)
        try channel.pipeline.syncOperations.addHandler(HTTPConnection(peer: peer, desk: desk))
        connections[ObjectIdentifier(channel)] = channel
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let key = ObjectIdentifier(channel)
        let user = peer.userID
        connectionCounts[user, default: 0] += 1
        channel.closeFuture.whenComplete { _ in bound.value.forget(key, of: user) }
        // One user's connections must leave descriptors for those of others, and for jobs.
        let isTooMany =
            (connectionCounts[user] ?? 0) > settings.connectionLimit
            && desk.authorisation.role(of: peer) == .user
        if whenEmpty != nil || isTooMany { channel.close(promise: nil) }
    }

    private func forget(_ connection: ObjectIdentifier, of user: UInt32) {
        connections[connection] = nil
        let left = (connectionCounts[user] ?? 1) - 1
        connectionCounts[user] = left > 0 ? left : nil
        if connections.isEmpty { whenEmpty?.succeed() }
    }
}
