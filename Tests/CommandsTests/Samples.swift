import PacerAPI

/// Jobs for the tests to speak of.
enum Samples {
    static let now: Int64 = 1_790_000_010_000_000_000

    static func job(_ id: Int64 = 12, state: StateName = .running) -> JobView {
        var job = JobView(
            id: id, className: "xz", command: ["xz", "-9", "big.tar"], workingDirectory: "/data",
            userID: 1000,
            shape: ShapeView(.malleable), policy: "minimum-energy", state: state,
            submittedUnixNs: now - 10_000_000_000, nowUnixNs: now,
            work: WorkView(done: 30, total: 100, basis: "history", source: "output", ratePerS: 3),
            learnt: LearntView(knownRuns: 2),
            energy: EnergyView(
                source: .emulated, machineDuringRunJ: 210, attributedJ: 121.4, attributedErrorJ: 4.25,
                horizonJ: nil, unknownS: 0))
        job.startedUnixNs = now - 10_000_000_000
        return job
    }

    static func running() -> JobView {
        var job = job()
        job.deadlineUnixNs = now + 60_000_000_000
        job.slackS = 12
        job.allocation = AllocationView(coreIDs: [0, 1], frequencyKhz: 1_600_000)
        return job
    }

    static func finished(late: Bool = false) -> JobView {
        var job = job(13, state: .finished)
        job.outcome = OutcomeView(.exited, exitCode: 0)
        job.finishedUnixNs = now - 2_000_000_000
        job.deadlineUnixNs = now
        job.deadlineKept = !late
        job.slackS = late ? -3 : 2
        return job
    }
}
