import Testing

extension EndToEnd {
    @Suite struct AdmissionTests {
        @Test func `a class that is known is promised its end, and a deadline too early is said at once`()
            throws
        {
            try Daemon.with { daemon in
                let command = try Workload.command("independent", seconds: 3, on: daemon)
                let named = ["--class", "known"]
                let new = try daemon.begin(
                    ["submit"] + named + ["--deadline", "1s", "--if-late", "reject", "--"] + command
                ).finish()
                #expect(new.status == 0, "\(new.errors)")
                #expect(new.text.contains("nothing is promised"))
                #expect(try daemon.end(of: 1).isSuccess)

                let early = ["submit"] + named + ["--deadline", "500ms", "--if-late"]
                let refused = try daemon.begin(early + ["reject", "--"] + command).finish()
                expectRefusal(refused, exit: 79, naming: "the earliest that can is in")
                let run = try daemon.begin(
                    ["run"] + named + ["--deadline", "500ms", "--if-late", "reject", "--"] + command
                ).finish()
                expectRefusal(run, exit: 79, naming: "the earliest that can is in")
                #expect(try daemon.jobs.count == 1)

                // The words of the refusal are a deadline that is accepted.
                let words = try #require(refused.errors.split(separator: "the earliest that can is in ").last)
                let told = words.filter { !$0.isWhitespace }
                let kept = try daemon.begin(
                    ["submit", "--json"] + named + ["--deadline", told, "--if-late", "reject", "--"]
                        + command
                ).finish()
                #expect(kept.status == 0, "\(kept.errors)")
                let admission = try #require(try kept.decoded(Job.self).admission)
                #expect(admission.basis == "history")
                #expect(admission.keepsDeadline == true)
                let (finish, quantile) = (
                    try #require(admission.finishUnixNs), try #require(admission.finishQuantileUnixNs)
                )
                #expect(finish <= quantile)
                #expect(admission.finishQuantile == 0.9)
                #expect((admission.modelledEnergyJ ?? 0) > 0)
                #expect(try daemon.end(of: 2).isSuccess)

                let accepted = try daemon.begin(early + ["accept", "--"] + command).finish()
                #expect(accepted.status == 0, "\(accepted.errors)")
                #expect(accepted.text.contains("the deadline cannot be kept"))
                #expect(accepted.text.contains("modelled"))
                #expect(try daemon.end(of: 3).deadlineKept == false)
            }
        }

        @Test func `a word for late jobs that is none is refused`() throws {
            try Daemon.with { daemon in
                let result = try daemon.pacer("submit", "--if-late", "perhaps", "--", "true")
                expectRefusal(result, exit: 64, naming: "perhaps")
            }
        }
    }
}
