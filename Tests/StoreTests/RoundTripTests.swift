import PacerPorts
import PacerScheduling
@testable import PacerStore
import PacerUnits
import Testing

struct `What is stored` {
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `comes back equal in every field`(seed: UInt64) throws {
        let folder = try Folder()
        var samples = Samples(seed: seed)
        let jobs = (1...60).map { samples.job($0) }
        let store = try folder.open()
        for job in jobs { try store.save(job) }
        #expect(try store.jobs(limit: nil) == jobs)
        store.close()

        let again = try folder.open()
        #expect(again.notes.isEmpty)
        #expect(try again.jobs(limit: nil) == jobs)
        for job in jobs { #expect(try again.job(job.record.request.id) == job) }
        let unfinished = jobs.map(\.record).filter { $0.finished == nil }
        #expect(try again.unfinished(after: JobID(0), limit: 100) == unfinished)
        let later = Array(unfinished.filter { $0.request.id > JobID(30) }.prefix(3))
        #expect(try again.unfinished(after: JobID(30), limit: 3) == later)
        #expect(try again.unfinishedIDs() == unfinished.map(\.request.id))
        let owners = jobs.filter { $0.record.finished == nil }
            .map { ($0.record.request.id, $0.submission.userID) }
        #expect(try again.unfinishedOwners() == Dictionary(uniqueKeysWithValues: owners))
        for job in jobs { #expect(try again.submission(job.record.request.id) == job.submission) }
        let shown = jobs.map { job in
            var job = job
            job.submission.environment = [:]
            return job
        }
        #expect(try again.shownJobs(limit: nil) == shown)
        #expect(try again.submission(JobID(61)) == nil)
    }

    @Test func `is the newest jobs in ascending order when there is a limit`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 6)
        let store = try folder.open()
        let jobs = (1...20).map { samples.job($0) }
        for job in jobs.shuffled(using: &samples) { try store.save(job) }
        #expect(try store.jobs(limit: 3) == jobs.suffix(3))
        #expect(try store.jobs(limit: 100) == jobs)
        #expect(try store.jobs(limit: 0) == [])
    }

