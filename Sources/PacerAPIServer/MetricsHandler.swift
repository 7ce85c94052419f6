import NIOCore
import NIOHTTP1
import PacerAPI
import PacerRuntime

/// `GET /metrics`.
enum MetricsHandler {
    /// - Parameter peer: Who asks; `nil` when the kernel does not say, as on the loopback listener.
    static func answer(_ peer: Peer?, _ desk: Desk) -> Reply {
        let isComplete = peer.map(desk.authorisation.seesEverything) ?? false
        var figures = desk.service.figures()
        if !isComplete { figures.energy = desk.safeEnergy.shown(figures.energy, at: figures.at).figure }
        let page = MetricsPage(
            figures: figures, process: .now(), settings: desk.settings, isComplete: isComplete)
        return Reply(
            text: ByteBuffer(string: page.text), contentType: OpenMetricsText.contentType, headers: [:])
    }
}
