import PacerAPI
import Testing

@testable import PacerCommands

@Suite struct JobTextTests {
    @Test func `the table shows what runs, how far, and how the deadline stands`() {
        let lines = JobTable.lines([Samples.running(), Samples.finished()])
        let left = [
            "JOB  CLASS  STATE    POLICY          RUNS AT              DONE  TIME  DEADLINE              ",
            " 12  xz     running  minimum-energy  2 cores at 1.6 GHz   30 %  10 s  in 1 min, slack 12 s  ",
            " 13  xz     done     minimum-energy                      100 %   8 s  kept, 2 s to spare    ",
        ]
        let right = ["JOULES, emulated", "           121 J", "           121 J"]
        #expect(lines == zip(left, right).map { $0 + $1 })
    }

    @Test func `joules of different sources have their own columns`() {
        var measured = Samples.job(1)
        measured.energy.source = .measured
        let head = JobTable.lines([measured, Samples.job(2)])[0]
        #expect(head.contains("JOULES, emulated"))
        #expect(head.contains("JOULES, measured"))
    }

    @Test func `processor time is told as a time, however short`() throws {
        var job = Samples.running()
        job.work = WorkView(done: 0.015, total: 0.02, basis: "history", source: "cpuTime", ratePerS: 0.002)
        let story = JobStory(job) { _ in 0 }.lines.joined(separator: "\n")
        #expect(story.contains("15 ms of 20 ms"))
    }

    @Test func `the deadline of a job that was cancelled does not come nearer`() {
        var job = Samples.finished()
        job.deadlineKept = nil
        let before = JobTable.deadline(job, .plain)
        job.nowUnixNs += 3_600_000_000_000
        #expect(JobTable.deadline(job, .plain) == before)
        #expect(!before.contains("slack"))
    }

    @Test func `no jobs are said to be none`() {
        #expect(JobTable.lines([]) == ["no jobs"])
    }

    @Test(
        arguments: [
            (OutcomeView(.exited, exitCode: 0), "done", 0),
            (OutcomeView(.exited, exitCode: 3), "failed with exit code 3", 3),
            (OutcomeView(.signalled, signal: 11), "ended by signal 11 (SIGSEGV)", 139),
            (OutcomeView(.cancelled), "cancelled", 130),
            (OutcomeView(.notStarted, reason: "no such file"), "not started: no such file", 127),
            (OutcomeView(.outputLimit), "stopped: it wrote more than its output limit", 1),
            (OutcomeView(.lost), "lost: nobody saw it end", 70),
            (OutcomeView(OutcomeName(rawValue: "evaporated")), "evaporated", 70),
        ] as [(OutcomeView, String, Int32)])
    func `every outcome has its words and its exit code`(
        _ outcome: OutcomeView, _ words: String, _ code: Int32
    ) {
        #expect(Words.outcome(outcome) == words)
        #expect(JobExit.code(outcome) == code)
    }

    @Test func `the story names the configuration, why, what was learnt and where joules come from`() {
        var job = Samples.running()
        let wide = ConfigurationView(cores: 2, frequencyKhz: 1_600_000)
        job.plan = PlanView(
            segments: [PlanView.Segment(configuration: wide, durationS: 23)], modelledEnergyJ: 480,
            durationS: 23,
            meetsDeadline: true, reason: "the cheapest that keeps the deadline")
        job.learnt.speedups = [
            SpeedupView(cores: 1, speedup: 1, origin: .measured),
            SpeedupView(cores: 2, speedup: 1.5, origin: .predicted),
        ]
        job.learnt.sigma = 0.05
        job.learnt.kappa = 0.001
        job.learnt.frequencySensitivity = 0.92
        job.learnt.verdict = "lockContended"
        job.learnt.evidence = ["83 % of the sleeping threads sleep in a futex"]
        job.decisions = [
            DecisionView(atUnixNs: Samples.now, kind: "plan", configuration: wide, reason: "cheapest")
        ]
        job.energy.horizonJ = 900
        job.energy.unknownS = 4
        let text = JobStory(job) { _ in 0 }.lines.joined(separator: "\n")
        let expected = [
            "job 12  xz -9 big.tar", "  deadline      14:14:30: in 1 min, slack 12 s",
            "  work          30 of 100 units, 3 per second now; the total is that of earlier runs; progress is found",
            "  progress      [#########---------------------] 30 %",
            "  now           2 cores at 1.6 GHz (core 0, 1)", "  plan          2 cores at 1.6 GHz for 23 s",
            "  why           the cheapest that keeps the deadline",
            "  predicted     23 s more, 480 J modelled",
            "  speedup       #############         1.00× on 1 core, measured",
            "  speedup       ####################  1.50× on 2 cores, predicted",
            "  scaling law   σ = 0.050, κ = 0.0010", "  frequency     92 % of the run time scales with 1/f",
            "  verdict       lock-contended: threads sleep on each other's locks",
            "                83 % of the sleeping threads sleep in a futex",
            "  source        emulated: an emulated machine's counter",
            "  this job      121 J ± 4.25 J above idle, attributed",
            "  machine       210 J while it ran, idle and other jobs included",
            "  to deadline   900 J from release to deadline, idle tail included",
            "  unknown       for 4 s of the run nothing was counted",
            "  14:13:30  plan  2 cores at 1.6 GHz: cheapest",
        ]
        for line in expected { #expect(text.contains(line), "\(text)") }
    }

    @Test func `the last line says whether the deadline was kept`() {
        #expect(
            ProgressLine.summary(Samples.finished())
                == "job 13 done in 8 s; 121 J above idle, emulated (not measured); deadline kept, 2 s to spare"
        )
        #expect(ProgressLine.summary(Samples.finished(late: true)).hasSuffix("deadline missed by 3 s"))
    }

