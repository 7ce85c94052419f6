import PacerAPI
import PacerAPIClient

/// Makes the runs of a comparison, one after the other.
struct ComparisonRunner {
    private let client: APIClient
    private let request: SubmissionRequest
    private let deadlineS: Double
    private let display: ProgressDisplay
    private let signals: SignalWatch
    private let warmUp: Int
    private var order: [(repeat: Int, policy: String)] = []

    private static let intervalS = 0.5
    /// The energy up to the deadline is known a moment after it; later than this it will not be any more.
    private static let horizonPatienceS = 10.0

    init(
        _ access: DaemonAccess, _ request: SubmissionRequest, _ deadlineS: Double, _ display: ProgressDisplay,
        _ signals: SignalWatch, warmUp: Int
    ) {
        client = access.client
        self.request = request
        self.deadlineS = deadlineS
        self.display = display
        self.signals = signals
        self.warmUp = warmUp
    }

    mutating func add(_ repeatNumber: Int, _ policy: String) { order.append((repeatNumber, policy)) }

    func runAll() throws -> [ComparedRun] {
        let total = warmUp + order.count
        display.note(
            "pacer: \(warmUp) warm-up and \(order.count) compared runs of \(Words.length(deadlineS)) each: "
                + "about " + Words.length(Double(total) * deadlineS))
        for number in 0..<warmUp {
            let prefix = "warm-up \(number + 1)/\(warmUp): "
            let job = try run("minimum-energy", horizon: false, prefix: prefix)
            display.note(prefix + ProgressLine.summary(job))
            if job.deadlineKept == false {
                display.note(
                    "pacer: the deadline was missed in the warm-up; runs that are late count more energy")
            }
        }
        var runs: [ComparedRun] = []
        for (index, entry) in order.enumerated() {
            let prefix = "run \(index + 1)/\(order.count), \(entry.policy): "
            let job = try run(entry.policy, horizon: true, prefix: prefix)
            let run = try compared(job, entry)
            display.note(
                "\(prefix)\(Words.energy(run.horizonJ, job.energy.source)) to the deadline, \(run.ranAt)")
            runs.append(run)
        }
        return runs
    }

    private func run(_ policy: String, horizon: Bool, prefix: String) throws -> JobView {
        var request = request
        request.policy = policy
        request.deadlineUnixNs = Clock.nowUnixNs + Int64(deadlineS * 1e9)
        let submission = request
        var job = try asking { () throws(ClientError) in try client.submit(submission) }
        let id = job.id
        while !isOver(job, horizon: horizon) {
            try handleSignals(id)
            job = try asking { () throws(ClientError) in
                try client.wait(id, timeoutS: Self.intervalS, horizon: horizon)
            }
            display.show(job, prefix: prefix)
        }
        guard job.outcome?.isSuccess == true else {
            display.clear()
            for line in try lastErrors(of: id) { Console.note(line) }
            throw CommandFailure(
                .jobFailed, "the command must succeed to be compared, but job \(id) \(Words.state(job))")
        }
        return job
    }

    /// The last lines that a job wrote on standard error: a private daemon cannot be asked for them later.
    private func lastErrors(of id: Int64) throws -> [String] {
        let part = try asking { () throws(ClientError) in try client.output(id, .stderr, offset: 0) }
        return String(decoding: part.bytes, as: UTF8.self).split(separator: "\n").suffix(5).map(String.init)
    }

    private func isOver(_ job: JobView, horizon: Bool) -> Bool {
        guard job.isFinished else { return false }
        if !horizon || job.energy.horizonJ != nil || job.outcome?.isSuccess != true { return true }
        let deadline = max(job.deadlineUnixNs ?? 0, job.finishedUnixNs ?? 0)
        return Words.seconds(from: deadline, to: job.nowUnixNs) > Self.horizonPatienceS
    }

    private func handleSignals(_ id: Int64) throws {
        guard signals.take() > 0 else { return }
        display.note("pacer: cancelled; no comparison was made")
        _ = try asking { () throws(ClientError) in try client.cancel(id) }
        throw CommandEnd(code: 130)
    }

    private func compared(_ job: JobView, _ entry: (repeat: Int, policy: String)) throws -> ComparedRun {
        guard let energy = job.energy.horizonJ, let runS = job.runTimeS else {
            throw CommandFailure(
                .internalFailure, "the energy of job \(job.id) up to its deadline did not become known")
        }
        guard job.energy.unknownS == 0 else {
            throw CommandFailure(
                .temporary,
                "for \(Words.length(job.energy.unknownS)) of job \(job.id) the energy is not known, so "
                    + "nothing can be compared; was the machine suspended?")
        }
        return ComparedRun(
            job: job.id, policy: entry.policy, repeat: entry.repeat, horizonJ: energy, runS: runS,
            deadlineKept: job.deadlineKept ?? true, lateS: max(0, -(job.slackS ?? 0)),
            ranAt: DominantConfiguration.text(job))
    }
}
