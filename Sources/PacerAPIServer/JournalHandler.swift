import NIOCore
import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime
import PacerUnits

/// `GET /v1/journal` and `GET /v1/journal/{number}`: for those who may see everybody's jobs.
enum JournalHandler {
    static func segments(_ peer: Peer, _ desk: Desk) throws(APIError) -> Reply {
        let segments = try segments(for: peer, desk)
        return Reply(
            JournalView(
                segments: segments.map {
                    JournalSegmentView(
                        number: $0.number, bytes: $0.byteCount, changedUnixNs: $0.changed.nanoseconds)
                }))
    }

    static func bytes(
        of number: Int, _ range: FileRange, _ peer: Peer, _ desk: Desk
    ) throws(APIError) -> Reply {
        guard let segment = try segments(for: peer, desk).first(where: { $0.number == number }) else {
            throw APIError(.journalNotFound, "there is no segment \(number) of the journal")
        }
        let body = try range.bytes(of: segment.path)
        let next = range.offset + UInt64(body.readableBytes)
        return Reply(raw: body, headers: [APIHeader.nextOffset: "\(next)"])
    }

    private static func segments(for peer: Peer, _ desk: Desk) throws(APIError) -> [JournalSegment] {
        try desk.authorisation.check(peer, seesEverythingBecause: "the journal tells of everybody's jobs")
        guard
            let segments = try desk.asking({ () throws(ServiceError) in
                try desk.service.journalSegments()
            })
        else {
            throw APIError(
                .journalNotFound, "no journal is kept: the daemon is configured with 'journal: off'")
        }
        return segments
    }
}
