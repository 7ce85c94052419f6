import PacerAPI
import Testing

@testable import PacerCommands

@Suite struct ReportTests {
    static func estimate(_ cores: Int, _ rate: Double, _ power: Double) -> EstimateView {
        EstimateView(
            configuration: ConfigurationView(cores: cores, frequencyKhz: 1_000_000), ratePerS: rate,
            rateErrorRatio: 0.05, powerW: power, origin: .measured)
    }

    @Test func `the frontier leaves out what a mix of others beats`() {
        // (0, 8 W) and (2, 20 W) are a chord that passes (1, 14 W): 16 W there is wasted, 12 W is not.
        let wasteful = PlanReport.frontier([Self.estimate(1, 1, 16), Self.estimate(2, 2, 20)], idleW: 8)
        #expect(wasteful.map(\.configuration.cores) == [2])
        let good = PlanReport.frontier([Self.estimate(2, 2, 20), Self.estimate(1, 1, 12)], idleW: 8)
        #expect(good.map(\.configuration.cores) == [1, 2])
        let equal = PlanReport.frontier([Self.estimate(1, 1, 12), Self.estimate(2, 1, 11)], idleW: 8)
        #expect(equal.map(\.configuration.cores) == [2])
        #expect(PlanReport.frontier([], idleW: 8).isEmpty)
    }

    @Test func `a plan is a line a policy, its joules labelled as modelled`() {
        var forecast = ForecastView(
            policy: "minimum-energy", className: "xz", knownRuns: 1,
            work: WorkView(done: 0, total: nil, basis: "history", source: nil, ratePerS: nil), idleW: 8)
        forecast.estimates = [Self.estimate(1, 1, 12), Self.estimate(2, 2, 20)]
        let plan = PlanView(
            segments: [
                .init(configuration: ConfigurationView(cores: 2, frequencyKhz: 1_000_000), durationS: 9)
            ],
            modelledEnergyJ: 180, durationS: 9, meetsDeadline: true, reason: "")
        forecast.plans = [.init(policy: "minimum-energy", plan: plan)]
        let lines = PlanReport.lines(forecast)
        #expect(lines[0] == "class xz, policy minimum-energy; 1 known run")
        #expect(lines[1] == "would have to wait: there are no free cores")
        #expect(lines[3] == "POLICY          RUNS AT           TIME  JOULES, modelled  DEADLINE")
        #expect(lines[4] == "minimum-energy  2 cores at 1 GHz   9 s             180 J  kept")
        #expect(lines.contains("2 cores at 1 GHz             20 W  100 %  measured"), "\(lines)")
    }

    @Test func `an unknown amount of work is said to be unknown`() {
        let forecast = ForecastView(
            policy: "minimum-energy", className: "xz", knownRuns: 0,
            work: WorkView(done: 0, total: nil, basis: "unknown", source: nil, ratePerS: nil), idleW: 8)
        let text = PlanReport.lines(forecast).joined(separator: "\n")
        #expect(text.contains("no run known yet: the machine's prior"))
        #expect(text.contains("--estimate DURATION or a first run tells"))
    }

    @Test func `inspection names every knob, its owner and its reason`() {
        var machine = MachineView(
            name: "emulated desktop", isEmulated: true,
            energy: .init(
                source: .emulated, totalJ: 42, unknownS: 0,
                zones: [
                    .init(
                        name: "package-0", origin: "emulated", rangeMicrojoules: 262_143_328_850,
                        countsTowardsTotal: true)
                ]),
            powerModel: .init(idleW: 8, uncoreW: 6, cubicWPerGhz3: 0.25, linearWPerGhz: 0.5, constantW: 0.4))
        machine.cores = [.init(id: 0, cpus: [0, 2], package: 0, numaNode: 0, kind: 0)]
        machine.domains = [
            .init(
                id: 0, cores: [0], operatingPoints: [.init(frequencyKhz: 800_000, isBoost: false)],
                heldKhz: 800_000)
        ]
        machine.knobs = [
            .init(
                path: "policy0/scaling_max_freq", now: "800000", original: "1600000", wanted: "800000",
                owner: "pacer", reason: "policy", sinceUnixS: 1_790_000_000)
        ]
        machine.conflicts = ["tuned runs and sets the same knobs"]
        let text = MachineText(machine) { _ in 0 }.lines(now: 1_790_000_100_000_000_000).joined(
            separator: "\n")
        for part in [
            "emulated desktop: 1 core", "0,2", "800 MHz", "package-0: in the total, wraps at 262 kJ",
            "policy0/scaling_max_freq  800000  800000  1600000   pacer  policy  14:13:20", "tuned runs",
        ] { #expect(text.contains(part), "\(text)") }
    }

    @Test func `policies are listed with the default marked`() {
        let policy = PolicyView(
            name: "race-to-idle", summary: "Fast, then idle.", accounting: "horizon", marginRatio: 0.05,
            wantsProfile: false, isDefault: true)
        #expect(PolicyText.table([policy])[1] == "race-to-idle *     5 %  horizon  Fast, then idle.")
        #expect(PolicyText.one(policy).last == "  jobs are not probed")
        var queue = policy
        queue.queue = "fcfs"
        #expect(PolicyText.one(queue).count == PolicyText.one(policy).count + 1)
        #expect(PolicyText.one(queue).last?.contains("first come, first served") == true)
        var sharing = policy
        sharing.hasteRatio = 1
        #expect(PolicyText.one(sharing) == PolicyText.one(policy))
        sharing.hasteRatio = 1.2
        sharing.patienceRatio = 1.5
        sharing.preempts = true
        let said = PolicyText.one(sharing).joined(separator: "\n")
        #expect(PolicyText.one(sharing).count == PolicyText.one(policy).count + 3)
        #expect(said.contains("120 %") && said.contains("150 %") && said.contains("urgent"))
    }
}
