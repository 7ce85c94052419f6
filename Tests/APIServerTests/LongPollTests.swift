import NIOCore
import NIOPosix
import PacerAPI
import PacerAPIClient
import PacerAPIServer
import PacerScheduling
import PacerUnits
import Testing

@Suite(.timeLimit(.minutes(1))) struct LongPollTests {
    @Test func `a wait is answered at its timeout with what is known then`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        _ = try client.submit(ServerTests.submission())
        #expect(try client.wait(1, timeoutS: 0).state == .running)
        #expect(try client.wait(1, timeoutS: 0.01).state == .running)
    }

    @Test func `the end of a job answers everybody who waits for it`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        _ = try daemon.client.submit(ServerTests.submission())
        let pool = NIOThreadPool(numberOfThreads: 3)
        pool.start()
        let waits = (0..<3).map { _ in
            pool.runIfActive(eventLoop: daemon.eventLoop) { try daemon.client.wait(1, timeoutS: 3600) }
        }
        try daemon.untilWatched(1)
        try daemon.withService { $0.finish(JobID(1), .ended(.exited(code: 3))) }
        for wait in waits {
            let job = try wait.wait()
            #expect(job.outcome == OutcomeView(.exited, exitCode: 3))
        }
        try pool.syncShutdownGracefully()
    }

    @Test func `however often one waits, the service is asked once`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        _ = try client.submit(ServerTests.submission())
        for _ in 0..<20 { _ = try client.wait(1, timeoutS: 0) }
        #expect(try daemon.withService { $0.waiting.count } == 1)
    }

    @Test func `a wait for the horizon goes on after the end of the job`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        _ = try client.submit(ServerTests.submission())
        try daemon.withService { $0.finish(JobID(1), .ended(.exited(code: 0))) }
        #expect(try client.wait(1, timeoutS: 0, horizon: true).energy.horizonJ == nil)
        try daemon.withService { $0.reachHorizon(JobID(1), Joules(77)) }
        #expect(try client.wait(1, timeoutS: 3600, horizon: true).energy.horizonJ == 77)
    }

    @Test func `closing the server answers who waits and ends every connection`() throws {
        let daemon = try Daemon()
        _ = try daemon.client.submit(ServerTests.submission())
        let idle = daemon.client
        _ = try idle.info()
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let wait = pool.runIfActive(eventLoop: daemon.eventLoop) { try daemon.client.wait(1, timeoutS: 3600) }
        try daemon.untilWatched(1)
        try daemon.close()
        #expect(try wait.wait().state == .running)
        #expect(throws: ClientError.unreachable(.noFile, socketPath: daemon.socketPath)) { try idle.info() }
        try pool.syncShutdownGracefully()
    }

    @Test func `who waits for a job that is not there is told so`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        let error = #expect(throws: ClientError.self) { try client.wait(9, timeoutS: 3600) }
        #expect(error == .refused(APIError(.jobNotFound, "there is no job 9")))
    }
}

extension Daemon {
    /// Returns when the service watches `count` jobs.
    func untilWatched(_ count: Int) throws {
        while try withService({ $0.waiting.count }) < count {}
    }
}
