import Testing

extension EndToEnd {
    /// Several jobs on one machine.
    @Suite struct SharingTests {
        private static let waiting = "until [ -e stop ]; do sleep 0.05; done"

        @Test func `rigid jobs that run at once never share a core`() throws {
            try Daemon.with { daemon in
                let count = min(try daemon.coreCount, 8)
                let ids = try (0..<count).map { number in
                    try daemon.submit("--rigid", "1", script: "touch up-\(number); \(Self.waiting)")
                }
                for number in 0..<count { try poll("job \(number) runs") { daemon.exists("up-\(number)") } }
                var taken: Set<Int> = []
                for id in ids {
                    let cpus = try daemon.cpus(of: try daemon.job(id))
                    #expect(daemon.areConfined(id, to: cpus))
                    #expect(taken.isDisjoint(with: cpus))
                    taken.formUnion(cpus)
                }
                try daemon.touch("stop")
                for id in ids { #expect(try daemon.end(of: id).isSuccess) }
            }
        }

        @Test func `a full machine queues by deadline`() throws {
            try Daemon.with { daemon in
                let all = "\(try daemon.coreCount)"
                let blocker = try daemon.submit("--rigid", all, script: "touch up; \(Self.waiting)")
                try poll("the machine is full") { daemon.exists("up") }
                var submitted: [String: Int] = [:]
                for deadline in [nil, "3h", "1h", "2h"] {
                    let option = deadline.map { ["--deadline", $0] } ?? []
                    submitted[deadline ?? "none"] = try daemon.submit(option + ["--rigid", all], ["true"])
                }
                for (_, id) in submitted {
                    let job = try daemon.job(id)
                    #expect(job.state == "queued")
                    #expect(job.startedUnixNs == nil)
                }
                #expect(try daemon.job(blocker).state == "running")
                try daemon.touch("stop")
                let starts = try ["1h", "2h", "3h", "none"].map { deadline in
                    let job = try daemon.end(of: try #require(submitted[deadline]))
                    #expect(job.isSuccess)
                    return try #require(job.startedUnixNs)
                }
                #expect(starts == starts.sorted())
                #expect(Set(starts).count == starts.count)
            }
        }
    }
}
