import NIOCore
import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling

/// `GET /v1/jobs/{id}/output`.
enum OutputHandler {
    static func answer(
        _ id: Int64, _ stream: OutputStream, _ range: FileRange, _ peer: Peer, _ desk: Desk
    ) throws(APIError) -> Reply {
        // Looked at before the bytes are read, so that `true` means that nothing follows them.
        let job = try desk.job(id, for: peer)
        try desk.authorisation.check(peer, mayReadOutputOf: job)
        let isFinished = job.record.finished != nil
        let path = "\(desk.service.folder(of: JobID(id)))/\(stream.rawValue)"
        let owner = desk.settings.runsAsSubmitter ? job.submission.userID : nil
        let body = try range.bytes(of: path, owner: owner)
        let next = range.offset + UInt64(body.readableBytes)
        return Reply(
            raw: body,
            headers: [APIHeader.nextOffset: "\(next)", APIHeader.jobFinished: isFinished ? "true" : "false"])
    }
}
