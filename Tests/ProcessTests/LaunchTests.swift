import Foundation
import Glibc
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerScheduling
import Testing

extension RealProcesses {
    @Suite
    struct LaunchTests {
        @Test(arguments: Bench.containments)
        func `a program sees its arguments and exactly its environment`(use: CgroupUse) throws {
            let bench = try Bench(use)
            var request = try bench.request(
                arguments: ["env"], environment: ["A": "1", "EMPTY": "", "B": "x = y\nz"])
            request.arguments = ["/usr/bin/env"]
            try bench.launch(request)
            #expect(bench.end()?.status == .exited(code: 0))
            let folder = bench.folder(1)
            let wanted = [
                "A=1", "B=x = y", "EMPTY=", "PACER_PROGRESS=\(folder)/progress", "PACER_PROGRESS_FD=3", "z",
            ]
            #expect(bench.text().split(separator: "\n").map(String.init).sorted() == wanted)
        }

        @Test(arguments: ["(", "abc", #"(a)\1"#])
        func `a pattern that no job can be launched with is refused beforehand in the same words`(
            pattern: String
        ) throws {
            let bench = try Bench()
            let refusal = #expect(throws: PortError.self) {
                try bench.executor.check(progressPattern: pattern)
            }
            let request = try bench.request(1, "true", pattern: pattern)
            let failure = #expect(throws: PortError.self) { try bench.launch(request) }
            #expect(refusal?.code == .invalid)
            #expect(refusal == failure)
            try bench.executor.check(progressPattern: #"(\d+)/(\d+)"#)
        }

        @Test func `empty arguments and arguments with spaces arrive as they are`() throws {
            let bench = try Bench()
            try bench.launch(bench.request(arguments: ["printf", "[%s]", "", "a b", "c\nd", "ü"]))
            #expect(bench.end()?.status == .exited(code: 0))
            #expect(bench.text() == "[][a b][c\nd][ü]")
        }

        @Test(arguments: Bench.containments)
        func `a program starts on its CPUs`(use: CgroupUse) throws {
            let bench = try Bench(use)
            for (job, cpus) in [(1, Bench.firstCPU), (2, Bench.lastCPU)] {
                try bench.launch(
                    bench.request(
                        .init(Int64(job)), arguments: ["grep", "Cpus_allowed_list", "/proc/self/status"],
                        cpus: cpus))
                #expect(bench.end(of: .init(Int64(job)))?.status == .exited(code: 0))
                #expect(bench.text(of: .init(Int64(job))) == "Cpus_allowed_list:\t\(cpus)\n")
            }
        }

        @Test(arguments: Bench.containments)
        func `a program has its input, two outputs, the progress file and nothing else open`(use: CgroupUse)
            throws
        {
            let bench = try Bench(use)
            try bench.launch(
                1,
                "for i in $(seq 0 99); do [ ! -e /proc/$$/fd/$i ] || echo $i $(readlink /proc/$$/fd/$i); done"
            )
            #expect(bench.end()?.status == .exited(code: 0))
            let folder = URL(fileURLWithPath: bench.folder(1)).resolvingSymlinksInPath().path
            let wanted = "0 /dev/null\n1 \(folder)/stdout\n2 \(folder)/stderr\n3 \(folder)/progress\n"
            #expect(bench.text() == wanted)
        }

        @Test func `a program leads its own session and has no signals ignored or blocked`() throws {
            let bench = try Bench()
            try bench.launch(1, "cut -d' ' -f1,5,6 /proc/$$/stat; grep -E 'Sig(Ign|Blk)' /proc/self/status")
            #expect(bench.end()?.status == .exited(code: 0))
            let lines = bench.text().split(separator: "\n")
            let numbers = Set(lines.first?.split(separator: " ") ?? [])
            #expect(numbers.count == 1)
            #expect(lines.dropFirst() == ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"])
        }

        @Test func `the working directory and the umask are the request's`() throws {
            let bench = try Bench()
            var request = try bench.request(1, "pwd; umask")
            request.umask = 0o027
            try bench.launch(request)
            #expect(bench.end()?.status == .exited(code: 0))
            #expect(bench.text().hasSuffix("\(URL(fileURLWithPath: bench.root).lastPathComponent)\n0027\n"))
        }

        @Test func `the output files belong to the owner alone`() throws {
            let bench = try Bench()
            try bench.launch(1, "true")
            #expect(bench.end() != nil)
            #expect(eventually { bench.text("status") != "" })
            for file in ["stdout", "stderr", "progress", "status"] {
                var info = stat()
                #expect(stat("\(bench.folder(1))/\(file)", &info) == 0)
                #expect(info.st_mode & 0o777 == 0o600, "\(file)")
            }
        }

        @Test func `a folder whose path is too long for a socket works`() throws {
            let bench = try Bench(.any, rootLength: 300)
            try bench.launch(1, "sleep 1000")
            bench.restart()
            #expect(bench.adopt() == .running)
            try bench.executor.signal(1, SIGKILL)
            #expect(bench.end()?.status == .signalled(signal: SIGKILL))
        }

        @Test(arguments: Bench.containments)
        func `a program that does not exist is reported by the launch`(use: CgroupUse) throws {
            let bench = try Bench(use)
            for program in ["no-such-program", "/no/such/program", "./no-such-program"] {
                let request = try bench.request(arguments: [program])
                let error = #expect(throws: PortError.self) { try bench.launch(request) }
                #expect(error?.code == .notExecutable)
                #expect(error?.description == "could not execute \(program): No such file or directory")
            }
            #expect(bench.sample() == nil)
        }

        @Test func `a file that is not executable is reported by the launch`() throws {
            let bench = try Bench()
            let path = "\(bench.root)/data"
            try Data("not a program".utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: PortError.self) { try bench.launch(bench.request(arguments: [path])) }
            #expect(error?.description == "could not execute \(path): Permission denied")
            chmod(path, 0o755)
            let format = #expect(throws: PortError.self) {
                try bench.launch(bench.request(arguments: [path]))
            }
            #expect(format?.description == "could not execute \(path): Exec format error")
        }

        @Test func `requests that cannot be right are refused before anything starts`() throws {
            let bench = try Bench()
            var request = try bench.request(1, "true")
            request.cpus = []
            #expect(throws: PortError.self) { try bench.launch(request) }
            request = try bench.request(1, "true")
            request.cpus = [CPUID(4095)]
            #expect(throws: PortError.self) { try bench.launch(request) }
            request = try bench.request(1, "true")
            request.workingDirectory = "/no/such/folder"
            #expect(throws: PortError.self) { try bench.launch(request) }
            request = try bench.request(1, "true")
            request.arguments = []
            #expect(throws: PortError.self) { try bench.launch(request) }
            request = try bench.request(1, "true", pattern: "([0-9]+")
            let error = #expect(throws: PortError.self) { try bench.launch(request) }
            #expect(error?.code == .invalid)
            #expect(bench.text("status") == "")
        }

        @Test func `a shepherd that is missing is reported with its path`() throws {
            let bench = try Bench()
            let executor = ProcessExecutor(
                shepherd: "/no/such/shepherd", cgroupParent: bench.cgroupParent, clock: Bench.now)
            let request = try bench.request(1, "true")
            let error = #expect(throws: PortError.self) { try executor.launch(request) }
            #expect(error?.description.contains("/no/such/shepherd") == true)
        }
    }
}