    @Test func `is replaced by saving the job again`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 7)
        let store = try folder.open()
        try store.save(samples.job(1))
        let second = samples.job(1)
        try store.save(second)
        #expect(try store.jobs(limit: nil) == [second])
    }

    @Test func `keeps its submission when the record is updated`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 8)
        let store = try folder.open()
        var job = samples.job(1)
        job.record.state = .queued
        try store.save(job)
        for _ in 1...20 {
            job.record = samples.record(1)
            try store.update(job.record)
            #expect(try store.job(JobID(1)) == job)
            let unfinished = try store.unfinished(after: JobID(0), limit: 1)
            #expect(unfinished.isEmpty == (job.record.finished != nil))
        }
    }

    @Test func `is not made by updating a job that is not there`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 9)
        let store = try folder.open()
        let record = samples.record(7)
        let error = #expect(throws: PortError.self) { try store.update(record) }
        #expect(error?.code == .notPresent)
        #expect(error?.description == "could not update job 7: the database has no job 7")
        #expect(try store.job(JobID(7)) == nil)
    }

    @Test func `of a class is one profile a machine`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 10)
        let store = try folder.open()
        let names = ["", "matrix", "Matrix", "nul\0inside", "ünïcödé"]
        var profiles = names.flatMap { name in
            ["here", "there"].map { samples.profile(className: name, machineName: $0) }
        }
        for profile in profiles { try store.save(profile) }
        profiles[0] = samples.profile(className: names[0], machineName: "here")
        try store.save(profiles[0])
        store.close()
        let again = try folder.open()
        for profile in profiles {
            let (name, machine) = (profile.className, profile.machineName)
            #expect(try again.profile(className: name, machineName: machine, user: nil) == profile)
        }
        #expect(try again.profile(className: "matrix", machineName: "elsewhere", user: nil) == nil)
    }

    @Test func `the classes that ran last on a machine are found, whose ever they are`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 13)
        let store = try folder.open()
        var profiles: [ClassProfile] = []
        for number in 1...6 {
            var profile = samples.profile(className: "class-\(number % 4)", machineName: "here")
            profile.user = number > 4 ? UserID(1000) : nil
            try store.save(profile)
            try store.database?.run(
                "UPDATE profiles SET updated = ? WHERE class = ? AND user = ?",
                .integer(Int64((number * 7) % 10)), .text(profile.className),
                .integer(profile.user?.number ?? -1))
            profiles.append(profile)
        }
        try store.save(samples.profile(className: "class-1", machineName: "there"))
        // They ran at 7, 4, 1, 8, 5 and 2.
        let latest = [2, 5, 1, 4, 0, 3].map { profiles[$0] }
        #expect(try store.latestProfiles(machineName: "here", limit: 100) == latest)
        #expect(try store.latestProfiles(machineName: "here", limit: 2) == Array(latest.suffix(2)))
        #expect(try store.latestProfiles(machineName: "elsewhere", limit: 2) == [])
    }

    @Test func `of one user are the newest of that user, ascending`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 12)
        let store = try folder.open()
        var jobs: [StoredJob] = []
        for number in 1...9 as ClosedRange<Int64> {
            var job = samples.job(number)
            job.submission.userID = number % 3 == 0 ? 0 : number % 3 == 1 ? 1000 : .max - 1
            try store.save(job)
            jobs.append(job)
        }
        for user in [0, 1000, .max - 1, 5] as [UInt32] {
            let own = jobs.filter { $0.submission.userID == user }.map { job in
                var shown = job
                shown.submission.environment = [:]
                return shown
            }
            #expect(try store.shownJobs(limit: nil, of: user) == own)
            #expect(try store.shownJobs(limit: 2, of: user) == Array(own.suffix(2)))
        }
    }

    @Test func `of a class is one profile a user, and nobody finds another's`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 11)
        let store = try folder.open()
        let users = [nil, UserID.root, UserID(1000), UserID(Int64(UInt32.max) - 1)]
        var profiles: [ClassProfile] = []
        for user in users {
            var profile = samples.profile(className: "matrix", machineName: "here")
            profile.user = user
            profiles.append(profile)
            try store.save(profile)
        }
        for (user, profile) in zip(users, profiles) {
            #expect(try store.profile(className: "matrix", machineName: "here", user: user) == profile)
        }
        #expect(try store.profile(className: "matrix", machineName: "here", user: UserID(1001)) == nil)
    }

    @Test func `the oldest of the finished jobs are found, and removed but for those that have not`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 77)
        let store = try folder.open()
        var finished: [JobID] = []
        for _ in 1...100 {
            let job = samples.job(try store.nextJobID().number)
            try store.save(job)
            if job.record.finished != nil { finished.append(job.record.request.id) }
        }
        #expect(finished.count > 10)
        #expect(try store.endOfOld(keeping: finished.count) == nil)
        for keeping in 0..<finished.count {
            let end = try #require(try store.endOfOld(keeping: keeping))
            let old = try store.finishedIDs(after: JobID(0), through: end, limit: 1000)
            #expect(old == Array(finished.dropLast(keeping)))
            #expect(try store.finishedIDs(after: JobID(0), through: end, limit: 3) == Array(old.prefix(3)))
            let rest = try store.finishedIDs(after: old[0], through: end, limit: 3)
            #expect(rest == Array(old.dropFirst().prefix(3)))
        }
        let all = try store.jobIDs()
        try store.remove(all.sorted())
        #expect(try store.jobIDs() == all.subtracting(finished))
        #expect(try store.nextJobID() == JobID(101))
    }
}

struct `The journal` {
    @Test func `keeps its newest lines and goes on counting`() throws {
        let folder = try Folder()
        let store = try folder.open(journalLimit: 10)
        for number in 1...15 {
            try store.append(
                "line \(number)", about: number % 2 == 0 ? JobID(Int64(number)) : nil,
                at: Instant(nanoseconds: Int64(number)))
        }
        store.close()
        let again = try folder.open(journalLimit: 10)
        for number in 16...25 { try again.append("line \(number)", about: nil, at: .zero) }
        let lines = try again.journal(limit: nil)
        #expect(lines.map(\.number) == Array(16...25))
        #expect(lines.map(\.sentence) == (16...25).map { "line \($0)" })
        #expect(try again.journal(limit: 2).map(\.number) == [24, 25])
    }

    @Test func `says when and about which job`() throws {
        let folder = try Folder()
        let store = try folder.open()
        try store.append("job 4 started", about: JobID(4), at: Instant(nanoseconds: 99))
        try store.append("the daemon started", about: nil, at: Instant(nanoseconds: 100))
        let lines = try store.journal(limit: nil)
        #expect(lines.map(\.at.nanoseconds) == [99, 100])
        #expect(lines.map(\.job) == [JobID(4), nil])
    }
}

struct `Job numbers` {
    @Test func `are never given twice`() throws {
        let folder = try Folder()
        var given: [Int64] = []
        for _ in 1...3 {
            let store = try folder.open()
            for _ in 1...4 { given.append(try store.nextJobID().number) }
            store.close()
        }
        #expect(given == Array(1...12))
    }

    @Test func `are greater than those of every job and every skipped one`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 11)
        let store = try folder.open()
        try store.save(samples.job(41))
        #expect(try store.nextJobID() == JobID(42))
        try store.skipJobIDs(through: JobID(99))
        try store.skipJobIDs(through: JobID(50))
        #expect(try store.nextJobID() == JobID(100))
    }
}
