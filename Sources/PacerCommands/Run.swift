import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a job, shows its progress and output, and ends as it ends.",
        discussion: """
            Where no daemon can be reached it starts a private one for as long as the job runs, without \
            root. What that learns is kept for the next time.

              pacer run --deadline 10m -- make -j{cores}
              pacer run --policy race-to-idle -- ./benchmark > result.txt

            Ctrl-C cancels the job; pressed again it stops waiting. The exit code is the job's: its own, \
            128 + N when signal N ended it, 127 when it could not be started, 130 when it was cancelled. A \
            missed deadline is reported and does not change it.
            """)

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var privately: PrivateOptions
    @OptionGroup var goal: GoalOptions
    @OptionGroup var late: LateOptions
    @OptionGroup var job: JobOptions

    @Flag(name: .shortAndLong, help: "No progress and no summary.")
    var quiet = false

    func run() throws {
        var request = try job.request()
        try goal.apply(to: &request)
        try late.apply(to: &request)
        // Somebody looks on.
        request.beginsAtOnce = true
        request.isNeverPaused = true
        let signals = SignalWatch()
        let access = try DaemonAccess(daemon, privately, isQuiet: quiet)
        defer { access.stop() }
        // The daemon may have taken a while to start; a duration counts from now.
        try goal.apply(to: &request)
        let client = access.client
        let submitted = try asking { () throws(ClientError) in try client.submit(request) }
        let display = ProgressDisplay(isQuiet: quiet)
        if !daemon.json { Submit.sentences(submitted).forEach(display.note) }
        let follower = JobFollower(
            client, submitted.id, copiesOutput: !daemon.json, display: display, signals: signals)
        let job = try follower.follow()
        if daemon.json { try Console.say(json: job) } else { display.note(ProgressLine.summary(job)) }
        let code = JobExit.code(job.outcome)
        if code != 0 { throw CommandEnd(code: code) }
    }
}
