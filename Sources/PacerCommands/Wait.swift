import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Wait: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Waits until jobs have ended.",
        discussion: """
            Exit code 0 when all of them succeeded, 1 when one did not. When one of several cannot be waited \
            for, the others are, and the exit code is that of the first error.

              pacer wait 12 13 && echo both done
            """)

    @OptionGroup var daemon: DaemonOptions

    @Argument(help: "The numbers of jobs.", completion: Completions.jobs)
    var jobs: [Int64]

    func run() throws {
        try JobNumber.check(jobs)
        let client = daemon.client
        let isJSON = daemon.json
        var named = NamedJobs(jobs)
        let views = try named.ask { id throws(ClientError) -> JobView in
            var job: JobView
            repeat { job = try client.wait(id, timeoutS: Route.longestWaitS) } while !job.isFinished
            if !isJSON { Console.say(ProgressLine.summary(job)) }
            return job
        }
        if isJSON, !views.isEmpty { try Console.say(json: JobList(jobs: views)) }
        try named.finish()
        guard views.allSatisfy({ $0.outcome?.isSuccess == true }) else { throw CommandEnd(.jobFailed) }
    }
}
