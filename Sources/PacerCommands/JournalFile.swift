import Glibc
import PacerAPI
import PacerConfig
import PacerPolicies
import PacerReplay
import PacerScheduling

/// A segment of an event journal that was gone through: what the engine decides now, and the jobs in it.
struct JournalSegmentRun {
    var check: Reexecution
    var workload: JournalWorkload
    /// The header's policies, read.
    var policies: [GridPolicy]
}

/// Reads event journals: files of JSON Lines that `pacer export` has written.
enum JournalFile {
    /// Whether the first line of a file is that of an event journal, of whatever version.
    static func isJournal(_ bytes: some Sequence<UInt8>) -> Bool {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        do throws(WireError) {
            return try WireJSON.decode(AnyFormat.self, from: line).format == JournalHeader.format
        } catch {
            return false
        }
    }

    /// Everything in the file at `path`, or on standard input for `-`.
    static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { if descriptor != 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unreadable(path) }
            bytes += chunk[..<count]
        }
    }

    /// Gives every segment in `bytes` to this version's engine.
    ///
    /// - Parameter name: what errors call the file.
    /// - Parameter progress: told the share that is done, now and then.
    static func run(
        _ bytes: [UInt8], name: String, progress: (Double) -> Void = { _ in }
    ) throws(CommandFailure) -> [JournalSegmentRun] {
        var runner = JournalRunner()
        var start = bytes.startIndex
        var number = 0
        while start < bytes.endIndex {
            number += 1
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
            let line = bytes[start..<(end ?? bytes.endIndex)]
            do throws(JournalError) {
                try runner.take(line, number: number)
            } catch {
                // A line without an end was not written in full.
                let reason = end == nil ? "it is cut short; the file is not complete" : error.description
                throw CommandFailure(.data, "\(name), line \(number): \(reason)")
            }
            guard let end else { break }
            start = end + 1
            if number.isMultiple(of: 4096) { progress(Double(start) / Double(bytes.count)) }
        }
        guard number > 0 else { throw CommandFailure(.data, "\(name): it is empty") }
        return runner.finished
    }

    private static func unreadable(_ path: String) -> CommandFailure {
        CommandFailure(.data, "\(path): \(String(cString: strerror(errno)))")
    }
}

/// What any first line says of itself.
private struct AnyFormat: Decodable { var format: String }

/// Goes through the lines of a journal.
private struct JournalRunner {
    private struct Segment {
        var check: Reexecution
        var collector: JournalCollector
        var policies: [GridPolicy]

        init(_ header: JournalHeader) throws(JournalError) {
            policies = try JournalRunner.policies(of: header)
            check = try Reexecution(header, policies: policies)
            collector = JournalCollector(header)
        }

        mutating func take(_ entry: JournalEntry, line: Int) throws(JournalError) {
            collector.willFeed(entry, to: check.engine)
            collector.ordered(try check.feed(entry, line: line))
        }

        var finished: JournalSegmentRun {
            JournalSegmentRun(check: check, workload: collector.workload, policies: policies)
        }
    }

    private var segments: [JournalSegmentRun] = []
    private var current: Segment?

    var finished: [JournalSegmentRun] { segments + (current.map { [$0.finished] } ?? []) }

    mutating func take(_ line: ArraySlice<UInt8>, number: Int) throws(JournalError) {
        let item: JournalItem
        do {
            item = try WireJSON.decode(JournalItem.self, from: line, infinities: true)
        } catch {
            throw JournalError(error.description)
        }
        if case .header(let header) = item {
            segments = finished
            current = try Segment(header)
            return
        }
        guard current != nil else {
            throw JournalError("an event journal begins with a header, and this is none")
        }
        switch item {
        case .header: break
        case .entry(let entry): try current?.take(entry, line: number)
        case .cut(_, let reason): current?.check.end(cut: reason)
        }
    }

    private static func policies(of header: JournalHeader) throws(JournalError) -> [GridPolicy] {
        var policies: [GridPolicy] = []
        for policy in header.policies {
            do throws(ConfigurationError) {
                policies.append(try PolicyFile.parse(policy.text, file: "\(policy.name).yaml"))
            } catch {
                throw JournalError("the header's policy '\(policy.name)' cannot be read: \(error)")
            }
        }
        return policies
    }
}
