import CPacerShims
import Foundation
import Glibc
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerScheduling
import Testing

extension RealProcesses {
    /// A cgroup of version 2 that is left to jobs, as systemd leaves that of a unit with `Delegate=`.
    @Suite(.enabled(if: Delegated.isPossible, "no cgroup of version 2 can be made and marked here"))
    struct DelegationTests {
        @Test func `jobs and their shepherds are where they were told to be, and the daemon is not`() throws {
            let delegated = try Delegated(isMarked: true)
            let bench = try Bench(jobsCgroup: delegated.name)
            let own = membership("self")
            try bench.launch(1, "cat /proc/self/cgroup /proc/$PPID/cgroup; sleep 1000")
            #expect(eventually { bench.text().contains("0::") })
            let lines = bench.text().split(separator: "\n").filter { $0.hasPrefix("0::") }
            #expect(lines.count == 2)
            #expect(lines.first?.hasPrefix("0::/\(delegated.name)/\(bench.cgroupParent)/job-1-") == true)
            #expect(lines.last == "0::/\(delegated.name)/shepherds")
            #expect(membership("self") == own)
            // The next daemon finds it there.
            bench.restart()
            #expect(bench.adopt() == .running)
        }

        @Test func `a cgroup that nobody delegated is left alone, and that is said`() throws {
            let foreign = try Delegated(isMarked: false)
            for name in [foreign.name, "there-is-none"] {
                let bench = try Bench(jobsCgroup: name)
                try bench.launch(1, "cat /proc/self/cgroup; sleep 1000")
                #expect(eventually { bench.text().contains("0::") })
                #expect(!bench.text().contains("/\(name)/"))
                #expect(bench.executor.containment.note.contains("'\(name)' is not there or not delegated"))
            }
        }

        private func membership(_ process: String) -> String {
            String(
                decoding: FileManager.default.contents(atPath: "/proc/\(process)/cgroup") ?? Data(),
                as: UTF8.self)
        }
    }
}

/// A cgroup that goes with this.
private final class Delegated {
    private static let top = mountPoint()

    private static func mountPoint() -> String? {
        let mounts: String? = try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        for line in (mounts ?? "").split(separator: "\n") {
            let words: [Substring] = line.split(separator: " ")
            if words.count > 2, words[2] == "cgroup2" { return String(words[1]) }
        }
        return nil
    }

    /// `setxattr(2)`, which Swift's view of the C library lacks.
    private static func mark(_ path: String) -> Bool {
        typealias Function =
            @convention(c) (
                UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32
            ) -> Int32
        guard let symbol = dlsym(nil, "setxattr") else { return false }
        return unsafeBitCast(symbol, to: Function.self)(path, "trusted.delegate", "1", 1, 0) == 0
    }

    static let isPossible: Bool = {
        guard let delegated = try? Delegated(isMarked: true) else { return false }
        return pacer_has_attribute(delegated.path, "trusted.delegate", "1")
    }()

    let name = "pacer-delegated-\(UUID().uuidString.prefix(8))"
    var path: String { "\(Self.top ?? "")/\(name)" }

    init(isMarked: Bool) throws {
        guard Self.top != nil, mkdir(path, 0o755) == 0 else { throw POSIXError(.ENOENT) }
        if isMarked, !Self.mark(path) {
            rmdir(path)
            throw POSIXError(.EPERM)
        }
    }

    deinit {
        let below = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        // The jobs have ended; the kernel needs a moment to see that.
        _ = eventually {
            for folder in below.sorted(by: >) { rmdir("\(self.path)/\(folder)") }
            return rmdir(self.path) == 0 || errno == ENOENT
        }
    }
}
