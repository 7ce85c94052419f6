import PacerPlatform
import PacerPorts
import PacerScheduling

/// Copies what can still be read of a damaged database into a new one.
///
/// Every row is read by its number, first upwards until something cannot be read, then downwards from the
/// other end; so a damaged page costs what lies behind it in the middle, not all that follows. A row that no
/// longer decodes is left behind.
struct Salvage {
    /// What was saved.
    struct Result {
        /// The highest job number that was seen.
        var lastJob: Int64 = 0
        var jobs = 0
        var profiles = 0
        /// Lines of what jobs took.
        var accounts = 0
        /// Of the machine's account.
        var intervals = 0
        var journalLines = 0

        /// The numbers in one sentence.
        var sentence: String {
            "Saved from the damaged one: \(jobs) \(jobs == 1 ? "job" : "jobs"), \(profiles) class "
                + "\(profiles == 1 ? "profile" : "profiles"), \(accounts) "
                + "\(accounts == 1 ? "account" : "accounts") of jobs, \(intervals) "
                + "\(intervals == 1 ? "interval" : "intervals") of the machine's account and \(journalLines) "
                + "\(journalLines == 1 ? "line" : "lines") of the journal."
        }
    }

    private let location: StoreLocation
    private let target: Database
    private let format = StoredFormat()

    init(from location: StoreLocation, to target: Database) {
        self.location = location
        self.target = target
    }

    /// Copies all tables at once; the damaged file and its log stay as they are.
    func run() throws(DatabaseError) -> Result {
        // SQLite may write to what it opens.
        let copy = try working { () throws(SystemFailure) in try location.copy() }
        let result = Swift.Result { () throws(DatabaseError) in try run(from: copy) }
        try working { () throws(SystemFailure) in try copy.remove() }
        return try result.get()
    }

    private func working<Value>(_ body: () throws(SystemFailure) -> Value) throws(DatabaseError) -> Value {
        do throws(SystemFailure) { return try body() } catch {
            throw DatabaseError(error.code, error.reason)
        }
    }

    private func run(from location: StoreLocation) throws(DatabaseError) -> Result {
        var result = Result()
        guard let source = opened(location) else { return result }
        defer { source.close() }
        try target.transaction { () throws(DatabaseError) in
            result.lastJob = lastJob(in: source)
            result.jobs = try copy(
                "jobs",
                [
                    "id", "state", "submitted", "deadline", "finished", "user", "class", "submission",
                    "record",
                ],
                from: source
            ) { values in
                guard case .integer(let id) = values[0], isJob(values[7], values[8], id) else { return false }
                result.lastJob = max(result.lastJob, id)
                return true
            }
            let columns = ["json", "class", "machine", "updated"]
            let isProfile = { (values: [ColumnValue]) in isReadable(values[0], as: ClassProfile.self) }
            result.profiles = try copy("profiles", columns + ["user"], from: source, isSound: isProfile)
            if result.profiles == 0 {  // version 1 has no users
                result.profiles = try copy("profiles", columns, from: source, isSound: isProfile)
            }
            try copyAccounts(from: source, into: &result)
            result.journalLines = try copy(
                "journal", ["seq", "at", "job", "sentence"], from: source
            ) { _ in true }
            try target.run("UPDATE meta SET value = ? WHERE key = 'lastJob'", .integer(result.lastJob))
        }
        return result
    }

    /// Copies what jobs and the machine took. Version 1 has no such tables, and nothing is found in them.
    private func copyAccounts(from source: Database, into result: inout Result) throws(DatabaseError) {
        result.accounts = try copy(
            "accounts",
            [
                "source", "job", "finished", "user", "class", "policy", "attributed_j", "attributed_error_j",
                "unknown_s", "core_s", "kept",
            ],
            from: source, isSound: isAccount)
        result.intervals = try copy(
            "machine_accounts",
            ["source", "started", "ended", "counted_j", "idle_j", "unattributed_j", "unknown_s"],
            from: source, isSound: isAccount)
    }

    /// `nil` when not even that is possible: it is damaged, which is known already.
    private func opened(_ location: StoreLocation) -> Database? {
        do throws(DatabaseError) {
            let source = try Database(path: location.path)
            try source.keepLogOnClose(true)
            return source
        } catch {
            return nil
        }
    }

    private func lastJob(in source: Database) -> Int64 {
        do throws(DatabaseError) {
            return max(0, try source.number("SELECT value FROM meta WHERE key = 'lastJob'"))
        } catch {
            return 0
        }
    }

    /// Copies the rows that `isSound` accepts; returns how many.
    private func copy(
        _ table: String, _ columns: [String], from source: Database, isSound: ([ColumnValue]) -> Bool
    ) throws(DatabaseError) -> Int {
        let list = columns.joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        var copied = 0
        var edges = (lower: Int64.min, upper: Int64.max)
        for isUpwards in [true, false] {
            let query =
                "SELECT rowid, \(list) FROM \(table) WHERE rowid > ?1 AND rowid < ?2 "
                + "ORDER BY rowid \(isUpwards ? "ASC" : "DESC") LIMIT 1"
            while let row = nextRow(query, edges, in: source) {
                if isUpwards { edges.lower = row.number } else { edges.upper = row.number }
                let values = row.values
                guard values.count == columns.count, isSound(values) else { continue }
                do throws(DatabaseError) {
                    _ = try target.rows(
                        "INSERT INTO \(table)(\(list)) VALUES (\(marks))", values, read: { _ in () })
                    copied += 1
                } catch {
                    // A value of another type than the column's: part of the damage.
                    guard error.code == .invalid else { throw error }
                }
            }
        }
        return copied
    }

    private struct RawRow {
        let number: Int64
        /// Up to the first that is of no kind that Pacer stores.
        var values: [ColumnValue] = []

        init(_ row: Row) throws(DatabaseError) {
            number = row.integer(0)
            for column in 1..<row.columnCount {
                guard let value = try row.value(column) else { return }
                values.append(value)
            }
        }
    }

    /// `nil` at the end, and where what follows cannot be read.
    private func nextRow(
        _ query: String, _ edges: (lower: Int64, upper: Int64), in source: Database
    ) -> RawRow? {
        do throws(DatabaseError) {
            return try source.rows(query, [.integer(edges.lower), .integer(edges.upper)]) {
                row throws(DatabaseError) in try RawRow(row)
            }.first
        } catch {
            return nil
        }
    }

    private func isJob(_ submission: ColumnValue, _ record: ColumnValue, _ id: Int64) -> Bool {
        guard isReadable(submission, as: JobSubmission.self), case .text(let text) = record
        else { return false }
        do throws(DatabaseError) {
            let stored: StoredRecord = try format.value(text, of: "a record")
            return stored.whole.request.id.number == id
        } catch {
            return false
        }
    }

    /// Whether it can be added to others: one line whose source is none, or with a number that is none, would
    /// spoil every sum.
    private func isAccount(_ values: [ColumnValue]) -> Bool {
        guard case .text(let word) = values[0], EnergySource(rawValue: word) != nil else { return false }
        return values.allSatisfy { if case .real(let number) = $0 { number.isFinite } else { true } }
    }

    private func isReadable<Value: Codable>(_ value: ColumnValue, as type: Value.Type) -> Bool {
        guard case .text(let text) = value else { return false }
        do throws(DatabaseError) {
            let _: Value = try format.value(text, of: "a value")
            return true
        } catch {
            return false
        }
    }
}
