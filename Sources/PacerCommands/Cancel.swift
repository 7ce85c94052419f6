import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells jobs to end.",
        discussion: """
            A job gets SIGTERM, and SIGKILL after the daemon's grace period; so do all its children. When \
            one of several cannot be cancelled, the others are, and the exit code is that of the first error.

              pacer cancel 12 13
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
            let job = try client.cancel(id)
            if !isJSON { Console.say("job \(id) \(Words.state(job))") }
            return job
        }
        if isJSON, !views.isEmpty { try Console.say(json: JobList(jobs: views)) }
        try named.finish()
    }
}
