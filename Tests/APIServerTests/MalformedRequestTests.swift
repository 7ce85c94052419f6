import PacerAPI
import PacerAPIClient
import PacerAPIServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct MalformedRequestTests {
    static func exchange(_ request: String) throws -> String {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        return try rawExchange(daemon.socketPath, Array(request.utf8))
    }

    @Test(arguments: [
        "frob\r\n\r\n", "GET / FTP/1.1\r\n\r\n", "GET /v1/info HTTP/1.1\r\nbad header\r\n\r\n",
        "\0\0\0\r\n\r\n",
    ])
    func `what is not HTTP is told so in JSON`(_ request: String) throws {
        let answer = try Self.exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request"))
        #expect(answer.contains(#""code":"request.malformed""#))
    }

    @Test func `a body that is not JSON is told where it is wrong`() throws {
        let body = #"{"arguments":["a"],"environment":[],"workingDirectory":"/"}"#
        let answer = try Self.exchange(
            "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request"))
        #expect(answer.contains("'environment' must be an object"))
    }

    @Test func `an unknown route is 404 and a wrong method 405 with the right ones`() throws {
        #expect(
            try Self.exchange("GET /v1/frob HTTP/1.1\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 404"))
        let answer = try Self.exchange(
            "PUT /v1/jobs HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 405"))
        #expect(answer.contains("Allow: GET, POST\r\n"))
    }

    @Test func `a body that is announced as too large is refused before it is sent`() throws {
        let answer = try Self.exchange(
            "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 413"))
        #expect(answer.contains(#""code":"body.tooLarge""#))
    }

    @Test func `a body in chunks is refused when it grows too large`() throws {
        let chunk = "100000\r\n" + String(repeating: "x", count: 0x100000) + "\r\n"
        let request =
            "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + String(repeating: chunk, count: 6) + "0\r\n\r\n"
        let answer = try Self.exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 413"))
    }

    @Test func `the client hears that its request is too large`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        let request = ServerTests.submission(["echo", String(repeating: "x", count: 5 << 20)])
        let error = #expect(throws: ClientError.self) { try client.submit(request) }
        #expect(error == .refused(APIError(.bodyTooLarge, "the request is larger than 4 MiB")))
        #expect(try client.info().apiVersion == 1)
    }

    @Test func `a client that asks for permission to send is given it`() throws {
        let answer = try Self.exchange(
            "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n{"
        )
        #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400"))
    }

    @Test func `a request that does not arrive in time is given up`() throws {
        let daemon = try Daemon(requestTimeoutS: 0)
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let answer = try rawExchange(
            daemon.socketPath,
            Array("POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc".utf8))
        #expect(answer.hasPrefix("HTTP/1.1 408"))
    }

    @Test func `requests sent at once are answered one after the other`() throws {
        let request =
            "GET /v1/jobs/7 HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/policies HTTP/1.1\r\nHost: x\r\n\r\n"
            + "GET /v1/frob HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        let answer = try Self.exchange(request)
        let heads = answer.split(separator: "\r\n").filter {
            $0.hasPrefix("HTTP/1.1") || $0.contains("HTTP/1.1 ")
        }
        #expect(heads.count == 3)
        #expect(answer.contains("there is no job 7"))
        #expect(answer.contains("race-to-idle"))
        #expect(answer.contains("/v1/frob"))
    }

    @Test func `one connection carries many requests, and many connections are served`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let clients = (0..<20).map { _ in daemon.client }
        for _ in 0..<5 { for client in clients { #expect(try client.info().coreCount == 2) } }
    }
}
