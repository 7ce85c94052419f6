import CPacerShims
import Glibc
import PacerPorts
import PacerScheduling
import PacerUnits

/// Reads how far a job has come: from its progress file, else by its `--progress` pattern, else from what can
/// be believed of its output.
final class ProgressReader {
    private let folder: String
    private let pattern: ProgressPattern?
    private var declared = DeclaredProgress()
    private var patterned = ProgressMeasure()
    private var outputs: [OutputFile]
    private var guesses = [OutputGuess(), OutputGuess()]
    private var chosenOutput: Int?
    private var latestOutput: (done: Double, total: Double?, source: ProgressSource, changedAt: Int64)?

    /// - Throws: ``PortError`` with `invalid` when `pattern` is not a regular expression with one or two
    ///   groups.
    init(folder: String, pattern: String?) throws(PortError) {
        self.folder = folder
        if let pattern { self.pattern = try ProgressPattern(pattern) } else { self.pattern = nil }
        outputs = Self.outputs(folder)
    }

    /// A reader for a pattern that was checked when the job was launched.
    init(folder: String, checkedPattern: String?) {
        self.folder = folder
        pattern = checkedPattern.flatMap { try? ProgressPattern($0) }  // unreadable now: guess as without it
        outputs = Self.outputs(folder)
    }

    private static func outputs(_ folder: String) -> [OutputFile] {
        ["stdout", "stderr"].map { OutputFile(path: "\(folder)/\($0)") }
    }

    /// Bytes that the job has written to its output files.
    var outputBytes: UInt64 { outputs.reduce(0) { saturatingSum($0, $1.written) } }

    /// Reads what is new; `now` is this moment on the executor's clock.
    func read(now: Instant) -> Progress? {
        readOutputs()
        let instant: (Int64) -> Instant = { changed in
            now.advanced(by: .zero - SystemClock.age(of: changed, on: CLOCK_REALTIME))
        }
        declared.read("\(folder)/progress")
        if let done = declared.measure.done {
            return Progress(
                done: done, total: declared.measure.total, at: instant(declared.changedAt), source: .declared)
        }
        guard let latest = latestOutput else { return nil }
        return Progress(
            done: latest.done, total: latest.total, at: instant(latest.changedAt), source: latest.source)
    }

    private func readOutputs() {
        for index in outputs.indices {
            var lines: [String] = []
            let refused = outputs[index].refusedLines
            let isWanted = pattern != nil || !guesses[index].isWithdrawn
            guard outputs[index].read(wanted: isWanted, take: { lines.append($0) }) else { continue }
            if let pattern {
                guard pattern.readLast(of: lines, into: &patterned), let done = patterned.done else {
                    continue
                }
                latestOutput = (done, patterned.total, .declared, outputs[index].changedAt)
            } else if outputs[index].refusedLines - refused <= lines.count / 4 {
                // A stretch of binary data holds anything by chance, also a percentage.
                guess(lines, output: index)
            }
        }
    }

    private func guess(_ lines: [String], output index: Int) {
        guard chosenOutput == nil || chosenOutput == index else { return }
        var moved = false
        for line in lines where guesses[index].read(line) { moved = true }
        if guesses[index].isWithdrawn, chosenOutput == index { latestOutput = nil }
        if moved, let progress = guesses[index].progress {
            chosenOutput = index
            latestOutput = (progress.done, progress.total, .output, outputs[index].changedAt)
        }
    }
}

/// The progress file: the last complete line that makes sense counts, whether the job appends to the file,
/// writes it anew or replaces it.
private struct DeclaredProgress {
    private static let tail = 4096

    private(set) var measure = ProgressMeasure()
    /// When the file was last changed, in nanoseconds since the Unix epoch.
    private(set) var changedAt: Int64 = 0
    private var seen: FileState?

    mutating func read(_ path: String) {
        guard let state = FileState(path), state != seen, state.isRegular else { return }
        seen = state
        var bytes: [UInt8] = []
        let start = max(0, state.size - Int64(Self.tail))
        guard readBytes(of: path, from: start, count: Self.tail, into: &bytes) else { return }
        guard let end = bytes.lastIndex(of: 10) else { return }
        var lines = bytes[..<end].split(separator: 10, omittingEmptySubsequences: false)
        if start > 0 { lines.removeFirst() }  // its beginning was not read
        let known = measure
        for line in lines.suffix(64).reversed() {
            var attempt = known
            guard let text = String(validating: line, as: UTF8.self), attempt.read(text) else { continue }
            measure = attempt
            if measure != known || changedAt == 0 { changedAt = state.changedAt }
            return
        }
    }
}

/// One output file of a job, read as it grows.
private struct OutputFile {
    /// New bytes that are looked at in one go; what is before them is passed over.
    private static let mostBytes = 32768

    let path: String
    /// Bytes written so far, also those that were cut off again.
    private(set) var written: UInt64 = 0
    private(set) var changedAt: Int64 = 0
    private var size: Int64 = 0
    private var lines = OutputLines()
    private var bytes: [UInt8] = []

    init(path: String) { self.path = path }

    /// Lines that were not text for people.
    var refusedLines: Int { lines.refused }

    /// Reads what is new; false when there is nothing.
    mutating func read(wanted: Bool, take: (String) -> Void) -> Bool {
        guard let state = FileState(path), state.isRegular, state.size != size else { return false }
        if state.size < size {
            size = 0  // it was emptied
            lines = OutputLines()
        }
        written = saturatingSum(written, UInt64(max(0, state.size - size)))
        changedAt = state.changedAt
        defer { size = state.size }
        guard wanted else { return false }
        var start = size
        if state.size - start > Int64(Self.mostBytes) {
            start = state.size - Int64(Self.mostBytes)
            lines.interrupt()
        }
        guard readBytes(of: path, from: start, count: Int(state.size - start), into: &bytes) else {
            return false
        }
        bytes.withUnsafeBufferPointer { lines.feed($0, take: take) }
        return true
    }
}

/// A sum that stays at the largest number: a job may say again and again that its output is as large as a
/// file can be, without writing it.
private func saturatingSum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
}

/// What tells that a file has changed.
private struct FileState: Equatable {
    var size: Int64
    var changedAt: Int64
    var inode: UInt64
    var isRegular: Bool

    init?(_ path: String) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        size = Int64(info.st_size)
        changedAt = SystemClock.nanoseconds(info.st_mtim)
        inode = UInt64(info.st_ino)
        isRegular = info.st_mode & S_IFMT == S_IFREG
    }
}

private func readBytes(of path: String, from start: Int64, count: Int, into bytes: inout [UInt8]) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { return false }
    defer { close(file) }
    if bytes.count != count { bytes = [UInt8](repeating: 0, count: count) }
    let got = pread(file, &bytes, count, off_t(start))
    guard got > 0 else { return false }
    bytes.removeLast(count - got)
    return true
}
