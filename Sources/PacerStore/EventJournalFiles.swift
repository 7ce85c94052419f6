import FoundationEssentials
import Glibc
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// The event journal in files of JSON Lines, one file a segment, which only this user can read.
///
/// All segments together stay within a limit: the oldest make room. A segment that alone would exceed it ends
/// early with a line that says so, since its beginning is worth more than its end: without it nothing can be
/// run again. Every line is written by one call, so what can be read are whole lines. docs/journal.md is the
/// reference of the format.
public final class EventJournalFiles: EventJournal {
    /// Writes bytes to a descriptor and returns how many, or -1 with `errno`; another one for tests.
    typealias Writer = (Int32, UnsafeRawBufferPointer) -> Int

    private let folder: String
    private let limit: UInt64
    private let version: String
    private var policies: [RecordedPolicy]
    private let log: (String) -> Void
    private let write: Writer
    private let encoder = JSONEncoder()

    private var current: OpenSegment?
    /// Closed segments, oldest first.
    private var closed: [(number: Int, byteCount: UInt64)] = []
    private var lastNumber = 0
    /// Why nothing is recorded, while nothing is.
    private var failure: String?
    private var retry = Instant.zero

    private struct OpenSegment {
        var number: Int
        var descriptor: Int32
        var byteCount: UInt64
        /// Nothing more is recorded: the line that is to say so, until it is written.
        var cut: JournalItem?
        var isCut = false
    }

    /// Parts of the limit after which a segment ends between jobs.
    private static let segmentsPerLimit: UInt64 = 4
    /// Kept free for the line that says that a segment ends early.
    private static let cutReserve: UInt64 = 512
    /// After a failure a new segment is tried no sooner than this.
    private static let patience = Seconds(10)

    /// A journal in `folder`, which is made when it is missing.
    ///
    /// - Parameters:
    ///   - limit: bytes of all segments together.
    ///   - version: of Pacer, for headers.
    ///   - policies: of the engine, for headers.
    ///   - log: gets a sentence when recording stops.
    public convenience init(
        folder: String, limit: UInt64, version: String, policies: [RecordedPolicy],
        log: @escaping (String) -> Void
    ) {
        self.init(folder: folder, limit: limit, version: version, policies: policies, log: log) {
            Glibc.write($0, $1.baseAddress, $1.count)
        }
    }

    init(
        folder: String, limit: UInt64, version: String, policies: [RecordedPolicy],
        log: @escaping (String) -> Void, write: @escaping Writer
    ) {
        self.folder = folder
        self.limit = limit
        self.version = version
        self.policies = policies.sorted { $0.name < $1.name }
        self.log = log
        self.write = write
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        mkdir(folder, 0o700)
        closed = present().map { ($0.number, $0.byteCount) }
        lastNumber = closed.last?.number ?? 0
    }

    deinit { close() }

    // MARK: EventJournal

    /// Whether the segment is a quarter of the limit long, or has been cut and it is time to try again.
    public private(set) var wantsNewSegment = false

