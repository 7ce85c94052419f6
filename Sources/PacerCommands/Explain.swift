import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says why a job runs, or ran, at what it does.",
        discussion: """
            Shows the power of the machine over the rate of the job at every configuration, measured or \
            predicted, the rate that the deadline needs, what was chosen, and what every policy would do and \
            take. For a job that has ended all of this is about the whole job, by what was known at its end. \
            While nothing is known of the job it says so and ends with exit code 75; with 65 when it has \
            ended.

              pacer explain 12
              pacer explain 12 --svg frontier.svg
            """)

    @OptionGroup var daemon: DaemonOptions

    @Argument(help: "The number of the job.", completion: Completions.jobs)
    var job: Int64

    @Option(
        help: ArgumentHelp(
            "Write the picture as SVG to a file instead; '-' for standard output.", valueName: "file"))
    var svg: String?

    func validate() throws {
        if daemon.json, svg != nil { throw ValidationError("--json and --svg do not go together.") }
    }

    func run() throws {
        try JobNumber.check([job])
        let client = daemon.client
        let explanation = try asking { () throws(ClientError) in try client.explanation(of: job) }
        guard let chart = FrontierChart(explanation) else { throw nothingKnown(explanation.job) }
        if daemon.json { return try Console.say(json: explanation) }
        if let svg { return try OutputFile.write(FrontierSVG(chart, of: explanation).text, to: svg) }
        let terminal = Terminal(1)
        let text = ExplanationText(
            explanation, style: terminal.style, width: terminal.width, unicode: Terminal.showsUnicode())
        for line in text.lines { Console.say(line) }
    }

    private func nothingKnown(_ job: JobView) -> CommandFailure {
        job.isFinished
            ? CommandFailure(.data, "nothing was learnt of job \(job.id), so there is nothing to explain")
            : CommandFailure(.temporary, "nothing is known of job \(job.id) yet: it has not been measured")
    }
}
