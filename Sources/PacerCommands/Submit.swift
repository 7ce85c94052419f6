import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Submit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hands a job to the daemon.",
        discussion: """
            The daemon runs it when there are cores for it, keeps what it writes, and learns from it.

              pacer submit --deadline 30m -- xz -T{cores} big.tar
              pacer submit --deadline 06:00 --policy race-to-idle -- ./nightly.sh
              pacer submit --rigid 4 --estimate 10m --deadline 1h -- mpirun -n 4 ./solve
              pacer submit --deadline 2h --progress 'step ([0-9]+)/([0-9]+)' --wait -- ./simulate

            {cores} in the command stands for the number of cores that the job gets.
            """)

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var goal: GoalOptions
    @OptionGroup var job: JobOptions

    @Flag(help: "Wait until it has ended; exit code 1 when it did not succeed.")
    var wait = false

    func run() throws {
        var request = try job.request()
        try goal.apply(to: &request)
        let client = daemon.client
        var job = try asking { () throws(ClientError) in try client.submit(request) }
        if !daemon.json { Console.say(Self.sentence(job)) }
        if wait {
            let id = job.id
            repeat {
                job = try asking { () throws(ClientError) in
                    try client.wait(id, timeoutS: Route.longestWaitS)
                }
            } while !job.isFinished
            if !daemon.json { Console.say(ProgressLine.summary(job)) }
        }
        if daemon.json { try Console.say(json: job) }
        if wait, job.outcome?.isSuccess != true { throw CommandEnd(.jobFailed) }
    }

    /// `job 12 submitted: deadline in 30 min, policy minimum-energy`.
    static func sentence(_ job: JobView) -> String {
        let deadline = job.deadlineUnixNs.map {
            // Submitting took a moment: a deadline of 30 min is said to be in 30 min, not in 29 min 59 s.
            let left = Double($0 - job.submittedUnixNs) / 1e9
            return "deadline in \(Words.length(left >= 60 ? left.rounded() : left))"
        }
        return "job \(job.id) submitted: \(deadline ?? "no deadline"), policy \(job.policy)"
    }
}
