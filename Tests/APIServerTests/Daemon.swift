import Foundation
import Glibc
import NIOCore
import NIOPosix
import PacerAPI
import PacerAPIClient
@testable import PacerAPIServer
import PacerPlatform
import PacerUnits
import Testing

/// A served fake in a folder of its own. The service is only touched on the event loop.
final class Daemon: Sendable {
    let folder: TemporaryFolder
    let socketPath: String
    let eventLoop: any EventLoop
    private let parts: NIOLoopBound<(server: APIServer, service: FakeService)>

    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    convenience init(requestTimeoutS: Int64 = 10) throws {
        try self.init(folder: TemporaryFolder(), requestTimeoutS: requestTimeoutS)
    }

    init(
        folder: TemporaryFolder, requestTimeoutS: Int64 = 10, access: APIServerSettings.Access = .owner,
        name: String = "pacerd.sock", metrics: LoopbackAddress? = nil
    ) throws {
        self.folder = folder
        let socketPath = "\(folder.path)/\(name)"
        self.socketPath = socketPath
        let eventLoop = Self.group.next()
        self.eventLoop = eventLoop
        var settings = APIServerSettings(
            socketPath: socketPath, access: access, mode: .user, version: "1.2.3",
            started: Instant(nanoseconds: 1_789_000_000_000_000_000), defaultOutputLimit: 1 << 30)
        settings.requestTimeoutS = requestTimeoutS
        settings.takesOverSocket = false
        settings.metricsAddress = metrics
        let (parts, started) = try eventLoop.submit { [settings] in
            let service = FakeService()
            service.outputFolder = folder.path
            let server = APIServer(service: service, eventLoop: eventLoop, settings: settings)
            let started = try server.start()
            return (NIOLoopBound((server: server, service: service), eventLoop: eventLoop), started)
        }.wait()
        self.parts = parts
        try started.wait()
    }

    /// The port on which metrics are answered.
    var metricsPort: Int? {
        get throws { try eventLoop.submit { [parts] in parts.value.server.metricsPort }.wait() }
    }

    var client: APIClient { APIClient(socketPath: socketPath) }

    /// Runs `body` with the service, on its event loop.
    func withService<Value: Sendable>(_ body: @escaping @Sendable (FakeService) throws -> Value) throws
        -> Value
    {
        try eventLoop.submit { [parts] in try body(parts.value.service) }.wait()
    }

    func close() throws {
        try beginClose().wait()
    }

    /// Begins to close; the future tells when every connection has gone.
    func beginClose() throws -> EventLoopFuture<Void> {
        try eventLoop.submit { [parts] in parts.value.server.close() }.wait()
    }
}

struct NoFolder: Error {}

/// A folder that is removed with everything in it when nobody needs it any more.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/pacer-api-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw NoFolder() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("\(path) could not be removed: \(error)")
        }
    }
}

/// What a program on 127.0.0.1 answers to a request until it closes.
func rawExchange(port: Int, _ request: String) throws -> String {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else { throw NoFolder() }
    return exchange(socket, Array(request.utf8))
}

/// What a peer answers to these bytes until it closes; sent over a connection of its own.
func rawExchange(_ path: String, _ request: [UInt8]) throws -> String {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    guard connected == 0 else { throw NoFolder() }
    return exchange(socket, request)
}

private func exchange(_ socket: Int32, _ request: [UInt8]) -> String {
    var sent = 0
    while sent < request.count {
        let count = request.withUnsafeBytes {
            send(socket, $0.baseAddress.map { $0 + sent }, request.count - sent, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { break }  // The peer has heard enough.
        sent += count
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(socket, &buffer, buffer.count)
        if count <= 0 { break }
        answer += buffer.prefix(count)
    }
    return String(decoding: answer, as: UTF8.self)
}
