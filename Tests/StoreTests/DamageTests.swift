import FoundationEssentials
import PacerPlatform
import PacerPorts
import PacerScheduling
@testable import PacerStore
import PacerUnits
import Testing

struct `After an unclean end` {
    @Test func `exactly the changes that were acknowledged are there`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 1)
        let store = try folder.open()
        var jobs: [StoredJob] = []
        for number in 1...40 as ClosedRange<Int64> {
            #expect(try store.nextJobID() == JobID(number))
            jobs.append(samples.job(number))
            try store.save(jobs[jobs.count - 1])
            try store.append("accepted", about: JobID(number), at: .zero)
            if number % 8 != 0 { continue }
            let copy = "copy-\(number).sqlite"
            try folder.copyLiveFiles(to: copy)
            let reopened = try folder.open(copy)
            #expect(try reopened.jobs(limit: nil) == jobs)
            #expect(try reopened.journal(limit: nil).count == Int(number))
            #expect(try reopened.nextJobID() == JobID(number + 1))
            #expect(
                reopened.notes == [
                    "The database \(folder.path)/\(copy) was not closed properly; it was checked and is "
                        + "whole."
                ])
            reopened.close()
            #expect(try folder.open(copy).notes.isEmpty)
        }
    }

    @Test func `a log that ends anywhere holds the changes up to there`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 2)
        try folder.open().close()
        let store = try folder.open()
        var jobs: [StoredJob] = []
        var ends: [Int] = []
        for number in 1...12 as ClosedRange<Int64> {
            jobs.append(samples.job(number))
            try store.save(jobs[jobs.count - 1])
            ends.append(try folder.read("pacer.sqlite-wal").count)
        }
        let file = try folder.read("pacer.sqlite")
        let log = try folder.read("pacer.sqlite-wal")
        let cuts =
            ends.flatMap { [$0 - 1, $0, $0 + 1] }
            + (1...40).map { _ in Int.random(in: 0...log.count, using: &samples) }
        for (index, cut) in cuts.enumerated() {
            let copy = "copy-\(index).sqlite"
            try folder.write(file, to: copy)
            try folder.write(log.prefix(cut), to: "\(copy)-wal")
            let reopened = try folder.open(copy)
            let whole = ends.count { $0 <= cut }
            #expect(try reopened.jobs(limit: nil) == Array(jobs.prefix(whole)), "cut at \(cut)")
            reopened.close()
        }
    }
}

struct `A log that is gone` {
    @Test(arguments: [0.0, 0.5, 0.9])
    func `costs the jobs that were only in it, but no number is given twice`(rest: Double) throws {
        let folder = try Folder()
        var samples = Samples(seed: 4)
        var store = try folder.open()
        for number in 1...5 as ClosedRange<Int64> {
            #expect(try store.nextJobID() == JobID(number))
            try store.save(samples.job(number))
        }
        store.close()
        store = try folder.open()
        try store.together { () throws(PortError) in
            for _ in 6...9 { try store.save(samples.job(try store.nextJobID().number)) }
        }
        let file = try folder.read("pacer.sqlite")
        let log = try folder.read("pacer.sqlite-wal")
        store.close()
        try folder.write(file, to: "pacer.sqlite")
        try folder.write(log.prefix(Int(Double(log.count) * rest)), to: "pacer.sqlite-wal")
        store = try folder.open()
        #expect(try store.jobIDs() == Set((1...5).map { JobID($0) }))
        #expect(store.notes.contains { $0.contains("jobs 6 to 9") })
        #expect(try store.nextJobID() == JobID(10))
        store.close()
        #expect(try folder.open().notes.isEmpty)
    }

    @Test func `is not suspected when a submission came to nothing`() throws {
        let folder = try Folder()
        let store = try folder.open()
        #expect(throws: PortError.self) {
            try store.together { () throws(PortError) in
                _ = try store.nextJobID()
                throw PortError(.invalid, "submit", reason: "it is too late")
            }
        }
        store.close()
        let next = try folder.open()
        #expect(next.notes.isEmpty)
        #expect(try next.nextJobID() == JobID(1))
    }
}

