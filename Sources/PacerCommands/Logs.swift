import ArgumentParser
import PacerAPI
import PacerAPIClient

struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints what a job has written.",
        discussion: """
              pacer logs 12
              pacer logs 12 --stderr --follow
            """)

    @OptionGroup var daemon: DaemonOptions

    @Argument(help: "The number of the job.", completion: Completions.jobs)
    var job: Int64

    @Flag(name: .shortAndLong, help: "Go on until the job has ended.")
    var follow = false

    @Flag(help: "Standard error instead of standard output.")
    var stderr = false

    /// What is written while nothing was there to read is seen after this long at the latest.
    private static let intervalS = 0.5

    private struct Report: Encodable {
        let job: Int64
        let stream: String
        let text: String
        let jobFinished: Bool
    }

    func run() throws {
        try JobNumber.check([job])
        let client = daemon.client
        let stream: OutputStream = stderr ? .stderr : .stdout
        var collected: [UInt8] = []
        var offset: UInt64 = 0
        while true {
            let from = offset
            let part = try asking { () throws(ClientError) in try client.output(job, stream, offset: from) }
            offset = part.nextOffset
            if daemon.json {
                collected += part.bytes
            } else if !Console.write(part.bytes, to: 1) {
                return
            }
            guard part.bytes.isEmpty else { continue }
            if part.jobFinished || !follow {
                if daemon.json {
                    let text = String(decoding: collected, as: UTF8.self)
                    try Console.say(
                        json: Report(
                            job: job, stream: stream.rawValue, text: text, jobFinished: part.jobFinished))
                }
                return
            }
            _ = try asking { () throws(ClientError) in try client.wait(job, timeoutS: Self.intervalS) }
        }
    }
}
