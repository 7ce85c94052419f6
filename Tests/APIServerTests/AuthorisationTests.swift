import Glibc
import NIOCore
import NIOEmbedded
import NIOHTTP1
import PacerAPI
@testable import PacerAPIServer
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits
import Testing

/// The handlers, asked by whom the test wants.
private struct Office {
    static let adminGroup: UInt32 = 500
    static let root = Peer(userID: 0, groupID: 0)
    static let ada = Peer(userID: 1000, groupID: 1000, groups: [4, 27])
    static let bob = Peer(userID: 1001, groupID: 1001, groups: [4])
    static let operatorByGroup = Peer(userID: 2000, groupID: 2000, groups: [4, adminGroup])
    static let operatorByPrimaryGroup = Peer(userID: 2001, groupID: adminGroup)

    let service = FakeService()
    let desk: Desk
    let folder: TemporaryFolder

    init(adminGroupID: UInt32? = adminGroup, runsAsSubmitter: Bool = false) throws {
        folder = try TemporaryFolder()
        service.outputFolder = folder.path
        var settings = APIServerSettings(
            socketPath: "/nonexistent", access: .everybody, mode: .system, version: "1",
            started: Instant(nanoseconds: 1), defaultOutputLimit: nil)
        settings.adminGroupID = adminGroupID
        settings.runsAsSubmitter = runsAsSubmitter
        desk = Desk(service: service, settings: settings, eventLoop: EmbeddedEventLoop())
        guard !runsAsSubmitter else { return }
        // Job 1 is Ada's, job 2 Bob's, job 3 root's, job 4 the operator's.
        for peer in [Self.ada, Self.bob, Self.root, Self.operatorByGroup] {
            let request = SubmissionRequest(
                arguments: ["/bin/true"], environment: ["TOKEN": "hunter2"], workingDirectory: "/")
            let body = ByteBuffer(bytes: try WireJSON.encode(request))
            #expect(try ask(.submit, peer, body: body).status == .created)
        }
    }

    func ask(_ route: Route, _ peer: Peer, body: ByteBuffer = ByteBuffer()) throws -> Reply {
        switch desk.answer(Incoming(route: route, peer: peer, body: body)) {
        case .now(let reply): return reply
        case .later(let waiting):
            var reply: Reply?
            waiting.whenFinished { reply = $0 }
            // One that waits was let in.
            return reply ?? Reply(["waits": true])
        }
    }

    /// The code of a refusal; `nil` for none.
    func refusal(_ route: Route, _ peer: Peer) throws -> String? {
        let reply = try ask(route, peer)
        guard reply.status.code >= 400 else { return nil }
        return try WireJSON.decode(ErrorBody.self, from: reply.body.readableBytesView).error.code.name
    }

    static func ofJob(_ id: Int64) -> [Route] {
        [.job(id), .wait(id, timeoutS: 0, horizon: false), .explanation(id)]
    }

    static func output(_ id: Int64) -> Route { .output(id, .stdout, offset: 0, limit: 100) }
}

@Suite struct AuthorisationTests {
    private static let many = ManyJobsRequest(
        job: SubmissionRequest(arguments: ["/bin/echo"], environment: [:], workingDirectory: "/"),
        commands: [["a"], ["b"]])

    @Test func `jobs that are submitted together are who the kernel says submitted them's`() throws {
        let office = try Office()
        let body = ByteBuffer(bytes: try WireJSON.encode(Self.many))
        let reply = try office.ask(.submitEach, Office.ada, body: body)
        #expect(reply.status == .created)
        for id in [5, 6] as [Int64] {
            let submission = try #require(office.service.store[id]?.submission)
            #expect(submission.userID == 1000 && submission.groupID == 1000)
            #expect(submission.groups == [4, 27])
            #expect(try office.refusal(.job(id), Office.bob) == "notPermitted")
        }
    }

    @Test func `who submits jobs together must be seen where they would run as the submitter`() throws {
        let office = try Office(runsAsSubmitter: true)
        let body = ByteBuffer(bytes: try WireJSON.encode(Self.many))
        #expect(try office.ask(.submitEach, Office.ada, body: body).status == .forbidden)
        #expect(office.service.store.isEmpty)
    }

