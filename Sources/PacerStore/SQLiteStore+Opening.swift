public import PacerPorts
public import PacerUnits

extension SQLiteStore {
    /// Opens the database at `path`, creating it and its folders when missing; they are private to the user.
    ///
    /// One process at a time: a lock on `<path>.lock` is held until ``close()`` or the end of the process.
    /// A database of a newer version, or of another program, is refused and not written to. So is a damaged
    /// one unless `recover` is true: it is then moved aside to `<path>.corrupt-<Unix time>`, a new one takes
    /// its place, and ``notes`` tells.
    ///
    /// - Parameter now: the present time, which the name of a damaged database is made from.
    public static func open(
        path: String, recover: Bool = false, at now: Instant
    ) throws(PortError) -> SQLiteStore {
        try open(path: path, recover: recover, at: now, journalLimit: 100_000)
    }

    static func open(
        path: String, recover: Bool, at now: Instant, journalLimit: Int64
    ) throws(PortError) -> SQLiteStore {
        let location = try StoreLocation(path)
        let operation = "open the database \(location.path)"
        do throws(SystemFailure) {
            let lock = try FileLock(path: "\(location.path).lock")
            try location.createFile()
            let given = try lock.number
            var (database, notes) = try connect(to: location, recover: recover, given: given, at: now)
            if let lost = try skipNumbers(in: database, through: given) {
                notes.append(
                    "The database \(location.path) knows nothing of jobs \(lost.lowerBound) to "
                        + "\(lost.upperBound), whose numbers were given: what it knew of them is lost. They "
                        + "are not given again.")
            }
            return SQLiteStore(
                path: location.path, notes: notes, database: database, lock: lock, journalLimit: journalLimit)
        } catch {
            throw PortError(error.code, operation, reason: error.reason)
        }
    }

    /// Sees to it that no number is given again that was given before; returns those that the database knows
    /// nothing of.
    private static func skipNumbers(
        in database: Database, through given: Int64
    ) throws(SystemFailure) -> ClosedRange<Int64>? {
        do throws(DatabaseError) {
            let known = try database.number(
                """
                SELECT max(value, (SELECT coalesce(max(id), 0) FROM jobs)) FROM meta WHERE key = 'lastJob'
                """)
            guard known < given else { return nil }
            try database.run("UPDATE meta SET value = ? WHERE key = 'lastJob'", .integer(given))
            return known + 1...given
        } catch {
            throw SystemFailure(error.code, error.reason)
        }
    }

    private static func connect(
        to location: StoreLocation, recover: Bool, given: Int64, at now: Instant
    ) throws(SystemFailure) -> (Database, notes: [String]) {
        var notes: [String] = []
        let damage: String
        do throws(DatabaseError) {
            let database = try inspected(location, notes: &notes)
            return (database, notes)
        } catch {
            guard error.isDamage else { throw SystemFailure(error.code, error.reason) }
            damage = error.reason
        }
        guard recover else {
            throw SystemFailure(
                .failed,
                "it is damaged (\(damage)) and was left as it is; move it away, or allow its recovery")
        }
        let aside = try location.moveAside(at: now.nanoseconds / 1_000_000_000)
        try location.createFile()
        do throws(DatabaseError) {
            let database = try inspected(location, notes: &notes)
            let salvage = Salvage(from: aside, to: database)
            let saved = try salvage.run()
            notes.append(
                "The database \(location.path) was damaged (\(damage)); it was moved to \(aside.path) and a "
                    + "new one was begun, whose jobs are numbered from \(max(saved.lastJob, given) + 1). "
                    + saved.sentence)
            return (database, notes)
        } catch {
            throw SystemFailure(
                error.code, "after the damaged one was moved to \(aside.path): \(error.reason)")
        }
    }

    /// Opens the file, writing nothing to it before everything about it is known to be right.
    private static func inspected(
        _ location: StoreLocation, notes: inout [String]
    ) throws(DatabaseError) -> Database {
        let wasLeftOpen = location.wasLeftOpen
        try checkHeader(of: location)
        let database = try Database(path: location.path)
        try database.keepLogOnClose(true)
        // Another program may look at the file; the daemon's one thread does not wait long for it.
        try database.run("PRAGMA busy_timeout = 250")
        try database.run("PRAGMA foreign_keys = ON")
        try checkVersion(try database.number("PRAGMA user_version"), of: location)
        if wasLeftOpen {
            try checkPages(of: database)
            notes.append(
                "The database \(location.path) was not closed properly; it was checked and is whole.")
        }
        if try database.number("SELECT count(*) FROM sqlite_schema") > 0 {
            guard try database.number("PRAGMA application_id") == Migration.applicationID else {
                let ours = try database.number(
                    "SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', 'jobs', 'profiles', 'journal')"
                )
                if ours == 4 { throw DatabaseError(damage: "its mark is not Pacer's, but its tables are") }
                throw DatabaseError(.invalid, "\(location.path) is the database of another program")
            }
        }
        let mode = try database.rows("PRAGMA journal_mode = WAL") { row throws(DatabaseError) in
            try row.text(0)
        }
        guard mode == ["wal"] else {
            throw DatabaseError(.failed, "\(location.path) is where SQLite cannot keep a write-ahead log")
        }
        try database.run("PRAGMA synchronous = FULL")
        // The log grows with one large burst; afterwards it is cut to this many bytes.
        try database.run("PRAGMA journal_size_limit = 4194304")
        try Migration.migrate(database)
        try database.keepLogOnClose(false)
        return database
    }

    /// Looks at the file without SQLite, which would create files beside it.
    private static func checkHeader(of location: StoreLocation) throws(DatabaseError) {
        let header: [UInt8]
        do throws(SystemFailure) {
            header = try location.beginning(100)
        } catch {
            throw DatabaseError(error.code, error.reason)
        }
        if header.isEmpty {
            // SQLite deletes a log beside an empty file.
            guard location.wasLeftOpen else { return }
            throw DatabaseError(damage: "the file is empty, but its log is not")
        }
        guard header.count == 100, header.starts(with: "SQLite format 3\0".utf8) else {
            throw DatabaseError(damage: "file is not a database")
        }
        let version = header[60..<64].reduce(0) { $0 << 8 | Int64($1) }
        try checkVersion(version, of: location)
    }

    private static func checkVersion(_ version: Int64, of location: StoreLocation) throws(DatabaseError) {
        guard version > Migration.current else { return }
        // Versions go up by one: there will not be so many.
        guard version < 1_000_000 else { throw DatabaseError(damage: "its format version is \(version)") }
        throw DatabaseError(
            .invalid,
            "\(location.path) has format version \(version), but this version of Pacer knows versions up to "
                + "\(Migration.current); nothing was changed")
    }

    private static func checkPages(of database: Database) throws(DatabaseError) {
        let findings = try database.rows("PRAGMA quick_check(1)") { row throws(DatabaseError) in
            try row.text(0)
        }
        guard findings == ["ok"] else { throw DatabaseError(damage: findings.joined(separator: "; ")) }
    }
}

extension DatabaseError {
    fileprivate init(damage words: String) {
        self.init(.failed, words)
        isDamage = true
    }
}
