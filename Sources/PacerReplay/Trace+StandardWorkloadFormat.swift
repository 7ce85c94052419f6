import PacerUnits

extension Trace {
    /// Reads a trace in Standard Workload Format.
    ///
    /// A line is a job, or, behind a semicolon, a remark, of which those of the form `; Key: value` are kept
    /// as ``header``. Jobs without a run time or without processors cannot be replayed; they are left out and
    /// counted in ``notes``. Jobs in the wrong order are sorted, and jobs with the same number kept; both are
    /// noted.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - name: What the trace is called in reports.
    ///   - skipsBadLines: Whether lines that are no jobs are left out and counted, not refused.
    public init(
        standardWorkloadFormat bytes: [UInt8], name: String, skipsBadLines: Bool = false
    ) throws(Problem) {
        var reader = TraceReader(skipsBadLines: skipsBadLines)
        try reader.read(bytes.span)
        guard !reader.jobs.isEmpty else { throw reader.emptiness }
        let notes = reader.notes
        self.init(name: name, header: reader.header, jobs: reader.jobs, notes: notes)
    }
}

/// What has been read of a trace.
private struct TraceReader {
    let skipsBadLines: Bool
    var header: [Trace.HeaderField] = []
    /// In the order of the file.
    var jobs: [TraceJob] = []
    private var badLines = 0
    private var firstBadLine: Trace.Problem?
    private var withoutRunTime = 0
    private var withoutProcessors = 0
    /// Jobs that were submitted before one that stands above them.
    private var late = 0
    private var latest = -1.0
    private var numbersAscend = true
    /// Fields of the line before.
    private var fields = 0

    init(skipsBadLines: Bool) { self.skipsBadLines = skipsBadLines }

    mutating func read(_ bytes: Span<UInt8>) throws(Trace.Problem) {
        // A file from elsewhere may begin with a byte-order mark.
        let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        var start = hasMark ? 3 : 0
        var number = 1
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            try readLine(bytes, start..<end, number: number, isCut: end == bytes.count)
            start = end + 1
            number += 1
        }
    }

    private mutating func readLine(
        _ bytes: Span<UInt8>, _ range: Range<Int>, number: Int, isCut: Bool
    ) throws(Trace.Problem) {
        var first = range.lowerBound
        while first < range.upperBound, TraceLine.isBlank(bytes[first]) { first += 1 }
        guard first < range.upperBound else { return }
        guard bytes[first] != UInt8(ascii: ";") else {
            readRemark(bytes, first + 1..<range.upperBound)
            return
        }
        do throws(TraceLine.Fault) {
            let line = try TraceLine(bytes, range)
            if isCut, line.count < fields { throw .init(reason: "\(line.count) fields") }
            fields = line.count
            add(line)
        } catch {
            let problem =
                isCut && !jobs.isEmpty
                ? Trace.Problem(
                    line: number, reason: "the file ends in the middle of this line: it is truncated")
                : isText(bytes, range)
                    ? Trace.Problem(line: number, reason: error.reason)
                    : Trace.Problem(
                        line: number,
                        reason: "this is not text, so the file is no trace in Standard "
                            + "Workload Format")
            guard skipsBadLines else { throw problem }
            badLines += 1
            firstBadLine = firstBadLine ?? problem
        }
    }

    private mutating func add(_ line: TraceLine) {
        guard let job = line.job else {
            if line.processors == 0 { withoutProcessors += 1 } else { withoutRunTime += 1 }
            return
        }
        if job.submitted.value < latest { late += 1 }
        latest = max(latest, job.submitted.value)
        if let last = jobs.last, last.number >= job.number { numbersAscend = false }
        jobs.append(job)
    }

    private mutating func readRemark(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var text: [UInt8] = []
        for index in range { text.append(bytes[index]) }
        let line = String(decoding: text, as: UTF8.self)
        guard let colon = line.firstIndex(of: ":") else { return }
        let key = trimmed(line[..<colon])
        guard !key.isEmpty else { return }
        header.append(Trace.HeaderField(key: key, value: trimmed(line[line.index(after: colon)...])))
    }

    private func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }

    private func isText(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where bytes[index] < 0x20 && !TraceLine.isBlank(bytes[index]) { return false }
        return true
    }

    // MARK: What to say

    /// Why there are no jobs.
    var emptiness: Trace.Problem {
        var reasons: [String] = []
        if badLines > 0 { reasons.append(badLineWords) }
        reasons += leftOut
        let why = reasons.isEmpty ? "" : ": \(reasons.joined(separator: "; "))"
        return Trace.Problem(line: nil, reason: "it has no job that can be replayed\(why)")
    }

    /// One sentence for everything that is not as one would expect.
    var notes: [String] {
        var notes = badLines > 0 ? [badLineWords] : []
        notes += leftOut
        if late > 0 { notes.append("\(counted(late)) not in order of submission, put in order") }
        let repeated = numbersAscend ? 0 : repeatedNumbers
        if repeated > 0 { notes.append("\(counted(repeated)) with a number that another job has, kept") }
        return notes
    }

    private var badLineWords: String {
        let first = firstBadLine.map { "; the first is \($0)" } ?? ""
        return "\(badLines) bad line\(badLines == 1 ? "" : "s") skipped\(first)"
    }

    private var leftOut: [String] {
        var words: [String] = []
        if withoutRunTime > 0 { words.append("\(counted(withoutRunTime)) without a run time left out") }
        if withoutProcessors > 0 {
            words.append("\(counted(withoutProcessors)) without processors left out")
        }
        return words
    }

    private var repeatedNumbers: Int {
        let sorted = jobs.map(\.number).sorted()
        return zip(sorted, sorted.dropFirst()).count { $0 == $1 }
    }

    private func counted(_ count: Int) -> String { "\(count) job\(count == 1 ? "" : "s")" }
}
