import FoundationEssentials
import PacerModels
import PacerPlatform
import PacerPorts
@testable import PacerScheduling
@testable import PacerStore
import PacerUnits
import Testing

struct `The stored form` {
    private let folder: Folder
    private let store: SQLiteStore
    private let job: StoredJob

    init() throws {
        var samples = Samples(seed: 1)
        folder = try Folder()
        store = try folder.open()
        job = StoredJob(
            submission: samples.submission(),
            record: samples.record(1, state: .running(samples.allocation(), since: .zero)))
        try store.save(job)
    }

    private func change(_ column: String, _ expression: String) throws {
        try store.database?.run("UPDATE jobs SET \(column) = \(expression)")
    }

    @Test func `may have keys that are not known here`() throws {
        try change(
            "record",
            "json_set(record, '$.value.colour', 'green', '$.value.record.request.size', json('[1]'))")
        try change("submission", "json_set(submission, '$.checksum', 12, '$.value.tags', json('{}'))")
        #expect(try store.job(JobID(1)) == job)
    }

    @Test func `of a newer format is not misread`() throws {
        try change("record", "json_set(record, '$.format', 2, '$.value.record.state', 'running')")
        let error = #expect(throws: PortError.self) { try store.jobs(limit: nil) }
        #expect(
            error?.description
                == "could not read the jobs: the record of job 1 is stored in format 2, but this "
                + "version of Pacer reads format 1")
    }

    @Test func `of an estimate may have words that are not known here, but none less`() throws {
        var job = job
        job.record.estimates = [1, 2].map { cores in
            Estimate(
                configuration: Configuration(cores: cores, frequency: Hertz(1.2e9)), rate: .infinity,
                rateError: 0.1, power: Watts(1e-300), powerError: 0.5, origin: .predicted)
        }
        try store.save(job)
        let text = "$.value.estimates"
        try change(
            "record", "json_set(record, '\(text)', replace(record ->> '\(text)', 'd 0.5', 'd 0.5 7'))"
        )
        #expect(try store.job(JobID(1)) == job)
        for (old, new) in [(" predicted", ""), ("1200000000.0", "fast"), ("2 ", "0 "), ("predicted", "?")] {
            try store.save(job)
            try change(
                "record", "json_set(record, '\(text)', replace(record ->> '\(text)', '\(old)', '\(new)'))")
            let error = #expect(throws: PortError.self) { try store.job(JobID(1)) }
            #expect(error?.reason.contains("is not an estimate") == true, "\(new)")
        }
    }

    @Test func `that cannot be read names the job`() throws {
        try change("submission", "'{'")
        let error = #expect(throws: PortError.self) { try store.shownJobs(limit: nil) }
        #expect(
            error?.reason.hasPrefix("the submission of job 1 is stored in a form that cannot be read") == true
        )
        try store.save(job)
        #expect(try store.unfinished(after: JobID(0), limit: 2) == [job.record])
    }

    @Test func `has columns that people can query`() throws {
        let database = try #require(store.database)
        let rows = try database.rows(
            """
            SELECT state, user, class, json_extract(record, '$.value.record.state.running.since.nanoseconds')
            FROM jobs
            """
        ) { row throws(DatabaseError) in
            "\(try row.text(0)) \(row.integer(1)) \(try row.text(2)) \(row.integer(3))"
        }
        #expect(rows == ["running \(job.submission.userID) \(job.record.request.className) 0"])
    }

    @Test func `finds the jobs of a user without reading those of others`() throws {
        let database = try #require(store.database)
        let plan = try database.rows(
            "EXPLAIN QUERY PLAN SELECT id FROM jobs WHERE user = 7 ORDER BY id DESC LIMIT 5"
        ) { row throws(DatabaseError) in try row.text(3) }
        #expect(plan == ["SEARCH jobs USING COVERING INDEX jobs_of_users (user=?)"])
    }

    @Test func `finds unfinished jobs without reading the others`() throws {
        let database = try #require(store.database)
        for columns in ["id", "id, record"] {
            let plan = try database.rows(
                "EXPLAIN QUERY PLAN SELECT \(columns) FROM jobs WHERE finished IS NULL AND id > 7 ORDER BY id"
            ) { row throws(DatabaseError) in try row.text(3) }
            #expect(plan.count == 1 && plan[0].contains("INDEX jobs_unfinished"))
        }
    }
}

/// Files that released versions wrote, and every later version reads.
struct `A database of an earlier version` {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/store").path

    private static func request(_ id: Int64, deadline: Instant?) -> JobRequest {
        JobRequest(
            id: JobID(id), className: "matrix", submitted: Instant(nanoseconds: 1_700_000_000_000_000_000),
            deadline: deadline, shape: .moldable(limit: 4), policy: "minimum-energy", estimate: Seconds(90.5),
            outputLimit: 1 << 20)
    }

