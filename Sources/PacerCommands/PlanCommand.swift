import ArgumentParser
import PacerAPI
import PacerAPIClient

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what every policy would do with a job; runs nothing.",
        discussion: """
            Takes the options of 'submit'. All its joules are modelled: they come from what was learnt of \
            the job's class, or from the machine's prior when nothing was.

              pacer plan --deadline 30m -- xz -T{cores} big.tar
            """)

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var goal: GoalOptions
    @OptionGroup var job: JobOptions

    func run() throws {
        var request = try job.request()
        try goal.apply(to: &request)
        let client = daemon.client
        let forecast = try asking { () throws(ClientError) in try client.plan(request) }
        if daemon.json { return try Console.say(json: forecast) }
        for line in PlanReport.lines(forecast, style: Terminal(1).style) { Console.say(line) }
    }
}
