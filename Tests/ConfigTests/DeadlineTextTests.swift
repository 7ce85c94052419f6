import Glibc
import PacerConfig
import Testing

@Suite struct DeadlineTextTests {
    /// Central European Time in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    private static func berlin(_ unixSeconds: Int64) -> Int64 {
        (1_774_746_000..<1_792_890_000).contains(unixSeconds) ? 7200 : 3600
    }

    private static func utc(_ unixSeconds: Int64) -> Int64 { 0 }

    /// 2026-11-22T18:30:00Z, which is 19:30 in Berlin.
    private let now: Int64 = 1_795_372_200

    private func seconds(_ text: String, now: Int64, zone: DeadlineText.ZoneOffset) throws -> Int64 {
        let deadline = try DeadlineText.parse(text, now: now * 1_000_000_000, zone: zone)
        #expect(deadline % 1_000_000_000 == 0)
        return deadline / 1_000_000_000
    }

    @Test(arguments: [
        ("90s", 90), ("30m", 1800), ("1h30m", 5400), (" 2 h ", 7200), ("1d", 86400), ("+5m", 300),
    ])
    func `a length of time counts from now`(text: String, length: Int64) throws {
        #expect(try seconds(text, now: now, zone: Self.berlin) == now + length)
    }

    @Test(
        arguments: [
            ("20:00", 1800), ("19:30:05", 5), ("19:30", 86400), ("06:00", 37800), ("6:00", 37800),
            ("tomorrow 20:00", 88200), ("2026-11-22T20:00", 1800), ("2026-11-22 20:00:30", 1830),
            ("2026-11-22T20:00Z", 5400), ("2026-11-22T20:00+01:00", 1800), ("2026-11-22T20:00-0200", 12600),
            ("2026-11-22T20:00:10+01", 1810), ("2026-11-23T00:00", 16200),
        ])
    func `a time of day is the next one, and a date stands for itself`(text: String, ahead: Int64) throws {
        #expect(try seconds(text, now: now, zone: Self.berlin) == now + ahead)
    }

    @Test func `a time that the clocks skip is as far behind the change as it says`() throws {
        // 2026-03-28T23:00:00Z, midnight in Berlin; 02:30 does not occur, 03:30 is 01:30 UTC.
        let midnight: Int64 = 1_774_738_800
        #expect(try seconds("02:30", now: midnight, zone: Self.berlin) == midnight + 9000)
        #expect(try seconds("03:30", now: midnight, zone: Self.berlin) == midnight + 9000)
        #expect(try seconds("2026-03-29T02:30", now: midnight, zone: Self.berlin) == midnight + 9000)
        #expect(try seconds("06:00", now: midnight, zone: Self.berlin) == midnight + 5 * 3600)
    }

    @Test func `a time that the clocks show twice is the first one that is not over`() throws {
        // 2026-10-24T22:00:00Z, midnight in Berlin; 02:30 occurs at 00:30 and at 01:30 UTC.
        let midnight: Int64 = 1_792_879_200
        #expect(try seconds("02:30", now: midnight, zone: Self.berlin) == midnight + 9000)
        #expect(try seconds("02:30", now: midnight + 9000, zone: Self.berlin) == midnight + 12600)
        #expect(
            try seconds("02:30", now: midnight + 12600, zone: Self.berlin) == midnight + 9000 + 25 * 3600)
        #expect(try seconds("06:00", now: midnight, zone: Self.berlin) == midnight + 7 * 3600)
    }

    @Test(
        arguments: [
            ("", "an empty text is not a deadline"), ("30", "'30' lacks a unit; write 30s, 30m or 30h"),
            ("2026-11-22T19:00", "the deadline '2026-11-22T19:00' was 30 min 0 s ago"),
            ("0s", "not ahead of now"), ("-5m", "not ahead of now"), ("1h-30m", "not a deadline"),
            ("24:00", "they run from 00:00 to 23:59:59"), ("12:60", "they run from"),
            ("soon", "'soon' is not a deadline"),
            ("30 lightyears", "'lightyears' in '30 lightyears' is not a unit of time"),
            ("2026-02-30T06:00", "a day that is not in the calendar"),
            ("2026-11-23", "a date without a time of day"),
            ("2026-11-23T06:00+99:00", "does not end in a time zone"), ("9999-01-01T00:00", "1970 to 2200"),
            ("999999d", "more than 3660 days ahead"), ("tomorrow", "not a deadline"),
            ("6:0", "not a deadline"),
        ])
    func `what is not a deadline ahead is refused with a sentence`(text: String, says: String) {
        #expect {
            try DeadlineText.parse(text, now: now * 1_000_000_000, zone: Self.berlin)
        } throws: { error in
            guard "\(error)".contains(says) else {
                Issue.record("'\(text)': \(error)")
                return false
            }
            return true
        }
    }

    @Test(
        arguments: [
            ("19:30", 0), ("19:29:55", 5), ("20:00", 84600), ("06:00", 48600), (" 6:00 ", 48600),
            ("2026-11-22T18:30", 3600), ("2026-11-22T18:00Z", 1800), ("2026-11-21 19:30", 86400),
        ])
    func `of a time that has been the latest is meant`(text: String, ago: Int64) throws {
        let time = try DeadlineText.parsePast(text, now: now * 1_000_000_000, zone: Self.berlin)
        #expect(time == (now - ago) * 1_000_000_000)
    }

    @Test(
        arguments: [
            // 04:30 UTC on the day on which the clocks are set back: 05:30. 06:00 was in summer time.
            (1_792_902_600, "06:00", 88200), (1_792_902_600, "02:30", 10800),
            // 04:30 UTC on the day on which they are set forward: 06:30. 02:30 counts as 03:30.
            (1_774_758_600, "06:00", 1800), (1_774_758_600, "02:30", 10800),
        ] as [(Int64, String, Int64)])
    func `the latest time of day is right where the clocks were set`(now: Int64, text: String, ago: Int64)
        throws
    {
        let time = try DeadlineText.parsePast(text, now: now * 1_000_000_000, zone: Self.berlin)
        #expect(time == (now - ago) * 1_000_000_000)
    }

    @Test(arguments: [
        "", "30", "30m", "soon", "24:00", "2026-11-22T20:00", "2026-11-22", "tomorrow 06:00",
        "2026-02-30T06:00",
    ])
    func `what has not been is no time that has been`(text: String) {
        #expect(throws: DeadlineError.self) {
            try DeadlineText.parsePast(text, now: now * 1_000_000_000, zone: Self.berlin)
        }
    }

    @Test func `texts made at random are read or refused`() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array("0123456789:-+TZ .hmsd%")
        for _ in 0..<5000 {
            let length = Int.random(in: 0...20, using: &random)
            let text = String((0..<length).compactMap { _ in alphabet.randomElement(using: &random) })
            do {
                let deadline = try DeadlineText.parse(text, now: now * 1_000_000_000, zone: Self.berlin)
                #expect(deadline > now * 1_000_000_000, "'\(text)'")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test(
        .enabled(
            if: access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0,
            "/usr/share/zoneinfo/Europe/Berlin is not there"))
    func `the process's time zone agrees with the table that these tests use`() async {
        // In a process of its own: TZ belongs to the whole process.
        await #expect(processExitsWith: .success) {
            setenv("TZ", "Europe/Berlin", 1)
            tzset()
            for hour in 0..<8760 {
                let time = 1_767_225_600 + Int64(hour) * 3600
                guard DeadlineText.systemZone(time) == DeadlineTextTests.berlin(time) else { exit(1) }
            }
            exit(0)
        }
    }
}
