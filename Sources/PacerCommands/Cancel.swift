import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells jobs to end.",
        discussion: """
            A job gets SIGTERM, and SIGKILL after the daemon's grace period; so do all its children.

              pacer cancel 12 13
            """)

    @OptionGroup var daemon: DaemonOptions

    @Argument(help: "The numbers of jobs.", completion: Completions.jobs)
    var jobs: [Int64]

    func run() throws {
        let client = daemon.client
        var views: [JobView] = []
        for id in jobs {
            let job = try asking { () throws(ClientError) in try client.cancel(id) }
            if !daemon.json { Console.say("job \(id) \(Words.state(job))") }
            views.append(job)
        }
        if daemon.json { try Console.say(json: JobList(jobs: views)) }
    }
}