    @Test func `plain progress lines are for changes, not for the passing of time`() {
        var later = Samples.running()
        later.nowUnixNs += 1_000_000_000
        later.work.done += 1
        #expect(ProgressLine.key(later) == ProgressLine.key(Samples.running()))
        later.work.done += 10
        #expect(ProgressLine.key(later) != ProgressLine.key(Samples.running()))
    }

    @Test func `a submission is confirmed with its deadline as it was given`() {
        var job = Samples.job(state: .queued)
        job.deadlineUnixNs = job.submittedUnixNs + 1_799_960_000_000
        #expect(Submit.sentence(job) == "job 12 submitted: deadline in 30 min, policy minimum-energy")
        job.deadlineUnixNs = nil
        #expect(Submit.sentence(job) == "job 12 submitted: no deadline, policy minimum-energy")
    }

    @Test func `a submission tells what the job is promised`() throws {
        var job = Samples.job(state: .queued)
        let text = { (job: JobView) in AdmissionText(job, zone: { _ in 0 })?.sentence }
        #expect(text(job) == nil)
        job.admission = AdmissionView(basis: "none", missing: "work")
        #expect(try #require(text(job)).contains("class \(job.className)"))
        #expect(try #require(text(job)).contains("--estimate"))
        job.admission = AdmissionView(basis: "none", missing: "wait")
        #expect(try !#require(text(job)).contains("--estimate"))

        var admission = AdmissionView(basis: "history")
        admission.startUnixNs = job.submittedUnixNs
        admission.finishUnixNs = job.submittedUnixNs + 28_000_000_000
        admission.finishQuantileUnixNs = job.submittedUnixNs + 29_500_000_000
        admission.finishQuantile = 0.9
        admission.configuration = ConfigurationView(cores: 2, frequencyKhz: 1_600_000)
        admission.modelledEnergyJ = 170
        admission.earliestDeadlineUnixNs = job.submittedUnixNs + 34_200_000_000
        job.admission = admission
        let kept = try #require(text(job))
        for part in ["in 28 s", "90 % in 29.5 s", "2 cores at 1.6 GHz", "170 J modelled"] {
            #expect(kept.contains(part), "\(kept)")
        }
        #expect(!kept.contains("start"))
        job.admission?.keepsDeadline = false
        job.admission?.startUnixNs = job.submittedUnixNs + 12_000_000_000
        let late = try #require(text(job))
        for part in ["cannot be kept", "start in 12 s", "earliest that can is in 34.2 s"] {
            #expect(late.contains(part), "\(late)")
        }
    }

    @Test func `an estimate that is longer than what is expected is told beside it`() throws {
        var job = Samples.job(state: .queued)
        var admission = AdmissionView(basis: "history")
        admission.startUnixNs = job.submittedUnixNs + 10_000_000_000
        admission.finishUnixNs = job.submittedUnixNs + 40_000_000_000
        let text = { (estimateS: Double?, basis: String) -> String? in
            job.estimateS = estimateS
            admission.basis = basis
            job.admission = admission
            return AdmissionText(job, zone: { _ in 0 })?.sentence
        }
        let told = "expected to start in 10 s, at 14:13:30, expected to end in 40 s, at 14:14:00"
        #expect(text(nil, "history") == told)
        #expect(text(30, "history") == told)
        let longer = "; by the estimate, which is longer, in 1 min 40 s at the earliest"
        #expect(text(90, "history") == told + longer)
        #expect(text(90, "estimate")?.contains("the earliest") == false)
    }

    @Test func `status shows what has not ended and the last ten that have`() {
        let ended = (1...15).map { Samples.job($0, state: .finished) }
        let shown = Status.shown([Samples.job(0)] + ended)
        #expect(shown.map(\.id) == [0] + Array(6...15))
    }

    @Test(arguments: [
        (0.25, "250 ms"), (12, "12 s"), (60, "1 min"), (3600, "1 h"), (3900, "1 h 5 min"), (90061, "1 d 1 h"),
    ])
    func `lengths of time leave out what is zero`(_ seconds: Double, _ text: String) {
        #expect(Words.length(seconds) == text)
    }

    @Test func `a time far away has its date`() {
        let leapDay: Int64 = 1_709_164_800_000_000_000
        #expect(Words.time(leapDay, now: 0, zone: { _ in 3600 }) == "2024-02-29 01:00:00")
        #expect(Words.time(leapDay, now: leapDay, zone: { _ in 3600 }) == "01:00:00")
    }
}

@Suite struct JobDecisionTests {
    @Test func `what was chosen again and again is told once, with its last reason`() {
        var job = Samples.running()
        job.decisions = (0..<5).map {
            DecisionView(
                atUnixNs: Samples.now + $0 * 1_000_000_000, kind: "sprint",
                configuration: ConfigurationView(cores: 2, frequencyKhz: nil), reason: "late by \(9 - $0) s")
        }
        let lines = JobStory(job) { _ in 0 }.lines
        #expect(
            lines.suffix(3) == [
                "decisions", "  14:13:30  sprint  2 cores: late by 9 s",
                "  14:13:34  sprint  4 times more: late by 5 s",
            ])
    }

    @Test func `a job that has ended has no prediction`() {
        var job = Samples.finished()
        let segment = PlanView.Segment(
            configuration: ConfigurationView(cores: 2, frequencyKhz: nil), durationS: 1)
        job.plan = PlanView(
            segments: [segment], modelledEnergyJ: 5, durationS: 1, meetsDeadline: false,
            reason: "the cheapest")
        let text = JobStory(job) { _ in 0 }.lines.joined(separator: "\n")
        #expect(text.contains("last plan"))
        #expect(!text.contains("predicted"))
    }
}
