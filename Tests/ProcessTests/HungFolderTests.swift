import Foundation
import Glibc
import PacerPorts
import PacerProcess
import PacerScheduling
import Testing

extension RealProcesses {
    /// A file system that has stopped answering, as one of a network or of a user's own may.
    @Suite
    struct HungFolderTests {
        private static let fakes = ProcessInfo.processInfo.environment["PACER_FAKES_DIR"]
        private static let isPossible =
            fakes != nil && geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0

        @Test(
            .enabled(if: isPossible, "needs PACER_FAKES_DIR, root and /dev/fuse"),
            arguments: [CgroupUse.any, .none])
        func `a job whose folder never answers is given up, and nothing of it is left`(use: CgroupUse) throws
        {
            let bench = try Bench(use)
            let mount = "\(bench.root)/mount"
            try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: false)
            let server = Process()
            server.executableURL = URL(fileURLWithPath: "\(Self.fakes ?? "")/fake_cpufreq")
            server.arguments = ["-f", mount]
            try server.run()
            defer {
                kill(server.processIdentifier, SIGKILL)
                server.waitUntilExit()
                umount2(mount, Int32(MNT_DETACH))
            }
            let folder = "\(mount)/cpu"
            try #require(eventually { FileManager.default.fileExists(atPath: folder) })
            kill(server.processIdentifier, SIGSTOP)
            usleep(1_500_000)  // what the kernel remembers of the folder is forgotten after a second

            var hasFailed = false
            bench.executor.onStart = { _, failure in hasFailed = failure != nil }
            var request = try bench.request(1, "true")
            request.workingDirectory = folder
            try bench.executor.begin(request)
            #expect(
                eventually(within: 40) {
                    _ = bench.sample()
                    return bench.hasEnded() || hasFailed
                })
            // Whether the program was executed nobody can say of a shepherd that was killed.
            #expect(hasFailed || bench.end()?.status == .lost)
            bench.executor.forget(1)
            #expect(eventually { bench.affinities().isEmpty })
            #expect(bench.cgroups.isEmpty)
        }
    }
}
