import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Wait: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Waits until jobs have ended.",
        discussion: """
            Exit code 0 when all of them succeeded, 1 when one did not.

              pacer wait 12 13 && echo both done
            """)

    @OptionGroup var daemon: DaemonOptions

    @Argument(help: "The numbers of jobs.", completion: Completions.jobs)
    var jobs: [Int64]

    func run() throws {
        try JobNumber.check(jobs)
        let client = daemon.client
        var allSucceeded = true
        var views: [JobView] = []
        for id in jobs {
            var job: JobView
            repeat {
                job = try asking { () throws(ClientError) in try client.wait(id, timeoutS: Route.longestWaitS)
                }
            } while !job.isFinished
            if !daemon.json { Console.say(ProgressLine.summary(job)) }
            allSucceeded = allSucceeded && job.outcome?.isSuccess == true
            views.append(job)
        }
        if daemon.json { try Console.say(json: JobList(jobs: views)) }
        if !allSucceeded { throw CommandEnd(.jobFailed) }
    }
}