    @Test func `users see, read and end their own jobs and no others`() throws {
        let office = try Office()
        for route in Office.ofJob(1) + [Office.output(1)] {
            #expect(try office.refusal(route, Office.ada) == nil, "\(route)")
            #expect(try office.refusal(route, Office.bob) == "notPermitted", "\(route)")
        }
        #expect(try office.refusal(.cancel(1), Office.bob) == "notPermitted")
        #expect(try office.service.job(JobID(1)).record.finished == nil)
        #expect(try office.refusal(.cancel(1), Office.ada) == nil)
    }

    @Test(arguments: [(1000, [1]), (1001, [2]), (3000, [])] as [(UInt32, [Int64])])
    func `a list holds what is one's own`(user: UInt32, jobs: [Int64]) throws {
        let office = try Office()
        let reply = try office.ask(.jobs(limit: nil), Peer(userID: user, groupID: user))
        let list = try WireJSON.decode(JobList.self, from: reply.body.readableBytesView)
        #expect(list.jobs.map(\.id) == jobs)
    }

    @Test(arguments: [0, 1]) func `administrators see all jobs and end all but root's`(who: Int) throws {
        let office = try Office()
        let peer = [Office.operatorByGroup, Office.operatorByPrimaryGroup][who]
        for id in 1...4 as ClosedRange<Int64> {
            for route in Office.ofJob(id) { #expect(try office.refusal(route, peer) == nil, "\(route)") }
        }
        #expect(try office.refusal(.cancel(3), peer) == "notPermitted")
        #expect(try office.service.job(JobID(3)).record.finished == nil)
        for id in [1, 2, 4] as [Int64] { #expect(try office.refusal(.cancel(id), peer) == nil) }
        #expect(try office.refusal(.journal, peer) == nil)
    }

    @Test func `administrators read only their own jobs' output`() throws {
        let office = try Office()
        for id in 1...3 as ClosedRange<Int64> {
            #expect(try office.refusal(Office.output(id), Office.operatorByGroup) == "notPermitted")
        }
        #expect(try office.refusal(Office.output(4), Office.operatorByGroup) == nil)
    }

    @Test func `root does everything`() throws {
        let office = try Office()
        for id in 1...4 as ClosedRange<Int64> {
            for route in Office.ofJob(id) + [Office.output(id), .cancel(id)] {
                #expect(try office.refusal(route, Office.root) == nil, "\(route)")
            }
        }
        #expect(try office.refusal(.journal, Office.root) == nil)
    }

    @Test func `without an admin group nobody but root is one`() throws {
        let office = try Office(adminGroupID: nil)
        for peer in [Office.operatorByGroup, Office.operatorByPrimaryGroup] {
            #expect(try office.refusal(.job(1), peer) == "notPermitted")
            #expect(try office.refusal(.cancel(1), peer) == "notPermitted")
            #expect(try office.refusal(.journal, peer) == "notPermitted")
        }
    }

    @Test func `the event journal and the machine's energy are not for users`() throws {
        let office = try Office()
        #expect(try office.refusal(.journal, Office.ada) == "notPermitted")
        #expect(
            try office.refusal(.journalSegment(1, offset: 0, limit: 10), Office.ada) == "notPermitted")
        let told = { (peer: Peer) in
            let reply = try office.ask(.machine, peer)
            return try WireJSON.decode(MachineView.self, from: reply.body.readableBytesView)
        }
        #expect(try told(Office.ada).energy.totalJ == nil)
        #expect(try told(Office.operatorByGroup).energy.totalJ == 42)
        #expect(try told(Office.root).energy.totalJ == 42)
    }

    @Test func `what is the machine's is for everybody`() throws {
        let office = try Office()
        for route in [Route.info, .policies, .machine] {
            #expect(try office.refusal(route, Peer(userID: 3000, groupID: 3000)) == nil, "\(route)")
        }
    }

    @Test func `the environment of a job is told to nobody, root included`() throws {
        let office = try Office()
        for peer in [Office.root, Office.operatorByGroup, Office.ada] {
            for route in Office.ofJob(1) + [.jobs(limit: nil)] {
                let body = try office.ask(route, peer).body
                #expect(!String(buffer: body).contains("hunter2"), "\(route)")
            }
        }
    }

    @Test func `a submission carries the groups of who connected, whatever the request says`() throws {
        let office = try Office()
        let stored = try office.service.job(JobID(1)).submission
        #expect(stored.userID == 1000)
        #expect(stored.groupID == 1000)
        #expect(stored.groups == [4, 27])
    }

    @Test func `users are told rounded joules, and administrators all digits`() throws {
        let office = try Office()
        office.service.store[1]?.record.started = Instant(nanoseconds: 1_789_999_990_000_000_000)
        office.service.store[1]?.record.energy.attributed = Joules(123.456)
        office.service.finish(JobID(1), .ended(.exited(code: 0)))
        let told = { (peer: Peer) in
            let reply = try office.ask(.job(1), peer)
            return try WireJSON.decode(JobView.self, from: reply.body.readableBytesView).energy.attributedJ
        }
        #expect(try told(Office.ada) == 123)
        #expect(try told(Office.operatorByGroup) == 123.456)
        #expect(try told(Office.root) == 123.456)
    }
}

@Suite struct OutputFileTests {
    private let folder: TemporaryFolder
    private var path: String { "\(folder.path)/stdout" }
    private let whole = FileRange(offset: 0, limit: 100)

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, to path: String) {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(Glibc.write(file, text, text.utf8.count) == text.utf8.count)
        close(file)
    }

