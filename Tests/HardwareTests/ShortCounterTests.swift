import PacerPlatform
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerHardware

/// Counters that wrap every few seconds.
@Suite struct ShortCounterTests {
    private let tree: FakeTree

    init() throws { tree = try FakeTree() }

    private func open() throws -> (meter: RAPLMeter, notes: [String]) {
        let opened = RAPLMeter.open(root: tree.root, at: .zero)
        return (try #require(opened.meter, "\(opened.notes)"), opened.notes)
    }

    /// A package whose largest power limit is 95 W, and its memory, which has none.
    private func shortTree(range: UInt64 = 60_000_000) throws {
        try tree.zone("intel-rapl:0", name: "package-0", range: range)
        try tree.write("95000000\n", to: "intel-rapl:0/constraint_0_max_power_uw")
        try tree.write("65000000\n", to: "intel-rapl:0/constraint_0_power_limit_uw")
        try tree.write("0\n", to: "intel-rapl:0/constraint_1_max_power_uw")
        try tree.write("90000000\n", to: "intel-rapl:0/constraint_1_power_limit_uw")
        try tree.zone("intel-rapl:0:0", name: "dram", range: range)
    }

    @Test func `a counter that wraps within seconds is bounded by twice the power that the machine states`()
        throws
    {
        try shortTree()
        let opened = try open()
        // 60 J at 190 W are 316 ms, a quarter of which is 79 ms.
        let interval = try #require(opened.meter.longestReadingInterval)
        #expect(interval > .milliseconds(78) && interval < .milliseconds(79))
        #expect(opened.notes.count { $0.contains("wraps after 60 J") && $0.contains("190 W") } == 2)
    }

    @Test func `a limit above the stated maximum is what the power may rise to`() throws {
        try shortTree()
        try tree.write("150000000\n", to: "intel-rapl:0/constraint_1_power_limit_uw")
        let interval = try #require(try open().meter.longestReadingInterval)
        #expect(interval > .milliseconds(49) && interval <= .milliseconds(50))
    }

    @Test func `an ordinary counter is not bounded by what is stated, which boards are known to exceed`()
        throws
    {
        try shortTree(range: 65_532_610_987)
        let opened = try open()
        #expect(opened.notes.isEmpty)
        let interval = try #require(opened.meter.longestReadingInterval)
        #expect(interval > .milliseconds(8191) && interval < .milliseconds(8192))
    }

    @Test func `every joule is counted over many wraps, whatever the power does below the bound`() throws {
        try shortTree()
        let meter = try open().meter
        let interval = Seconds(try #require(meter.longestReadingInterval))
        var random = SeededGenerator(seed: 11)
        var now = Instant.zero
        var true0: UInt64 = 0
        var true1: UInt64 = 0
        for _ in 0..<4000 {
            // A little late at times, and up to 180 W.
            let length = interval * Double.random(in: 0.2...1.5, using: &random)
            now = now + length
            true0 += UInt64(length.value * 1e6 * Double.random(in: 0...180, using: &random))
            true1 += UInt64(length.value * 1e6 * Double.random(in: 0...20, using: &random))
            try tree.set("intel-rapl:0", true0 % 60_000_001)
            try tree.set("intel-rapl:0:0", true1 % 60_000_001)
            _ = meter.read(at: now)
        }
        let wraps = true0 / 60_000_001 + true1 / 60_000_001
        #expect(wraps > 300)
        let reading = meter.read(at: now)
        #expect(reading.unknown == .zero)
        // A wrap is under-counted by one unit, here of a microjoule.
        #expect(reading.microjoules == true0 + true1 - wraps)
    }

    @Test func `a reading so late that a turn may hide in it is unknown, and the next is not`() throws {
        try shortTree()
        let meter = try open().meter
        try tree.set("intel-rapl:0", 10_000_000)
        #expect(meter.read(at: at(0.35)) == .init(at: at(0.35), total: .zero, unknown: Seconds(0.35)))
        try tree.set("intel-rapl:0", 12_000_000)
        #expect(meter.read(at: at(0.45)) == .init(at: at(0.45), total: Joules(2), unknown: Seconds(0.35)))
    }

    @Test func `without a stated power a short counter is read fifty times a second and no guess is made`()
        throws
    {
        try tree.zone("intel-rapl:0", name: "package-0", range: 30_000_000)
        let opened = try open()
        #expect(opened.meter.longestReadingInterval == .milliseconds(20))
        // 30 J at 2000 W are 15 ms: what a reading after 20 ms says may have a turn in it.
        try tree.set("intel-rapl:0", 1_000_000)
        let reading = opened.meter.read(at: at(0.02))
        #expect(reading == .init(at: at(0.02), total: .zero, unknown: Seconds(0.02)))
        #expect(opened.notes.contains { $0.contains("wraps after 30 J") && $0.contains("unknown") })
    }

    @Test func `what cannot be read of a limit is not a bound`() throws {
        try tree.zone("intel-rapl:0", name: "package-0", range: 100_000_000)
        try tree.write("0\n", to: "intel-rapl:0/constraint_0_max_power_uw")
        try tree.write("soon\n", to: "intel-rapl:0/constraint_0_power_limit_uw")
        // 100 J at 2000 W are 50 ms.
        #expect(try open().meter.longestReadingInterval == .milliseconds(20))
    }
}