    /// Begins a segment; where that fails the log says so, and it is tried again later.
    public func begin(_ start: EngineStart, at now: Instant) {
        close()
        wantsNewSegment = false
        let header = JournalHeader(pacer: version, started: now, start: start, policies: policies)
        let path = path(of: lastNumber + 1)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return stop(words(errno), at: now) }
        current = OpenSegment(number: lastNumber + 1, descriptor: descriptor, byteCount: 0)
        lastNumber += 1
        guard let line = line(.header(header)) else { return }
        if let reason = append(line) {
            current = nil
            Glibc.close(descriptor)
            unlink(path)
            return stop(reason, at: now)
        }
        failure = nil
        makeRoom(for: 0)
    }

    /// Adds a line; where that fails, or there is no room, the segment is cut.
    public func record(_ event: Event, _ commands: [Command], at now: Instant) {
        guard let segment = current, !segment.isCut else {
            if current?.cut != nil { writeCut() }
            if now >= retry { wantsNewSegment = true }
            return
        }
        let entry = JournalEntry(at: now, event: event, commands: commands.map(\.journalText))
        guard let line = line(.entry(entry)) else { return cut("a line has no JSON form", at: now) }
        makeRoom(for: UInt64(line.count))
        guard segment.byteCount + UInt64(line.count) + Self.cutReserve <= limit else {
            return cut("the journal has reached its limit of \(limit) bytes", at: now)
        }
        if let reason = append(line) { return cut(reason, at: now) }
        if (current?.byteCount ?? 0) >= limit / Self.segmentsPerLimit { wantsNewSegment = true }
    }

    /// Cuts the segment: what follows is decided by other policies than its header has.
    public func reconfigure(_ policies: [RecordedPolicy], at now: Instant) {
        self.policies = policies.sorted { $0.name < $1.name }
        wantsNewSegment = true
        guard current?.isCut == false else { return }
        current?.isCut = true
        current?.cut = .cut(at: now, reason: "the configuration was changed")
        retry = now
        writeCut()
    }

    /// The segments that are there, oldest first.
    public func segments() throws(PortError) -> [JournalSegment] {
        present()
    }

    // MARK: Details

    private func line(_ item: JournalItem) -> [UInt8]? {
        do { return [UInt8](try encoder.encode(item)) + [UInt8(ascii: "\n")] } catch { return nil }
    }

    /// Appends a whole line or nothing; returns why not.
    private func append(_ line: [UInt8]) -> String? {
        guard let segment = current else { return "it is not open" }
        let count = line.withUnsafeBytes { write(segment.descriptor, $0) }
        if count == line.count {
            current?.byteCount += UInt64(count)
            return nil
        }
        let reason = count < 0 ? words(errno) : "there is no room for it"
        // What was written of the line would make it look damaged.
        if count > 0 { ftruncate(segment.descriptor, off_t(segment.byteCount)) }
        return reason
    }

    private func cut(_ reason: String, at now: Instant) {
        current?.isCut = true
        current?.cut = .cut(at: now, reason: reason)
        stop(reason, at: now)
        writeCut()
    }

    private func writeCut() {
        guard let item = current?.cut, let line = line(item), append(line) == nil else { return }
        current?.cut = nil
    }

    /// Says once why nothing is recorded any more.
    private func stop(_ reason: String, at now: Instant) {
        retry = now + Self.patience
        guard failure != reason else { return }
        failure = reason
        log("events are not recorded until a new segment of \(folder) can begin: \(reason)")
    }

    private func makeRoom(for byteCount: UInt64) {
        var total = closed.map(\.byteCount).reduce(current?.byteCount ?? 0, +) + byteCount
        while total + Self.cutReserve > limit, let oldest = closed.first {
            unlink(path(of: oldest.number))
            closed.removeFirst()
            total -= oldest.byteCount
        }
    }

    private func close() {
        guard let segment = current else { return }
        writeCut()
        Glibc.close(segment.descriptor)
        closed.append((segment.number, current?.byteCount ?? segment.byteCount))
        current = nil
    }

    private func path(of number: Int) -> String {
        let digits = "\(number)"
        return "\(folder)/events-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).jsonl"
    }

    private func present() -> [JournalSegment] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var found: [JournalSegment] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix("events-"), name.hasSuffix(".jsonl"),
                let number = Int(name.dropFirst("events-".count).dropLast(".jsonl".count)),
                number > 0, number < .max, path(of: number) == "\(folder)/\(name)"
            else { continue }
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG
            else { continue }
            let changed = Instant.zero.advanced(
                by: .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec))
            found.append(
                JournalSegment(
                    number: number, path: "\(folder)/\(name)", byteCount: UInt64(max(0, status.st_size)),
                    changed: changed))
        }
        return found.sorted { $0.number < $1.number }
    }

    private func words(_ number: Int32) -> String { SystemFailure(number).reason }
}
