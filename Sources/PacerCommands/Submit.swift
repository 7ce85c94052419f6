import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerConfig

struct Submit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hands a job to the daemon.",
        discussion: """
            The daemon runs it when there are cores for it, keeps what it writes, and learns from it.

              pacer submit --deadline 30m -- xz -T{cores} big.tar
              pacer submit --deadline 06:00 --policy race-to-idle -- ./nightly.sh
              pacer submit --rigid 4 --estimate 10m --deadline 1h -- mpirun -n 4 ./solve
              pacer submit --deadline 2h --progress 'step ([0-9]+)/([0-9]+)' --wait -- ./simulate
              ls *.tar | pacer submit --each - -- xz

            It says when the job is expected to end, as soon as something is known of its class. A deadline \
            that is known to be too early is no reason to refuse it, unless --if-late reject says so.

            {cores} in the command stands for the number of cores that the job gets.

            With --each one job is made of each line of a file, or of what comes in for '-': its words are \
            put behind the command. They are parted as a shell parts them and nothing is expanded. It says \
            the numbers of the jobs, one a line; those that were said are durable.
            """)

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var goal: GoalOptions
    @OptionGroup var late: LateOptions
    @OptionGroup var job: JobOptions

    @Flag(
        help: "Begin as soon as there are cores; do not wait for other jobs to share the machine's power.")
    var atOnce = false

    @Flag(help: "Never stop it for a while so that more urgent jobs can have its cores.")
    var noPause = false

    @Flag(help: "Wait until it has ended; exit code 1 when it did not succeed.")
    var wait = false

    @Option(help: ArgumentHelp("A job for each line of a file; '-' for the input.", valueName: "file"))
    var each: String?

    func run() throws {
        if let each { return try submitEach(of: each) }
        var request = try job.request()
        try apply(to: &request)
        let client = daemon.client
        var job = try asking { () throws(ClientError) in try client.submit(request) }
        if !daemon.json { Self.sentences(job).forEach(Console.say) }
        if wait {
            let (id, admission) = (job.id, job.admission)
            repeat {
                job = try asking { () throws(ClientError) in
                    try client.wait(id, timeoutS: Route.longestWaitS)
                }
            } while !job.isFinished
            job.admission = admission
            if !daemon.json { Console.say(ProgressLine.summary(job)) }
        }
        if daemon.json { try Console.say(json: job) }
        if wait, job.outcome?.isSuccess != true { throw CommandEnd(.jobFailed) }
    }

    private func apply(to request: inout SubmissionRequest) throws {
        try goal.apply(to: &request)
        try late.apply(to: &request)
        request.beginsAtOnce = atOnce ? true : nil
        request.isNeverPaused = noPause ? true : nil
    }

    /// Submits a job for each line of the file at `path`.
    private func submitEach(of path: String) throws {
        // All lines are read before the first job is submitted: a line that is none is no half of the work.
        let commands = try CommandLines.read(path).commands
        var request = try job.request(isWhole: false)
        try apply(to: &request)
        let client = daemon.client
        var ids: [Int64] = []
        do {
            for start in stride(from: 0, to: commands.count, by: ManyJobsRequest.largest) {
                let part = Array(commands[start..<min(start + ManyJobsRequest.largest, commands.count)])
                let accepted = try asking { () throws(ClientError) in
                    try client.submit(request, each: part)
                }
                if !daemon.json { Console.say(accepted.map { "\($0)" }.joined(separator: "\n")) }
                ids += accepted
            }
        } catch {
            // Those that were accepted are, whatever became of the others.
            if daemon.json, !ids.isEmpty { try Console.say(json: ManyJobsAccepted(ids: ids)) }
            throw error
        }
        if daemon.json { try Console.say(json: ManyJobsAccepted(ids: ids)) }
        if wait { try waitForAll(ids, client) }
    }

    /// Waits until all have ended.
    private func waitForAll(_ ids: [Int64], _ client: APIClient) throws {
        var failed = 0
        var gone = 0
        for id in ids {
            do throws(ClientError) {
                var job: JobView
                repeat { job = try client.wait(id, timeoutS: Route.longestWaitS) } while !job.isFinished
                if job.outcome?.isSuccess != true { failed += 1 }
            } catch {
                // It has ended, and so many others have since that it is not kept any longer.
                guard case .refused(let refusal) = error, refusal.code == .jobNotFound else {
                    throw CommandFailure(error)
                }
                gone += 1
            }
        }
        if failed > 0 { Console.note("\(failed) of \(ids.count) jobs did not succeed") }
        if gone > 0 {
            Console.note(
                "how \(gone) of \(ids.count) jobs ended is not known any more: the daemon keeps fewer that "
                    + "have finished")
        }
        if failed + gone > 0 { throw CommandEnd(.jobFailed) }
    }

    /// What is told of a job that was just submitted: that it was, and what it is promised.
    static func sentences(_ job: JobView) -> [String] {
        [sentence(job)] + (AdmissionText(job, zone: DeadlineText.systemZone).map { [$0.sentence] } ?? [])
    }

    /// `job 12 submitted: deadline in 30 min, policy minimum-energy`.
    static func sentence(_ job: JobView) -> String {
        let deadline = job.deadlineUnixNs.map {
            // Submitting took a moment: a deadline of 30 min is said to be in 30 min, not in 29 min 59 s.
            let left = Words.seconds(from: job.submittedUnixNs, to: $0)
            return "deadline in \(Words.length(left >= 60 ? left.rounded() : left))"
        }
        return "job \(job.id) submitted: \(deadline ?? "no deadline"), policy \(job.policy)"
    }
}
