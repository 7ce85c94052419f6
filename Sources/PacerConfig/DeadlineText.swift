import Glibc
import PacerUnits

/// Why a text is not a deadline, in one sentence that says what would be.
public struct DeadlineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String
}

/// Reads a deadline as people write it.
///
/// | written | means |
/// | --- | --- |
/// | `90s`, `30m`, `1h30m` | that long from now |
/// | `06:00`, `06:00:30` | the next time that the clock shows this, today or tomorrow |
/// | `tomorrow 06:00` | that time on the next calendar day |
/// | `2026-11-23T06:00`, also with seconds | local time |
/// | `2026-11-23T06:00Z`, `…+01:00` | that time in the zone named |
///
/// Where the clocks are set back, a time that occurs twice is the first one that is not over; where they are
/// set forward, a time that does not occur is as far behind the change as it says: 02:30 becomes 03:30.
public enum DeadlineText {
    /// How far local time is ahead of UTC, in seconds, at a time in Unix seconds.
    public typealias ZoneOffset = (_ unixSeconds: Int64) -> Int64

    /// The deadline in Unix nanoseconds.
    ///
    /// - Parameter now: Unix nanoseconds.
    /// - Parameter zone: The local time zone; that of the process unless told.
    public static func parse(
        _ text: String, now: Int64, zone: ZoneOffset = systemZone
    ) throws(DeadlineError) -> Int64 {
        let words = trimmed(text)
        guard !words.isEmpty else {
            throw DeadlineError(description: "an empty text is not a deadline; write \(examples)")
        }
        if words.utf8.allSatisfy({ isDigit($0) }) {
            throw DeadlineError(
                description: "'\(words)' lacks a unit; write \(words)s, \(words)m or \(words)h")
        }
        if let deadline = try point(words, now: now, zone: zone) {
            guard deadline > now else { throw past(words, by: now - deadline) }
            return deadline
        }
        return try later(words, now: now)
    }

    /// The time in Unix nanoseconds that `text` names and that has been: of a time of day (`06:00`) the
    /// latest up to now, while a date with a time stands for itself.
    ///
    /// - Parameter now: Unix nanoseconds.
    /// - Parameter zone: The local time zone; that of the process unless told.
    /// - Throws: Where the text is neither, a length of time for instance, or says what is still to come.
    public static func parsePast(
        _ text: String, now: Int64, zone: ZoneOffset = systemZone
    ) throws(DeadlineError) -> Int64 {
        let words = trimmed(text)
        let time: Int64?
        if let clock = try clockTime(words, in: words) {
            let today = day(of: now / nanosecondsPerSecond + zone(now / nanosecondsPerSecond))
            // The day before yesterday too: a time that the clocks skip counts behind the change.
            time = (today - 2...today).flatMap { instants(day: $0, clock: clock, zone: zone) }
                .last { $0 <= now }
        } else {
            time = try words.hasPrefix("tomorrow ") ? nil : point(words, now: 0, zone: zone)
        }
        guard let time, time <= now else {
            throw DeadlineError(
                description: "'\(words)' is not a time that has been; write e.g. 06:00 or 2026-11-23T06:00")
        }
        return time
    }

    /// The process's time zone, from `TZ` or `/etc/localtime`.
    public static func systemZone(_ unixSeconds: Int64) -> Int64 {
        var time = time_t(unixSeconds)
        var fields = tm()
        guard localtime_r(&time, &fields) != nil else { return 0 }
        return Int64(fields.tm_gmtoff)
    }

    private static let examples = "e.g. 30m, 06:00 or 2026-11-23T06:00"
    private static let secondsPerDay: Int64 = 86400
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000
    /// Later deadlines are slips of the pen.
    private static let longestDays = 3660

    /// A length of time from now.
    private static func later(_ text: String, now: Int64) throws(DeadlineError) -> Int64 {
        guard !text.dropFirst().contains("-") else {
            throw DeadlineError(description: "'\(text)' is not a deadline; write \(examples)")
        }
        let length: Seconds
        do {
            length = try Seconds(parsing: text)
        } catch {
            let isLength = text.utf8.first.map { isDigit($0) } ?? false
            guard isLength, !text.contains(":") else {
                throw DeadlineError(description: "'\(text)' is not a deadline; write \(examples)")
            }
            throw DeadlineError(description: "\(error)")
        }
        guard length > .zero else {
            throw DeadlineError(description: "'\(text)' is not ahead of now; write e.g. 30m")
        }
        guard length <= Seconds(Double(longestDays) * 86400) else {
            throw DeadlineError(description: "'\(text)' is more than \(longestDays) days ahead")
        }
        return now + Int64((length.value * 1e9).rounded())
    }

