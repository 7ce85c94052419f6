/// A step from one version of the tables to the next. See docs/checklists/add-a-migration.md.
struct Migration {
    /// `PRAGMA user_version` once it is done.
    let version: Int64
    let statements: [String]

    /// Marks a file as Pacer's: "PACR".
    static let applicationID: Int64 = 0x5041_4352

    /// The version that this program reads and writes.
    static var current: Int64 { all.last?.version ?? 0 }

    /// Every step since the first release, oldest first. A released step is never changed.
    static let all = [
        Migration(
            version: 1,
            statements: [
                // The last job number given, so that numbers outlive the jobs that had them.
                """
                CREATE TABLE meta(
                    key TEXT PRIMARY KEY,
                    value INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID
                """,
                "INSERT INTO meta(key, value) VALUES ('lastJob', 0)",
                // The columns beside the two JSON texts are copies for queries; instants in nanoseconds.
                """
                CREATE TABLE jobs(
                    id INTEGER PRIMARY KEY,
                    state TEXT NOT NULL,
                    submitted INTEGER NOT NULL,
                    deadline INTEGER,
                    finished INTEGER,
                    user INTEGER NOT NULL,
                    class TEXT NOT NULL,
                    submission TEXT NOT NULL,
                    record TEXT NOT NULL
                ) STRICT
                """,
                "CREATE INDEX jobs_unfinished ON jobs(id) WHERE finished IS NULL",
                """
                CREATE TABLE profiles(
                    class TEXT NOT NULL,
                    machine TEXT NOT NULL,
                    json TEXT NOT NULL,
                    updated INTEGER NOT NULL,
                    PRIMARY KEY (class, machine)
                ) STRICT
                """,
                // Rows leave at the old end only, so a number is never given twice.
                """
                CREATE TABLE journal(
                    seq INTEGER PRIMARY KEY,
                    at INTEGER NOT NULL,
                    job INTEGER,
                    sentence TEXT NOT NULL
                ) STRICT
                """,
            ]),
        Migration(
            version: 2,
            statements: [
                // Classes are a user's own. Whose those are that are there nobody knows: -1, as where all
                // jobs are one user's.
                """
                CREATE TABLE profiles_of_users(
                    user INTEGER NOT NULL DEFAULT -1,
                    class TEXT NOT NULL,
                    machine TEXT NOT NULL,
                    json TEXT NOT NULL,
                    updated INTEGER NOT NULL,
                    PRIMARY KEY (user, class, machine)
                ) STRICT
                """,
                """
                INSERT INTO profiles_of_users(user, class, machine, json, updated)
                SELECT -1, class, machine, json, updated FROM profiles
                """,
                "CREATE INDEX jobs_of_users ON jobs(user, id)",
                "DROP TABLE profiles",
                "ALTER TABLE profiles_of_users RENAME TO profiles",
            ]),
    ]

    /// Brings the tables up to date; a step is done whole or not at all.
    static func migrate(_ database: Database) throws(DatabaseError) {
        let version = try database.number("PRAGMA user_version")
        for migration in all where migration.version > version {
            try database.transaction { () throws(DatabaseError) in
                for statement in migration.statements { try database.run(statement) }
                try database.run("PRAGMA application_id = \(applicationID)")
                try database.run("PRAGMA user_version = \(migration.version)")
            }
        }
    }
}
