import PacerAPI
import PacerAPIClient

/// Follows one job to its end: copies its output, shows its progress, passes Ctrl-C on as a cancellation.
final class JobFollower {
    private let client: APIClient
    private let id: Int64
    private let display: ProgressDisplay
    private let signals: SignalWatch
    private var offsets: [OutputStream: UInt64] = [.stdout: 0, .stderr: 0]
    private var copies: [OutputStream]
    private var interruptions = 0

    /// Progress is asked for this often: more often costs energy, more seldom looks stuck.
    private static let intervalS = 0.5

    init(_ client: APIClient, _ id: Int64, copiesOutput: Bool, display: ProgressDisplay, signals: SignalWatch)
    {
        self.client = client
        self.id = id
        self.display = display
        self.signals = signals
        copies = copiesOutput ? OutputStream.allCases : []
    }

    /// Returns when the job has ended and all its output has been copied.
    func follow() throws -> JobView {
        while true {
            try handleSignals()
            let job = try asking { () throws(ClientError) in try client.wait(id, timeoutS: Self.intervalS) }
            for stream in copies { try copy(stream) }
            if job.isFinished { return job }
            display.show(job)
        }
    }

    private func handleSignals() throws {
        let count = signals.take()
        guard count > 0 else { return }
        interruptions += count
        if interruptions > 1 {
            display.note("pacer: no longer waiting for job \(id)")
            throw CommandEnd(code: 130)
        }
        display.note("pacer: cancelling job \(id); press Ctrl-C again to stop waiting for it")
        do {
            _ = try client.cancel(id)
        } catch {
            // It may have ended by itself meanwhile; the next look at it tells.
            guard case .refused(let refusal) = error, refusal.code == .jobFinished else {
                throw CommandFailure(error)
            }
        }
    }

    /// Copies what has been written since the last time.
    private func copy(_ stream: OutputStream) throws {
        while true {
            let offset = offsets[stream] ?? 0
            let part = try asking { () throws(ClientError) in try client.output(id, stream, offset: offset) }
            guard !part.bytes.isEmpty else { return }
            display.clear()
            offsets[stream] = part.nextOffset
            if !Console.write(part.bytes, to: stream == .stdout ? 1 : 2) {
                // Nobody reads it any more, as behind `| head`: the job goes on unheard.
                copies.removeAll { $0 == stream }
                return
            }
        }
    }
}