    @Test func `output that is another's is as if it were not there`() throws {
        write("hers", to: path)
        #expect(String(buffer: try whole.bytes(of: path)) == "hers")
        #expect(String(buffer: try whole.bytes(of: path, owner: geteuid())) == "hers")
        #expect(try whole.bytes(of: path, owner: geteuid() + 1).readableBytes == 0)
        #expect(try whole.bytes(of: "\(path)2", owner: geteuid()).readableBytes == 0)
    }

    @Test func `what is not a regular file is not read`() throws {
        write("secret", to: "\(folder.path)/target")
        #expect(symlink("\(folder.path)/target", "\(folder.path)/link") == 0)
        #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        #expect(mkdir("\(folder.path)/folder", 0o700) == 0)
        for name in ["link", "pipe", "folder"] {
            #expect(throws: APIError.self, "\(name)") { try whole.bytes(of: "\(folder.path)/\(name)") }
        }
        #expect(throws: APIError.self) { try whole.bytes(of: "/dev/zero") }
    }
}

@Suite struct PeerLimitTests {
    private static let text = """
        Limit                     Soft Limit           Hard Limit           Units
        Max cpu time              unlimited            unlimited            seconds
        Max stack size            8388608              unlimited            bytes
        Max processes             1029                 2058                 processes
        Max open files            1024                 524288               files
        Max future things         1                    2                    things

        """

    @Test func `limits are read as the kernel writes them, and unknown ones passed over`() throws {
        #expect(
            try PeerProcess.limits(in: Self.text) == [
                ResourceLimit(resource: 0, soft: nil, hard: nil),
                ResourceLimit(resource: 3, soft: 8_388_608, hard: nil),
                ResourceLimit(resource: 6, soft: 1029, hard: 2058),
                ResourceLimit(resource: 7, soft: 1024, hard: 524_288),
            ])
    }

    @Test(arguments: ["", "Limit\n", "Limit\nMax open files  many 5 files\n", "Limit\nMax open files  5\n"])
    func `what tells no limits is refused`(text: String) {
        #expect(throws: APIError.self) { try PeerProcess.limits(in: text) }
    }

    @Test func `the effective user of a process counts`() {
        #expect(PeerProcess.effectiveUser(in: "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n") == 2)
        #expect(PeerProcess.effectiveUser(in: "Name:\tx\n") == nil)
    }
}
