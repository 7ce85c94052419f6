import NIOCore
import NIOEmbedded
import NIOHTTP1
import PacerAPI
@testable import PacerAPIClient
@testable import PacerCommands

/// What a daemon answers: the first byte says whether it is HTTP or the JSON of one of the views, which is
/// then shown as the command line shows it.
@Sendable func readResponse(_ input: [UInt8]) {
    guard let (selector, bytes) = input.choice else { return }
    switch selector % 8 {
    case 0: readHTTP(bytes)
    case 1: show(bytes) { (job: JobView) in jobLines(job) }
    case 2: show(bytes) { (list: JobList) in JobTable.lines(Status.shown(list.jobs)) }
    case 3: show(bytes, explanationLines)
    case 4: show(bytes) { (forecast: ForecastView) in PlanReport.lines(forecast) }
    case 5:
        show(bytes) { (machine: MachineView) in
            MachineText(machine, zone: noZone).lines(now: 1, style: .plain)
        }
    case 6: show(bytes) { (body: ErrorBody) in [body.error.description] }
    default: show(bytes) { (info: InfoView) in ["\(info)"] }
    }
}

private let noZone: @Sendable (Int64) -> Int64 = { _ in 3600 }

private func readHTTP(_ bytes: [UInt8]) {
    let channel = EmbeddedChannel()
    let exchange = Exchange()
    accepting {
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        try channel.pipeline.syncOperations.addHandler(exchange)
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "/nonexistent"), promise: nil)
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/info")
        exchange.begin(head, nil, timeout: .seconds(1), on: channel).whenComplete { _ in }
        try channel.writeInbound(ByteBuffer(bytes: bytes))
    }
    channel.embeddedEventLoop.advanceTime(by: .seconds(2))
    accepting { _ = try channel.finish(acceptAlreadyClosed: true) }
}

private func show<View: Decodable>(_ bytes: [UInt8], _ lines: (View) -> [String]) {
    accepting { _ = lines(try WireJSON.decode(View.self, from: bytes)) }
}

private func jobLines(_ job: JobView) -> [String] {
    [ProgressLine.text(job), ProgressLine.key(job), ProgressLine.summary(job)]
        + JobStory(job, style: .plain, zone: noZone).lines
        + [AdmissionText(job, zone: noZone)?.sentence].compactMap { $0 }
}

private func explanationLines(_ explanation: ExplanationView) -> [String] {
    let picture = FrontierChart(explanation).map { FrontierSVG($0, of: explanation).text }
    return ExplanationText(explanation).lines
        + ExplanationText(explanation, width: 37, unicode: false).lines + [picture].compactMap { $0 }
}
