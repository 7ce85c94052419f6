import PacerPlatform
public import PacerPorts
import PacerScheduling
public import PacerUnits

extension SQLiteStore: AccountStore {
    /// Rows of the machine's account that ended before this much time are dropped.
    private static let machineKept = Seconds(86_400 * 800)

    /// Adds a job's line, or replaces it.
    public func enter(_ account: JobAccount) throws(PortError) {
        try attempt("keep the account of job \(account.job)") { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO accounts(job, finished, user, class, policy, source, attributed_j,
                    attributed_error_j, unknown_s, core_s, kept)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT(job) DO UPDATE SET
                    finished = excluded.finished, attributed_j = excluded.attributed_j,
                    attributed_error_j = excluded.attributed_error_j, unknown_s = excluded.unknown_s,
                    core_s = excluded.core_s, kept = excluded.kept
                """,
                .integer(account.job.number), .integer(account.finished.nanoseconds),
                .integer(Int64(account.userID)), .text(account.className), .text(account.policy),
                .text(account.source.rawValue), .real(account.attributed.value),
                .real(account.attributedError.flatMap { $0.isFinite ? $0.value : nil }),
                .real(account.unknown.value),
                .real(account.coreTime.value), .integer(account.deadlineKept.map { $0 ? 1 : 0 }))
        }
    }

    /// Adds an interval of the machine's account.
    public func enter(_ account: MachineAccount) throws(PortError) {
        try attempt("keep the machine's account") { database throws(DatabaseError) in
            try database.transaction { () throws(DatabaseError) in
                try database.run(
                    """
                    INSERT INTO machine_accounts(started, ended, source, counted_j, idle_j, unattributed_j,
                        unknown_s)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                    .integer(account.from.nanoseconds), .integer(account.until.nanoseconds),
                    .text(account.source.rawValue), .real(account.counted.value), .real(account.idle.value),
                    .real(account.unattributed.value), .real(account.unknown.value))
                try database.run(
                    "DELETE FROM machine_accounts WHERE ended < ?",
                    .integer((account.until + (.zero - Self.machineKept)).nanoseconds))
            }
        }
    }

    /// Jobs that ended at `since` or later, grouped; ascending by source, then key. Of one user for a number.
    public func sums(
        by grouping: AccountGrouping, since: Instant, user: UInt32?
    ) throws(PortError) -> [AccountSum] {
        let column =
            switch grouping {
            case .user: "CAST(user AS TEXT)"
            case .className: "class"
            case .policy: "policy"
            }
        return try attempt("add up the accounts of jobs") { database throws(DatabaseError) in
            try database.rows(
                """
                SELECT source, \(column) AS key, count(*), total(attributed_j), total(attributed_error_j),
                    count(*) - count(attributed_error_j), total(unknown_s), total(core_s), count(kept),
                    total(kept = 0)
                FROM accounts WHERE finished >= ?1 AND (?2 IS NULL OR user = ?2)
                GROUP BY source, key ORDER BY source, key
                """,
                [.integer(since.nanoseconds), .integer(user.map { Int64($0) })]
            ) { row throws(DatabaseError) in
                var sum = AccountSum(key: try row.text(1), source: try source(row, 0))
                sum.jobs = Int(row.integer(2))
                sum.attributed = Joules(row.real(3))
                sum.attributedError = Joules(row.real(4))
                sum.withoutError = Int(row.integer(5))
                sum.unknown = Seconds(row.real(6))
                sum.coreTime = Seconds(row.real(7))
                sum.withDeadline = Int(row.integer(8))
                sum.missed = Int(row.real(9))
                return sum
            }
        }
    }

    /// The machine's account since then, one for each source of joules; see ``AccountStore``.
    public func machine(since: Instant) throws(PortError) -> [MachineAccount] {
        try attempt("add up the machine's account") { database throws(DatabaseError) in
            try database.rows(
                """
                SELECT source, min(max(started, ?1)), max(ended), total(share * counted_j),
                    total(share * idle_j), total(share * unattributed_j), total(share * unknown_s)
                FROM (
                    SELECT *, CASE WHEN started >= ?1 THEN 1.0
                        ELSE CAST(ended - ?1 AS REAL) / max(1, ended - started) END AS share
                    FROM machine_accounts WHERE ended > ?1
                )
                GROUP BY source ORDER BY source
                """,
                [.integer(since.nanoseconds)]
            ) { row throws(DatabaseError) in
                var account = MachineAccount(
                    from: Instant(nanoseconds: row.integer(1)), until: Instant(nanoseconds: row.integer(2)),
                    source: try source(row, 0))
                account.counted = Joules(row.real(3))
                account.idle = Joules(row.real(4))
                account.unattributed = Joules(row.real(5))
                account.unknown = Seconds(row.real(6))
                return account
            }
        }
    }

    private func source(_ row: Row, _ column: Int32) throws(DatabaseError) -> EnergySource {
        let word = try row.text(column)
        guard let source = EnergySource(rawValue: word) else {
            throw DatabaseError(.failed, "'\(word)' is no source of joules")
        }
        return source
    }
}