struct `A damaged database` {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// A database with 30 jobs whose last program did not close it, and garbage in the middle.
    private func damage() throws {
        var samples = Samples(seed: 3)
        let store = try folder.open("whole.sqlite")
        for number in 1...30 as ClosedRange<Int64> {
            _ = try store.nextJobID()
            try store.save(samples.job(number))
        }
        store.close()
        let again = try folder.open("whole.sqlite")
        _ = try again.nextJobID()
        var file = try folder.read("whole.sqlite")
        let middle = file.count / 2 & ~4095
        for page in stride(from: middle, to: file.count, by: 4096) {
            file.replaceSubrange(page..<page + 64, with: Data(repeating: 0xa5, count: 64))
        }
        try folder.write(file, to: "pacer.sqlite")
        try folder.write(try folder.read("whole.sqlite-wal"), to: "pacer.sqlite-wal")
        again.close()
    }

    @Test func `is refused and left as it is`() throws {
        try damage()
        let before = (try folder.read("pacer.sqlite"), try folder.read("pacer.sqlite-wal"))
        let refusal = try #require(folder.refusal())
        #expect(refusal.code == .failed)
        #expect(
            refusal.description.hasPrefix("could not open the database \(folder.database): it is damaged ("))
        #expect(refusal.description.hasSuffix("and was left as it is; move it away, or allow its recovery"))
        #expect(try (folder.read("pacer.sqlite"), folder.read("pacer.sqlite-wal")) == before)
    }

    @Test func `is moved aside when recovery is allowed, and job numbers go on`() throws {
        try damage()
        let before = (try folder.read("pacer.sqlite"), try folder.read("pacer.sqlite-wal"))
        let store = try folder.open(recover: true)
        let aside = "pacer.sqlite.corrupt-1700000000"
        #expect(try (folder.read(aside), folder.read("\(aside)-wal")) == before)
        #expect(try store.nextJobID() == JobID(32))
        #expect(store.notes.count == 1)
        let note = try #require(store.notes.first)
        #expect(note.hasPrefix("The database \(folder.database) was damaged ("))
        #expect(
            note.contains(
                "it was moved to \(folder.path)/\(aside) and a new one was begun, whose jobs are "
                    + "numbered from 32. Saved from the damaged one: "))
        store.close()
        #expect(try folder.open().notes.isEmpty)
    }

    @Test func `that is no database at all is moved aside under a free name`() throws {
        for attempt in 1...2 as ClosedRange<Int64> {
            try folder.write(Data("not a database, \(attempt)".utf8), to: "pacer.sqlite")
            #expect(folder.refusal()?.reason.contains("it is damaged (file is not a database)") == true)
            let store = try folder.open(recover: true)
            #expect(try store.nextJobID() == JobID(attempt))
            store.close()
        }
        #expect(try folder.read("pacer.sqlite.corrupt-1700000000") == Data("not a database, 1".utf8))
        #expect(try folder.read("pacer.sqlite.corrupt-1700000000+") == Data("not a database, 2".utf8))
    }

    @Test func `that was cut to nothing does not cost its log`() throws {
        var samples = Samples(seed: 4)
        let store = try folder.open("whole.sqlite")
        try store.save(samples.job(1))
        let log = try folder.read("whole.sqlite-wal")
        try folder.write(Data(), to: "pacer.sqlite")
        try folder.write(log, to: "pacer.sqlite-wal")
        #expect(folder.refusal()?.reason.contains("the file is empty, but its log is not") == true)
        #expect(try folder.read("pacer.sqlite-wal") == log)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `is salvaged: what can be read of it is there, and nothing that was not`(seed: UInt64) throws {
        var samples = Samples(seed: 100 + seed)
        let store = try folder.open("whole.sqlite")
        var jobs: [StoredJob] = []
        for number in 1...60 as ClosedRange<Int64> {
            jobs.append(samples.job(number))
            try store.save(jobs[jobs.count - 1])
        }
        try store.append("before", about: nil, at: .zero)
        store.close()
        var file = try folder.read("whole.sqlite")
        // One leaf page of the table, far from the roots.
        let page = Int.random(in: 8..<file.count / 4096 - 8, using: &samples)
        file.replaceSubrange(page * 4096..<page * 4096 + 128, with: Data(repeating: 0xa5, count: 128))
        try folder.write(file, to: "pacer.sqlite")
        // What leaves a log makes the next start look at all pages.
        try folder.write(Data(count: 10), to: "pacer.sqlite-wal")
        let again = try folder.open(recover: true)
        let saved = try again.jobs(limit: nil)
        #expect(saved.allSatisfy(jobs.contains))
        #expect(saved.count >= 40, "only \(saved.count) of 60 jobs, page \(page)")
        #expect(try again.journal(limit: nil).map(\.sentence) == ["before"])
        #expect(try folder.contents().keys.filter { $0.contains("copy") }.isEmpty)
    }

    @Test(arguments: [0, 100])
    func `whose file is lost while its log is whole gives everything back`(left: Int) throws {
        var samples = Samples(seed: 6)
        let store = try folder.open("whole.sqlite")
        var jobs: [StoredJob] = []
        for number in 1...5 as ClosedRange<Int64> {
            _ = try store.nextJobID()
            jobs.append(samples.job(number))
            try store.save(jobs[jobs.count - 1])
        }
        let log = try folder.read("whole.sqlite-wal")
        try folder.write(Data(repeating: 7, count: left), to: "pacer.sqlite")
        try folder.write(log, to: "pacer.sqlite-wal")
        let again = try folder.open(recover: true)
        #expect(try again.jobs(limit: nil) == jobs)
        #expect(try again.nextJobID() == JobID(6))
        #expect(try folder.read("pacer.sqlite.corrupt-1700000000-wal") == log)
    }

    @Test(arguments: [60, 68])
    func `whose header names an impossible version or another program is salvaged`(place: Int) throws {
        var samples = Samples(seed: 7)
        let store = try folder.open()
        let job = samples.job(1)
        try store.save(job)
        store.close()
        var file = try folder.read("pacer.sqlite")
        file.replaceSubrange(place..<place + 4, with: Data([0, 0xbf, 0, 0]))
        try folder.write(file, to: "pacer.sqlite")
        #expect(folder.refusal()?.reason.contains("it is damaged") == true)
        #expect(try folder.open(recover: true).jobs(limit: nil) == [job])
    }

    @Test func `gives back what jobs and the machine took, but nothing that cannot be added up`() throws {
        let store = try folder.open()
        var account = JobAccount(
            job: JobID(1), finished: Instant(nanoseconds: 5), userID: 7, className: "a", policy: "b",
            source: .measured, attributed: Joules(12.5), attributedError: nil, unknown: Seconds(3),
            coreTime: Seconds(40), deadlineKept: false)
        try store.enter(account)
        account.job = JobID(2)
        account.attributedError = Joules(0.25)
        account.deadlineKept = nil
        try store.enter(account)
        var interval = MachineAccount(
            from: .zero, until: Instant(nanoseconds: 1_000_000_000), source: .measured)
        interval.counted = Joules(100)
        interval.idle = Joules(-0.5)
        try store.enter(interval)
        let sums = try store.sums(by: .className, since: .zero, user: nil)
        let machine = try store.machine(since: .zero)
        try #require(store.database).run(
            """
            INSERT INTO machine_accounts(started, ended, source, counted_j, idle_j, unattributed_j, unknown_s)
            VALUES (0, 1, 'guessed', 1, 1, 1, 1), (0, 1, 'measured', 9e999, 1, 1, 1)
            """)
        store.close()
        var file = try folder.read("pacer.sqlite")
        file.replaceSubrange(60..<64, with: Data([0, 0xbf, 0, 0]))
        try folder.write(file, to: "pacer.sqlite")
        let again = try folder.open(recover: true)
        #expect(try again.sums(by: .className, since: .zero, user: nil) == sums)
        #expect(try again.machine(since: .zero) == machine)
        let note = try #require(again.notes.first)
        #expect(note.contains(" 2 accounts of jobs, 1 interval of the machine's account and 0 lines "))
    }

    @Test func `that lost its end is refused`() throws {
        var samples = Samples(seed: 5)
        let store = try folder.open()
        for number in 1...30 as ClosedRange<Int64> { try store.save(samples.job(number)) }
        store.close()
        let file = try folder.read("pacer.sqlite")
        try folder.write(file.prefix(file.count / 2 & ~4095), to: "pacer.sqlite")
        #expect(folder.refusal()?.reason.contains("it is damaged") == true)
    }
}
