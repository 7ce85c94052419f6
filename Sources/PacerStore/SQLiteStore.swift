public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// Jobs, profiles and the journal in one SQLite file. Used from one thread.
///
/// Every change is its own transaction, synced to the disk on return. A call that fails changes nothing, and
/// the store can be used again as soon as its cause (a full disk, say) is gone.
public final class SQLiteStore: JobStore {
    /// The file: absolute, without symbolic links.
    public let path: String
    /// What was remarkable about opening it, one sentence each.
    public let notes: [String]
    /// In the place of a user where all jobs are one user's.
    private static let everybody: Int64 = -1
    /// The journal keeps this many of its newest lines.
    let journalLimit: Int64
    /// `nil` once closed.
    private(set) var database: Database?
    private var lock: FileLock?
    /// A number that was given and is not kept outside of the database yet.
    private var newestNumber: Int64?
    private let format = StoredFormat()
    private var submissionText = SubmissionText()

    init(
        path: String, notes: [String], database: Database, lock: FileLock, journalLimit: Int64
    ) {
        self.path = path
        self.notes = notes
        self.database = database
        self.lock = lock
        self.journalLimit = journalLimit
    }

    /// Closes the file and lets others open it; every later call fails. Closing twice does no harm.
    public func close() {
        database?.close()
        database = nil
        lock = nil
    }

    /// A number greater than that of every job of this database and every number given before.
    public func nextJobID() throws(PortError) -> JobID {
        try attempt("give the job a number") { database throws(DatabaseError) in
            let number = try database.number(
                """
                UPDATE meta SET value = max(value, (SELECT coalesce(max(id), 0) FROM jobs)) + 1
                WHERE key = 'lastJob' RETURNING value
                """)
            newestNumber = number
            if !database.isInTransaction { try keepNewestNumber() }
            return JobID(number)
        }
    }

    /// Keeps the newest number that was given where it is not lost with the database's log.
    private func keepNewestNumber() throws(DatabaseError) {
        guard let number = newestNumber else { return }
        do throws(SystemFailure) {
            try lock?.keep(number)
            newestNumber = nil
        } catch {
            throw DatabaseError(error.code, error.reason)
        }
    }

    /// Makes every later number greater than `id`, for folders that are left of jobs of a lost database.
    public func skipJobIDs(through id: JobID) throws(PortError) {
        try attempt("skip the job numbers up to \(id)") { database throws(DatabaseError) in
            try database.run(
                "UPDATE meta SET value = ? WHERE key = 'lastJob' AND value < ?", .integer(id.number),
                .integer(id.number))
        }
    }

    /// Makes all changes of `body` durable at once, or none of them.
    public func together(_ body: () throws(PortError) -> Void) throws(PortError) {
        var refusal: PortError?
        do throws(PortError) {
            try attempt("change the database") { database throws(DatabaseError) in
                try database.transaction { () throws(DatabaseError) in
                    do throws(PortError) {
                        try body()
                    } catch {
                        refusal = error
                        newestNumber = nil
                        throw DatabaseError(error.code, error.reason)
                    }
                    try keepNewestNumber()
                }
            }
        } catch {
            throw refusal ?? error
        }
    }

