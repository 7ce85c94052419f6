import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// The daemon as a supervisor such as systemd sees it.
    @Suite struct SupervisorTests {
        @Test(arguments: [true, false])
        func `the supervisor hears of the start, a reload and the end`(isAbstract: Bool) throws {
            let inbox = try Inbox(isAbstract: isAbstract)
            try Daemon.with(extra: ["NOTIFY_SOCKET": inbox.name]) { daemon in
                #expect(try inbox.next().contains("READY=1"))
                let before = monotonicMicroseconds()
                daemon.signal(SIGHUP)
                let reloading = try inbox.next()
                #expect(reloading.first == "RELOADING=1")
                let stamp = reloading.first { $0.hasPrefix("MONOTONIC_USEC=") }?.split(separator: "=").last
                let time = try #require(stamp.flatMap { Int64($0) })
                #expect(time >= before && time <= monotonicMicroseconds())
                let ready = try inbox.next()
                #expect(ready.first == "READY=1" && ready.contains { $0.hasPrefix("STATUS=") })
                _ = try daemon.stop()
                #expect(try inbox.next().first == "STOPPING=1")
                #expect(inbox.isEmpty)
            }
        }

        @Test func `signs of life come while the event loop turns, and only where they are asked for`() throws
        {
            let inbox = try Inbox(isAbstract: true)
            let asking = ["NOTIFY_SOCKET": inbox.name, "WATCHDOG_USEC": "100000"]
            try Daemon.with(extra: asking) { daemon in
                #expect(try inbox.next().contains("READY=1"))
                for _ in 0..<3 { #expect(try inbox.next() == ["WATCHDOG=1"]) }
                // Jobs and the keeper must not speak for the daemon.
                let id = try daemon.submit(script: "env > \(daemon.path("environment"))")
                _ = try daemon.end(of: id)
                #expect(!daemon.text("environment").contains("NOTIFY_SOCKET"))
            }
            let other = try Inbox(isAbstract: true)
            let forAnother = ["NOTIFY_SOCKET": other.name, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"]
            try Daemon.with(extra: forAnother) { daemon in
                #expect(try other.next().contains("READY=1"))
                _ = try daemon.pacer("status")
                _ = try daemon.stop()
                #expect(try other.next().first == "STOPPING=1")
            }
        }

        @Test func `levels stand before the lines exactly where journald reads them`() throws {
            try Daemon.with(extra: ["JOURNAL_STREAM": "1:1"]) { daemon in
                #expect(daemon.log.contains("pacerd: ready") && !daemon.log.contains("<6>"))
            }
            try Daemon.with(isJournal: true) { daemon in
                #expect(daemon.log.split(separator: "\n").allSatisfy { $0.contains(/^<[346]>/) })
                #expect(daemon.log.contains("<6>ready"))
            }
        }

        @Test func `what can change while it runs changes, and the rest is named`() throws {
            let file = "default-policy: minimum-energy\noutput-limit: 1 GiB\n"
            try Daemon.with(configuration: file) { daemon in
                let running = try daemon.submit(
                    script: "while ! test -e \(daemon.path("go")); do sleep 0.1; done")
                try daemon.job(running, "runs") { $0.state == "running" }
                try daemon.configure("default-policy: race-to-idle\noutput-limit: 4 KiB\njournal: off\n")
                daemon.signal(SIGHUP)
                try poll("it was read again") { daemon.log.contains("was read again") }
                let said = try #require(daemon.log.split(separator: "\n").last { $0.contains("read again") })
                #expect(said.contains("journal") && !said.contains("default-policy"))
                #expect(try daemon.job(running).policy == "minimum-energy")
                try daemon.touch("go")
                #expect(try daemon.end(of: running).outcome?.exitCode == 0)
                let wordy = try daemon.submit(script: "yes | head -c 100000; sleep 60")
                let end = try daemon.end(of: wordy)
                #expect(end.policy == "race-to-idle" && end.outcome?.kind == "outputLimit")
            }
        }

        @Test(arguments: [
            ("default-policy: race-to-idle\ngrace: soon\n", ":2:8:"),
            ("default-policy: none-such\n", "none-such"),
        ])
        func `a configuration that cannot be used changes nothing`(text: String, culprit: String) throws {
            try Daemon.with(configuration: "default-policy: wide-and-slow\n") { daemon in
                try daemon.configure(text)
                daemon.signal(SIGHUP)
                try poll("it complained") { daemon.log.contains("nothing was changed") }
                #expect(daemon.log.contains(culprit))
                let id = try daemon.submit(script: "true")
                #expect(try daemon.end(of: id).policy == "wide-and-slow")
            }
        }

        @Test func `what is recorded on both sides of a reload can be run again`() throws {
            try Daemon.with(configuration: "default-policy: minimum-energy\n") { daemon in
                for policy in ["race-to-idle", "wide-and-slow"] {
                    _ = try daemon.end(of: try daemon.submit(script: "sleep 0.2"))
                    let mark = daemon.path("go-\(policy)")
                    let running = try daemon.submit(script: "while ! test -e \(mark); do sleep 0.1; done")
                    try daemon.job(running, "runs") { $0.state == "running" }
                    let before = daemon.log.components(separatedBy: "read again").count
                    try daemon.configure("default-policy: \(policy)\n")
                    daemon.signal(SIGHUP)
                    try poll("it was read again") {
                        daemon.log.components(separatedBy: "read again").count > before
                    }
                    try daemon.touch("go-\(policy)")
                    _ = try daemon.end(of: running)
                }
                let id = try daemon.submit(script: "sleep 0.2")
                #expect(try daemon.end(of: id).policy == "wide-and-slow")
                let journal = daemon.path("journal")
                #expect(try daemon.pacer("export", "--all", "-o", journal).status == 0)
                let verified = try daemon.pacer("verify", journal)
                #expect(verified.status == 0, "\(verified.text)\(verified.errors)")
            }
        }
    }
}

private func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}

/// A supervisor's socket.
private final class Inbox {
    /// As `NOTIFY_SOCKET` has it.
    let name: String
    private let descriptor: Int32

    init(isAbstract: Bool) throws {
        let path = "/tmp/pacer-notify-\(UUID().uuidString.prefix(8))"
        name = isAbstract ? "@\(path)" : path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = isAbstract ? [0] + Array(path.utf8) : Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else { throw Impasse("no socket for notices: errno \(errno)") }
    }

    deinit {
        close(descriptor)
        if name.hasPrefix("/") { unlink(name) }
    }

    /// The lines of the next message.
    func next() throws -> [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var count = -1
        try poll("the supervisor is told") {
            count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return count >= 0
        }
        return String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    var isEmpty: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) < 0
    }
}
