import Glibc
import PacerRuntime
import PacerUnits

/// Tells whoever supervises the daemon how it is, as `sd_notify(3)` describes; silent where nobody asked.
struct SupervisorNotice: Sendable {
    /// How often the supervisor wants a sign of life at least; `nil` when it does not ask for any.
    let watchdogInterval: Seconds?
    /// Where the supervisor listens, as bytes of `sun_path`; `nil` when it does not.
    private let address: [UInt8]?

    /// A notice that reaches nobody.
    static let silent = SupervisorNotice(watchdogInterval: nil, address: nil)

    private init(watchdogInterval: Seconds?, address: [UInt8]?) {
        self.watchdogInterval = watchdogInterval
        self.address = address
    }

    /// What the supervisor put into the environment, which is taken out of it: programs that this process
    /// starts must not speak for it. To be called before any thread is made.
    static func taken() -> SupervisorNotice {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let values = names.map { name in getenv(name).map { String(cString: $0) } }
        for name in names { unsetenv(name) }
        guard let socket = values[0], !socket.isEmpty else { return .silent }
        guard let address = address(of: socket) else {
            Log.write(.warning, "NOTIFY_SOCKET is neither an absolute path nor an abstract name: '\(socket)'")
            return .silent
        }
        let isForUs = values[2].map { Int32($0) == getpid() } ?? true
        let microseconds = values[1].flatMap { Int64($0) } ?? 0
        return SupervisorNotice(
            watchdogInterval: isForUs && microseconds > 0 ? Seconds(Double(microseconds) / 1e6) : nil,
            address: address)
    }

    /// The daemon answers.
    func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

    /// The configuration is being read again; ``ready(_:)`` ends it.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=reads its configuration again")
    }

    /// The daemon has begun to end.
    func stopping() { send("STOPPING=1\nSTATUS=ends; jobs go on") }

    /// The event loop turns.
    func alive() { send("WATCHDOG=1") }

    // MARK: - Details

    private func send(_ fields: String) {
        guard let address else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return complain(errno) }
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: address) }
        // An abstract name ends where the length says, a path where the zero is.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
        let sent = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Array(fields.utf8).withUnsafeBytes {
                    // A supervisor that does not read must not stop the daemon.
                    sendto(
                        descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT),
                        address, length)
                }
            }
        }
        if sent < 0 { complain(errno) }
    }

    private func complain(_ number: Int32) {
        Log.write(.warning, "the supervisor could not be told: \(String(cString: strerror(number)))")
    }

    private static func address(of socket: String) -> [UInt8]? {
        var bytes = Array(socket.utf8)
        guard bytes.count > 1, bytes.count < 108,
            bytes[0] == UInt8(ascii: "/") || bytes[0] == UInt8(ascii: "@")
        else { return nil }
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        return bytes
    }

    private static func line(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: " ")
    }
}
