import CSQLite
import PacerPorts

/// Why a statement, or what was read with it, failed.
struct DatabaseError: Error, Hashable {
    var code: PortError.Code
    /// The words of SQLite, or of the decoder of a stored value.
    var reason: String
    /// Whether the file is not what SQLite once wrote.
    var isDamage = false

    init(_ code: PortError.Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// A failure that SQLite reported, with its extended result code.
    ///
    /// - Parameter systemError: the kernel's error number behind it; zero for none.
    init(result: Int32, words: String, systemError: Int32 = 0) {
        switch result & 0xff {
        case SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH: code = .notPermitted
        case SQLITE_MISMATCH, SQLITE_CONSTRAINT, SQLITE_TOOBIG: code = .invalid
        default: code = .failed
        }
        reason = "\(words) (SQLite result \(result))"
        if systemError != 0, [SQLITE_IOERR, SQLITE_CANTOPEN].contains(result & 0xff) {
            let failure = SystemFailure(systemError)
            reason += ": \(failure.reason)"
            code = failure.code
        }
        isDamage = [SQLITE_CORRUPT, SQLITE_NOTADB].contains(result & 0xff)
    }
}

/// A value as SQLite keeps it.
enum ColumnValue: Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    static func integer(_ number: Int64?) -> ColumnValue { number.map { .integer($0) } ?? .null }
    static func real(_ number: Double?) -> ColumnValue { number.map { .real($0) } ?? .null }
}

/// One connection to one SQLite file. Used from one thread.
final class Database {
    private var handle: OpaquePointer?
    /// Prepared statements by their text; the texts are a fixed few.
    private var statements: [String: OpaquePointer] = [:]

    /// Opens an existing file for reading and writing.
    init(path: String) throws(DatabaseError) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK else {
            let error = failure(result)
            close()
            throw error
        }
    }

    deinit { close() }

    /// Whether ``close()`` leaves the write-ahead log as it is, so that closing writes nothing to the file.
    func keepLogOnClose(_ keep: Bool) throws(DatabaseError) {
        let result = pacer_sqlite3_keep_log_on_close(handle, keep ? 1 : 0)
        guard result == SQLITE_OK else { throw failure(result) }
    }

    /// Ends the connection; every later call fails. Commits nothing, since nothing is open between calls.
    func close() {
        for statement in statements.values { sqlite3_finalize(statement) }
        statements = [:]
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// Runs one statement to its end.
    func run(_ text: String, _ values: ColumnValue...) throws(DatabaseError) {
        _ = try rows(text, values) { _ in () }
    }

    /// The rows of a query, in its order.
    func rows<Value>(
        _ text: String, _ values: [ColumnValue] = [], read: (Row) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> [Value] {
        let statement = try prepared(text)
        // What reset reports was already reported by step.
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let result = bind(value, to: statement, at: Int32(index + 1))
            guard result == SQLITE_OK else { throw failure(result) }
        }
        var results: [Value] = []
        while true {
            let result = sqlite3_step(statement)
            if result == SQLITE_DONE { return results }
            guard result == SQLITE_ROW else { throw failure(result) }
            results.append(try read(Row(statement: statement)))
        }
    }

    /// The one number that a query gives.
    func number(_ text: String, _ values: ColumnValue...) throws(DatabaseError) -> Int64 {
        let numbers = try rows(text, values) { $0.integer(0) }
        guard let number = numbers.first else { throw DatabaseError(.failed, "'\(text)' gave no row") }
        return number
    }

    /// How many rows the last statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Whether changes wait for a commit.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` so that all of its changes last, or none.
    func transaction<Value>(_ body: () throws(DatabaseError) -> Value) throws(DatabaseError) -> Value {
        // Inside another transaction the body is part of that one.
        guard !isInTransaction else { return try body() }
        try run("BEGIN IMMEDIATE")
        do throws(DatabaseError) {
            let value = try body()
            try run("COMMIT")
            return value
        } catch {
            // A full disk and other hard failures have rolled back already.
            guard isInTransaction else { throw error }
            do throws(DatabaseError) {
                try run("ROLLBACK")
            } catch let second {
                var both = error
                both.reason += "; taking back the other changes failed too: \(second.reason)"
                throw both
            }
            throw error
        }
    }

    private func prepared(_ text: String) throws(DatabaseError) -> OpaquePointer {
        if let statement = statements[text] { return statement }
        guard handle != nil else { throw DatabaseError(.invalid, "the database is closed") }
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let result = sqlite3_prepare_v3(handle, text, -1, flags, &statement, nil)
        guard result == SQLITE_OK else { throw failure(result) }
        guard let statement else { throw DatabaseError(.invalid, "an empty statement") }
        statements[text] = statement
        return statement
    }

    private func bind(_ value: ColumnValue, to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let number): return sqlite3_bind_int64(statement, index, number)
        case .real(let number): return sqlite3_bind_double(statement, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                guard let length = Int32(exactly: bytes.count) else { return SQLITE_TOOBIG }
                return bytes.withMemoryRebound(to: CChar.self) { characters in
                    pacer_sqlite3_bind_text(statement, index, characters.baseAddress, length)
                }
            }
        }
    }

    private func failure(_ result: Int32) -> DatabaseError {
        DatabaseError(
            result: result, words: String(cString: sqlite3_errmsg(handle)),
            systemError: sqlite3_system_errno(handle))
    }
}

/// The row that a query stands at; valid inside the closure that is given it.
struct Row {
    fileprivate let statement: OpaquePointer

    /// A number; zero for a column without one.
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    var columnCount: Int32 { sqlite3_column_count(statement) }

    /// A number with a fraction; zero for a column without one.
    func real(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }

    func optionalInteger(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : integer(column)
    }

    /// Whatever is there; `nil` for what Pacer does not store.
    func value(_ column: Int32) throws(DatabaseError) -> ColumnValue? {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: .null
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(real(column))
        case SQLITE_TEXT: .text(try text(column))
        default: nil
        }
    }

    func text(_ column: Int32) throws(DatabaseError) -> String {
        guard let bytes = sqlite3_column_text(statement, column) else {
            throw DatabaseError(.failed, "column \(column) has no text")
        }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