    @Test(arguments: [1, 2]) func `gives every job`(version: Int) throws {
        let folder = try Folder()
        let fixture = try Data(contentsOf: URL(filePath: "\(Self.fixtures)/v\(version).sqlite"))
        try folder.write(fixture, to: "pacer.sqlite")
        let store = try folder.open()
        let jobs = try store.jobs(limit: nil)
        try #require(jobs.map(\.record.request.id.number) == [1, 2, 3])
        #expect(try store.unfinished(after: JobID(0), limit: 10).map(\.request.id.number) == [1, 2])
        let deadline = Instant(nanoseconds: 1_700_000_600_000_000_000)
        #expect(jobs[0].record.request == Self.request(1, deadline: deadline))
        #expect(jobs[0].submission.arguments == ["/usr/bin/matrix", "--threads", "{cores}"])
        #expect(jobs[0].submission.environment == ["HOME": "/home/ada", "LANG": "C.UTF-8"])
        #expect(jobs[0].submission.userID == 1000)
        // Who has no groups noted is given none.
        #expect(jobs[0].submission.groups == (version == 1 ? nil : [4, 1000]))
        let files = ResourceLimit(resource: 7, soft: 1024, hard: nil)
        #expect(jobs[0].submission.limits == (version == 1 ? nil : [files]))
        #expect(jobs[0].submission.identity.groups == (version == 1 ? [] : [4, 1000]))
        #expect(jobs[0].record.state == .queued)
        let allocation = Allocation(cores: [CoreID(0), CoreID(2)], frequency: Hertz(2.4e9))
        #expect(
            jobs[1].record.state
                == .running(allocation, since: Instant(nanoseconds: 1_700_000_001_000_000_000)))
        #expect(jobs[1].record.estimates.first?.origin == .measured)
        #expect(jobs[1].record.plan?.segments.first?.duration == Seconds(42))
        #expect(jobs[1].record.plan?.duration == .infinity)
        #expect(jobs[2].record.state == .finished(.ended(.exited(code: 3)), at: deadline))
        #expect(jobs[2].record.energy.attributed == Joules(1234.5))
        if version == 1 { #expect(jobs.allSatisfy { $0.record.idlePower == nil }) }
        let profile = try store.profile(className: "matrix", machineName: "laptop", user: nil)
        #expect(profile?.work == [100, 101.5])
        #expect(try store.journal(limit: nil).map(\.sentence) == ["job 1 was accepted"])
        #expect(try store.nextJobID() == JobID(4))
    }

    @Test func `gives what can be read of it where it is damaged, though it has no accounts`() throws {
        let folder = try Folder()
        var fixture = try Data(contentsOf: URL(filePath: "\(Self.fixtures)/v1.sqlite"))
        // Its header names a version that there never was.
        fixture.replaceSubrange(60..<64, with: Data([0, 0xbf, 0, 0]))
        try folder.write(fixture, to: "pacer.sqlite")
        let store = try folder.open(recover: true)
        #expect(try store.jobs(limit: nil).map(\.record.request.id.number) == [1, 2, 3])
        #expect(try store.profile(className: "matrix", machineName: "laptop", user: nil) != nil)
        #expect(try store.sums(by: .user, since: .zero, user: nil).isEmpty)
        #expect(store.notes.first?.contains(" 0 accounts of jobs, ") == true)
    }

    /// Set to the path of a file to be made; see docs/checklists/add-a-migration.md.
    private static let target = ProcessInfo.processInfo.environment["PACER_WRITE_STORE_FIXTURE"]

    @Test(.enabled(if: target != nil, "only writes the fixture named by PACER_WRITE_STORE_FIXTURE"))
    func `can be written by its own version`() throws {
        let store = try SQLiteStore.open(path: try #require(Self.target), at: .zero)
        let deadline = Instant(nanoseconds: 1_700_000_600_000_000_000)
        let allocation = Allocation(cores: [CoreID(0), CoreID(2)], frequency: Hertz(2.4e9))
        let states: [JobState] = [
            .queued, .running(allocation, since: Instant(nanoseconds: 1_700_000_001_000_000_000)),
            .finished(.ended(.exited(code: 3)), at: deadline),
        ]
        var samples = Samples(seed: 1)
        for state in states {
            let id = try store.nextJobID()
            var job = samples.job(id.number)
            job.submission.arguments = ["/usr/bin/matrix", "--threads", "{cores}"]
            job.submission.environment = ["HOME": "/home/ada", "LANG": "C.UTF-8"]
            job.submission.userID = 1000
            job.submission.groups = [4, 1000]
            job.submission.limits = [ResourceLimit(resource: 7, soft: 1024, hard: nil)]
            job.record = samples.record(id.number, state: state)
            job.record.request = Self.request(id.number, deadline: deadline)
            job.record.estimates = [
                .init(
                    configuration: allocation.configuration, rate: 2.5, rateError: 0.01, power: Watts(31.25),
                    origin: .measured)
            ]
            job.record.plan = Plan(
                segments: [PlanSegment(configuration: allocation.configuration, duration: Seconds(42))],
                energy: Joules(900), duration: .infinity, meetsDeadline: false, reason: "No plan keeps it.")
            job.record.energy.attributed = Joules(1234.5)
            try store.save(job)
        }
        var profile = samples.profile(className: "matrix", machineName: "laptop")
        profile.work = [100, 101.5]
        try store.save(profile)
        try store.append("job 1 was accepted", about: JobID(1), at: .zero)
        store.close()
    }
}