    /// A time of day or a date with one; `nil` when the text is neither.
    private static func point(
        _ text: String, now: Int64, zone: ZoneOffset
    ) throws(DeadlineError) -> Int64? {
        let today = day(of: now / nanosecondsPerSecond + zone(now / nanosecondsPerSecond))
        if let clock = try clockTime(text, in: text) {
            for day in [today, today + 1] {
                let hits = instants(day: day, clock: clock, zone: zone)
                if let next = hits.first(where: { $0 > now }) { return next }
            }
            return instants(day: today + 2, clock: clock, zone: zone).first
        }
        if text.hasPrefix("tomorrow ") {
            guard let clock = try clockTime(String(text.dropFirst("tomorrow ".count)), in: text) else {
                throw DeadlineError(description: "'\(text)' has no time of day; write e.g. tomorrow 06:00")
            }
            return instants(day: today + 1, clock: clock, zone: zone).first
        }
        guard let (day, rest) = try date(text) else { return nil }
        let (time, offset) = try zoneSuffix(rest, in: text)
        guard let clock = try clockTime(time, in: text) else {
            throw DeadlineError(
                description: "'\(text)' has a date without a time of day; write e.g. \(text.prefix(10))T06:00"
            )
        }
        if let offset { return (day * secondsPerDay + clock - offset) * nanosecondsPerSecond }
        let hits = instants(day: day, clock: clock, zone: zone)
        return hits.first { $0 > now } ?? hits.last
    }

    /// When the local clock shows `clock` seconds after midnight of `day`: once, or twice where the clocks
    /// are set back; where they are set forward over it, the time that much behind the change.
    private static func instants(day: Int64, clock: Int64, zone: ZoneOffset) -> [Int64] {
        let local = day * secondsPerDay + clock
        let before = zone(local - secondsPerDay)
        let after = zone(local + secondsPerDay)
        let candidates = before == after ? [local - before] : [local - before, local - after].sorted()
        let shown = candidates.filter { $0 + zone($0) == local }
        return (shown.isEmpty ? [local - before] : shown).map { $0 * nanosecondsPerSecond }
    }

    /// Seconds after midnight in `HH:MM` or `HH:MM:SS`; `nil` when the text does not look like one.
    private static func clockTime(_ text: String, in whole: String) throws(DeadlineError) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { (1...2).contains($0.utf8.count) ? number($0) : nil }
        guard (2...3).contains(parts.count), numbers.count == parts.count,
            parts.dropFirst().allSatisfy({ $0.utf8.count == 2 })
        else { return nil }
        let seconds = numbers.count == 3 ? numbers[2] : 0
        guard numbers[0] < 24, numbers[1] < 60, seconds < 60 else {
            throw DeadlineError(
                description: "'\(whole)' is not a time of day; they run from 00:00 to 23:59:59")
        }
        return numbers[0] * 3600 + numbers[1] * 60 + seconds
    }

    /// The day in `YYYY-MM-DD` at the start of the text, and what stands behind it and the `T`.
    private static func date(_ text: String) throws(DeadlineError) -> (Int64, String)? {
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { number($0) }
        guard numbers.count == 3, parts.map(\.utf8.count) == [4, 2, 2] else { return nil }
        var fields = tm()
        fields.tm_year = Int32(numbers[0] - 1900)
        fields.tm_mon = Int32(numbers[1] - 1)
        fields.tm_mday = Int32(numbers[2])
        let seconds = Int64(timegm(&fields))
        // timegm carries February 30 into March.
        guard Int64(fields.tm_mday) == numbers[2], Int64(fields.tm_mon) == numbers[1] - 1 else {
            throw DeadlineError(description: "'\(text)' has a day that is not in the calendar")
        }
        guard (1970...2200).contains(numbers[0]) else {
            throw DeadlineError(description: "'\(text)' is not in the years 1970 to 2200")
        }
        let rest = text.dropFirst(10)
        guard rest.isEmpty || rest.first == "T" || rest.first == " " else { return nil }
        return (seconds / secondsPerDay, String(rest.dropFirst()))
    }

    /// The time without the zone behind it, and the zone's offset from UTC; `nil` for local time.
    private static func zoneSuffix(
        _ text: String, in whole: String
    ) throws(DeadlineError) -> (String, Int64?) {
        if text.hasSuffix("Z") { return (String(text.dropLast()), 0) }
        guard let sign = text.firstIndex(where: { $0 == "+" || $0 == "-" }) else { return (text, nil) }
        let digits = text[sign...].dropFirst().filter { $0 != ":" }
        let number = digits.utf8.count == 2 ? self.number(digits + "00") : self.number(Substring(digits))
        guard let number, (2...4).contains(digits.utf8.count), number / 100 <= 14, number % 100 < 60 else {
            throw DeadlineError(description: "'\(whole)' does not end in a time zone; write Z or e.g. +01:00")
        }
        let offset = number / 100 * 3600 + number % 100 * 60
        return (String(text[..<sign]), text[sign] == "-" ? -offset : offset)
    }

    private static func past(_ text: String, by nanoseconds: Int64) -> DeadlineError {
        let length = Seconds(Double(nanoseconds) / 1e9)
        return DeadlineError(description: "the deadline '\(text)' was \(length) ago; it must be ahead of now")
    }

    private static func day(of seconds: Int64) -> Int64 {
        seconds >= 0 ? seconds / secondsPerDay : (seconds + 1) / secondsPerDay - 1
    }

    private static func trimmed(_ text: String) -> String {
        let tail = text.drop { $0.isWhitespace }
        return String(tail.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func number(_ text: some StringProtocol) -> Int64? {
        text.utf8.allSatisfy { isDigit($0) } ? Int64(text) : nil
    }
}
