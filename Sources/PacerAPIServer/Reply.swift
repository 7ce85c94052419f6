import NIOCore
import NIOHTTP1
import PacerAPI

/// A request that has arrived in full.
struct Incoming {
    let route: Route
    let peer: Peer
    let body: ByteBuffer
}

/// A response before it is written.
struct Reply {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer

    /// `value` as JSON.
    init(_ value: some Encodable, status: HTTPResponseStatus = .ok) {
        do throws(WireError) {
            self.init(bytes: try WireJSON.encode(value), status: status)
        } catch {
            self.init(APIError(.internalFailure, error.description))
        }
    }

    /// A refusal.
    init(_ error: APIError) {
        do throws(WireError) {
            let bytes = try WireJSON.encode(ErrorBody(error))
            self.init(bytes: bytes, status: HTTPResponseStatus(statusCode: error.code.httpStatus))
        } catch {
            // A body of texts always has a JSON form.
            self.init(bytes: [], status: .internalServerError)
        }
        if let allowed = error.details["allow"] { headers.add(name: "Allow", value: allowed) }
    }

    /// Bytes as they are.
    init(raw body: ByteBuffer, headers: HTTPHeaders) {
        status = .ok
        self.headers = headers
        self.headers.add(name: "Content-Type", value: "application/octet-stream")
        self.body = body
    }

    /// Text of a type of its own.
    init(text body: ByteBuffer, contentType: String, headers: HTTPHeaders) {
        status = .ok
        self.headers = headers
        self.headers.add(name: "Content-Type", value: contentType)
        self.body = body
    }

    private init(bytes: [UInt8], status: HTTPResponseStatus) {
        self.status = status
        headers = ["Content-Type": "application/json"]
        body = ByteBuffer(bytes: bytes)
    }
}

/// The answer to a request: here, or to come.
enum Answer {
    case now(Reply)
    case later(Waiting)
}

/// An answer to come. It holds no thread.
final class Waiting {
    private var reply: Reply?
    private var deliver: ((Reply) -> Void)?
    private var isOver = false

    /// Gives the answer; only the first one counts.
    func finish(_ reply: Reply) {
        guard !isOver else { return }
        isOver = true
        if let deliver { deliver(reply) } else { self.reply = reply }
        deliver = nil
    }

    /// Calls `deliver` with the answer, at once when it is there.
    func whenFinished(_ deliver: @escaping (Reply) -> Void) {
        if let reply { deliver(reply) } else if !isOver { self.deliver = deliver }
    }

    /// Nobody is interested any more.
    func abandon() {
        isOver = true
        deliver = nil
        whenAbandoned?()
    }

    /// Called when nobody is interested any more.
    var whenAbandoned: (() -> Void)?
}