    /// Adds a job, or replaces all of it.
    public func save(_ job: StoredJob) throws(PortError) {
        let request = job.record.request
        try attempt("save job \(request.id)") { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO jobs(id, state, submitted, deadline, finished, user, class, submission, record)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT(id) DO UPDATE SET
                    state = excluded.state, submitted = excluded.submitted, deadline = excluded.deadline,
                    finished = excluded.finished, user = excluded.user, class = excluded.class,
                    submission = excluded.submission, record = excluded.record
                """,
                .integer(request.id.number), .text(job.record.state.word),
                .integer(request.submitted.nanoseconds), .integer(request.deadline?.nanoseconds),
                .integer(job.record.finished?.nanoseconds), .integer(Int64(job.submission.userID)),
                .text(request.className), .text(try submissionText.of(job.submission, format)),
                .text(try format.text(StoredRecord(job.record))))
        }
    }

    /// Replaces the record of a job; `notPresent` when there is no such job.
    public func update(_ record: JobRecord) throws(PortError) {
        let request = record.request
        try attempt("update job \(request.id)") { database throws(DatabaseError) in
            try database.run(
                """
                UPDATE jobs SET state = ?, submitted = ?, deadline = ?, finished = ?, class = ?, record = ?
                WHERE id = ?
                """,
                .text(record.state.word), .integer(request.submitted.nanoseconds),
                .integer(request.deadline?.nanoseconds), .integer(record.finished?.nanoseconds),
                .text(request.className), .text(try format.text(StoredRecord(record))),
                .integer(request.id.number))
            guard database.changes == 1 else {
                throw DatabaseError(.notPresent, "the database has no job \(request.id)")
            }
        }
    }

    /// The job with this number; `nil` when there is none.
    public func job(_ id: JobID) throws(PortError) -> StoredJob? {
        try attempt("read job \(id)") { database throws(DatabaseError) in
            try jobs(database, "submission", "WHERE id = ?", [.integer(id.number)]).first
        }
    }

    /// The newest `limit` jobs, ascending by number; all of them for `nil`.
    public func jobs(limit: Int?) throws(PortError) -> [StoredJob] {
        try newest("submission", "", [], limit: limit)
    }

    /// The newest `limit` jobs without their environments, ascending by number; all of them for `nil`.
    public func shownJobs(limit: Int?) throws(PortError) -> [StoredJob] {
        try newest(Self.shownSubmission, "", [], limit: limit)
    }

    /// The newest `limit` jobs of one user without their environments, ascending by number; all of them for
    /// `nil`.
    public func shownJobs(limit: Int?, of user: UInt32) throws(PortError) -> [StoredJob] {
        try newest(Self.shownSubmission, "WHERE user = ?", [.integer(Int64(user))], limit: limit)
    }

    /// A text that is not JSON is for the decoder, which says so in better words.
    private static let shownSubmission =
        "iif(json_valid(submission), json_set(submission, '$.value.environment', json('{}')), submission)"

    private func newest(
        _ submission: String, _ condition: String, _ values: [ColumnValue], limit: Int?
    ) throws(PortError) -> [StoredJob] {
        try attempt("read the jobs") { database throws(DatabaseError) in
            // A negative limit is none to SQLite.
            let limit = limit.map { Int64(max(0, $0)) } ?? -1
            return try jobs(
                database, submission, "\(condition) ORDER BY id DESC LIMIT ?", values + [.integer(limit)]
            ).reversed()
        }
    }

    /// All of what was submitted; `nil` when there is no such job.
    public func submission(_ id: JobID) throws(PortError) -> JobSubmission? {
        try attempt("read the submission of job \(id)") { database throws(DatabaseError) in
            let texts = try database.rows(
                "SELECT submission FROM jobs WHERE id = ?", [.integer(id.number)]
            ) { row throws(DatabaseError) in try row.text(0) }
            return try texts.first.map { text throws(DatabaseError) in
                try format.value(text, of: "the submission of job \(id)")
            }
        }
    }

    /// The numbers of all jobs.
    public func jobIDs() throws(PortError) -> Set<JobID> {
        try attempt("read the numbers of the jobs") { database throws(DatabaseError) in
            Set(try database.rows("SELECT id FROM jobs") { JobID($0.integer(0)) })
        }
    }

    /// The numbers of all jobs that have not finished, ascending.
    public func unfinishedIDs() throws(PortError) -> [JobID] {
        try attempt("read the numbers of the unfinished jobs") { database throws(DatabaseError) in
            try database.rows("SELECT id FROM jobs WHERE finished IS NULL ORDER BY id") {
                JobID($0.integer(0))
            }
        }
    }

    /// Who submitted the jobs that have not finished.
    public func unfinishedOwners() throws(PortError) -> [JobID: UInt32] {
        try attempt("read whose the unfinished jobs are") { database throws(DatabaseError) in
            let owners = try database.rows("SELECT id, user FROM jobs WHERE finished IS NULL") { row in
                (JobID(row.integer(0)), UInt32(clamping: row.integer(1)))
            }
            return Dictionary(owners, uniquingKeysWith: { first, _ in first })
        }
    }

    /// The records of the first `limit` jobs after `id` that have not finished, ascending by number.
    public func unfinished(after id: JobID, limit: Int) throws(PortError) -> [JobRecord] {
        try attempt("read the unfinished jobs") { database throws(DatabaseError) in
            try records(
                database, "WHERE finished IS NULL AND id > ? ORDER BY id LIMIT ?", .integer(id.number),
                .integer(Int64(limit)))
        }
    }

    /// The number up to which jobs may be removed, so that of those that have finished the newest `count`
    /// are left; `nil` when there are not so many.
    public func endOfOld(keeping count: Int) throws(PortError) -> JobID? {
        try attempt("count the finished jobs") { database throws(DatabaseError) in
            try database.rows(
                "SELECT id FROM jobs WHERE finished IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?",
                [.integer(Int64(max(0, count)))]
            ) { JobID($0.integer(0)) }.first
        }
    }

    /// The numbers of the first `limit` jobs after `id` and up to `end` that have finished, ascending.
    public func finishedIDs(
        after id: JobID, through end: JobID, limit: Int
    ) throws(PortError) -> [JobID] {
        try attempt("read the numbers of old jobs") { database throws(DatabaseError) in
            try database.rows(
                "SELECT id FROM jobs WHERE finished IS NOT NULL AND id > ? AND id <= ? ORDER BY id LIMIT ?",
                [.integer(id.number), .integer(end.number), .integer(Int64(limit))]
            ) { JobID($0.integer(0)) }
        }
    }

    /// Removes jobs that have finished, all of them or none.
    public func remove(_ ids: [JobID]) throws(PortError) {
        try together { () throws(PortError) in
            for id in ids {
                try attempt("remove job \(id)") { database throws(DatabaseError) in
                    try database.run(
                        "DELETE FROM jobs WHERE id = ? AND finished IS NOT NULL", .integer(id.number))
                }
            }
        }
    }

    /// What is remembered of a class on a machine; `nil` when that is nothing.
    public func profile(
        className: String, machineName: String, user: UserID?
    ) throws(PortError) -> ClassProfile? {
        let what = "the profile of class '\(className)' on '\(machineName)'"
        return try attempt("read \(what)") { database throws(DatabaseError) in
            let texts = try database.rows(
                "SELECT json FROM profiles WHERE user = ? AND class = ? AND machine = ?",
                [.integer(user?.number ?? Self.everybody), .text(className), .text(machineName)]
            ) { row throws(DatabaseError) in try row.text(0) }
            guard let text = texts.first else { return nil }
            return try format.value(text, of: what)
        }
    }

    /// Replaces what is remembered of a class on a machine.
    public func save(_ profile: ClassProfile) throws(PortError) {
        let what = "the profile of class '\(profile.className)' on '\(profile.machineName)'"
        try attempt("save \(what)") { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO profiles(user, class, machine, json, updated)
                VALUES (?, ?, ?, ?, CAST(strftime('%s', 'now') AS INTEGER) * 1000000000)
                ON CONFLICT(user, class, machine)
                DO UPDATE SET json = excluded.json, updated = excluded.updated
                """,
                .integer(profile.user?.number ?? Self.everybody), .text(profile.className),
                .text(profile.machineName), .text(try format.text(profile)))
        }
    }

    /// What is remembered of the `limit` classes that ran last on a machine, the last one last.
    public func latestProfiles(machineName: String, limit: Int) throws(PortError) -> [ClassProfile] {
        let what = "the profiles of the latest classes on '\(machineName)'"
        return try attempt("read \(what)") { database throws(DatabaseError) in
            let texts = try database.rows(
                "SELECT json FROM profiles WHERE machine = ? ORDER BY updated DESC, user, class LIMIT ?",
                [.text(machineName), .integer(Int64(limit))]
            ) { row throws(DatabaseError) in try row.text(0) }
            return try texts.reversed().map { text throws(DatabaseError) in
                try format.value(text, of: what)
            }
        }
    }

    /// Adds a line to the journal; beyond 100,000 lines the oldest leaves.
    public func append(_ sentence: String, about job: JobID?, at: Instant) throws(PortError) {
        try attempt("write the journal") { database throws(DatabaseError) in
            try database.transaction { () throws(DatabaseError) in
                let number = try database.number(
                    "INSERT INTO journal(at, job, sentence) VALUES (?, ?, ?) RETURNING seq",
                    .integer(at.nanoseconds), .integer(job?.number), .text(sentence))
                // One line in, one line out: numbers are dense, so this finds its row by key.
                try database.run("DELETE FROM journal WHERE seq <= ?", .integer(number - journalLimit))
            }
        }
    }

    /// The newest `limit` lines of the journal, oldest first; all of them for `nil`.
    public func journal(limit: Int?) throws(PortError) -> [JournalLine] {
        try attempt("read the journal") { database throws(DatabaseError) in
            let lines = try database.rows(
                "SELECT seq, at, job, sentence FROM journal ORDER BY seq DESC LIMIT ?",
                [.integer(limit.map { Int64(max(0, $0)) } ?? -1)]
            ) { row throws(DatabaseError) in
                JournalLine(
                    number: row.integer(0), at: Instant(nanoseconds: row.integer(1)),
                    job: row.optionalInteger(2).map { JobID($0) }, sentence: try row.text(3))
            }
            return lines.reversed()
        }
    }

    private func jobs(
        _ database: Database, _ submission: String, _ selection: String, _ values: [ColumnValue]
    ) throws(DatabaseError) -> [StoredJob] {
        try database.rows("SELECT id, \(submission), record FROM jobs \(selection)", values) {
            row throws(DatabaseError) in
            let id = row.integer(0)
            return StoredJob(
                submission: try format.value(try row.text(1), of: "the submission of job \(id)"),
                record: try record(row, 2, of: id))
        }
    }

    private func records(
        _ database: Database, _ selection: String, _ values: ColumnValue...
    ) throws(DatabaseError) -> [JobRecord] {
        try database.rows("SELECT id, record FROM jobs \(selection)", values) { row throws(DatabaseError) in
            try record(row, 1, of: row.integer(0))
        }
    }

    private func record(_ row: Row, _ column: Int32, of id: Int64) throws(DatabaseError) -> JobRecord {
        let record: StoredRecord = try format.value(try row.text(column), of: "the record of job \(id)")
        return record.whole
    }

    func attempt<Value>(
        _ operation: String, _ body: (Database) throws(DatabaseError) -> Value
    ) throws(PortError) -> Value {
        guard let database else { throw PortError(.invalid, operation, reason: "the database was closed") }
        do throws(DatabaseError) {
            return try body(database)
        } catch {
            throw PortError(error.code, operation, reason: error.reason)
        }
    }
}

extension JobState {
    /// The state's name, for queries by people.
    fileprivate var word: String {
        switch self {
        case .queued: "queued"
        case .starting: "starting"
        case .running: "running"
        case .paused: "paused"
        case .stopping: "stopping"
        case .finished: "finished"
        }
    }
}
