import ArgumentParser
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerReport
import PacerScheduling

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replays traces of jobs on a simulated machine under any policy; runs nothing.",
        discussion: """
            A trace in Standard Workload Format, packed with gzip or not, tells when jobs came, how long \
            they ran and on how many processors. What it does not tell (how a job scales, what its cores \
            draw, when it has to be done) is added by rules, from the command line or from a scenario file; \
            the same rules give the same workload every time. Each policy is then replayed on it, and its \
            energy is compared with the least that any schedule could take.

              pacer replay kth.swf.gz
              pacer replay kth.swf.gz --shape malleable --deadline 2x --width scale
              pacer replay a.swf b.swf --cores 256 -p race-to-idle -p ./mine.yaml
              pacer replay --scenario week.yaml --utilisation 60% --json
              pacer export -o journal.jsonl; pacer replay journal.jsonl -p race-to-idle

            Without --machine and --cores the machine is the server that comes with Pacer; --cores alone is \
            a plain machine of one frequency. All joules are modelled. No daemon is asked. An event journal \
            brings its own machine and jobs: they are run by the engine on a simulated machine that \
            behaves as it was learnt. docs/replay.md has the rules, the scenario file and the formats.
            """)

    @OptionGroup var options: ReplayOptions

    func run() throws {
        let request = try options.request()
        // Everything is read before anything is computed or printed.
        let policies = try EvaluatedPolicies.load(
            request.policies, accounting: .horizon, isAlone: false)
        let machine = try ReplayMachineChoice.load(machine: request.machine, cores: request.cores)
        switch try request.input() {
        case .journals(let runs): try ReplayedJournals(runs, policies: policies).run(request)
        case .traces(let traces): try replay(traces, on: machine, policies, request)
        }
    }

    private func replay(
        _ traces: [Trace], on machine: ReplayMachine, _ policies: [GridPolicy], _ request: ReplayRequest
    ) throws {
        let workload = try request.workload(traces, cores: machine.machine.coreCount)
        for note in workload.notes { Console.note("pacer: \(note)") }
        let runner = ReplayRunner(
            machine: machine, workload: workload, policies: policies, bound: request.bound,
            keepsSegments: request.scheduleOut != nil || request.keepsResults)
        try request.checkOutputs()
        var runs: [ReplayRun] = []
        try runner.run { run in
            if request.json { try Console.stream(json: ReplayRunView(run)) }
            if let path = request.scheduleOut {
                let file = try OutputFile(
                    ScheduleFile.path(path, policy: run.policy, ofSeveral: policies.count > 1))
                try ScheduleFile(machine: machine, workload: workload).write(run.result, to: file)
                try file.close()
            }
            runs.append(request.keepsResults ? run : run.withoutSegments)
        }
        if !request.json {
            let table = ReplayTable(machine: machine, workload: workload)
            let lines = table.heading + [""] + table.lines(runs, style: Terminal(1).style)
            for line in lines + table.footing(runs) { Console.say(line) }
        }
        guard request.keepsResults else { return }
        let data = ReplayPage.results(runs, machine: machine, workload: workload)
        let json = request.json
        if let path = request.results {
            try OutputFile.write(ReportFile.text(data), to: path, quietly: json)
        }
        if let path = request.report {
            try OutputFile.write(ReportPage.html(data), to: path, quietly: json)
        }
    }
}
