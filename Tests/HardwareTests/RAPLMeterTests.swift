import PacerPlatform
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerHardware

@Suite struct RAPLMeterTests {
    private let tree: FakeTree

    init() throws { tree = try FakeTree() }

    private func open(peak: Watts = RAPLMeter.defaultPeakPower) throws -> RAPLMeter {
        let opened = RAPLMeter.open(root: tree.root, at: .zero, peakPower: peak)
        return try #require(opened.meter, "\(opened.notes)")
    }

    private func intelTree() throws {
        try tree.write("1\n", to: "intel-rapl/enabled")
        try tree.zone("intel-rapl:0", name: "package-0", energy: 1000)
        try tree.zone("intel-rapl:0:0", name: "core")
        try tree.zone("intel-rapl:0:1", name: "uncore")
        try tree.zone("intel-rapl:0:2", name: "dram", range: 65_712_999_613)
        try tree.zone("intel-rapl:1", name: "psys")
        try tree.zone("intel-rapl-mmio:0", name: "package-0", energy: 77)
    }

    @Test func `packages and memory are counted, parts of them and the platform are only shown`() throws {
        try intelTree()
        let meter = try open()
        #expect(meter.domains.map(\.name) == ["package-0", "core", "uncore", "dram", "psys"])
        #expect(meter.domains.filter(\.countsTowardsTotal).map(\.name) == ["package-0", "dram"])
        #expect(meter.source == .measured)
        try tree.set("intel-rapl:0", 5_001_000)
        try tree.set("intel-rapl:0:0", 4_000_000)
        try tree.set("intel-rapl:0:2", 1_000_000)
        try tree.set("intel-rapl:1", 9_000_000)
        try tree.set("intel-rapl-mmio:0", 5_000_077)
        let reading = meter.read(at: at(1))
        #expect(reading.total == Joules(6))
        #expect(reading.unknown == .zero)
    }

    @Test func `an interval in which the machine slept is unknown, and the next one is not`() {
        var count: UInt64 = 1000
        var asleep = Seconds.zero
        let domain = EnergyDomain(
            name: "package-0", origin: "test", rangeMicrojoules: 1 << 40, countsTowardsTotal: true)
        let source = CounterBank.Source(
            domain: domain, unit: .microjoule, track: CounterTrack(range: 1 << 40, peakPerSecond: nil),
            read: { count })
        var bank = CounterBank([source], at: at(0), asleep: { asleep })
        count = 3000
        #expect(bank.read(at: at(1)).microjoules == 2000)
        // Counters may begin anew while the machine sleeps.
        count = 10
        asleep += Seconds(3600)
        #expect(
            bank.read(at: at(3602)) == EnergyReading(at: at(3602), microjoules: 2000, unknown: Seconds(3601)))
        count = 510
        #expect(
            bank.read(at: at(3603)) == EnergyReading(at: at(3603), microjoules: 2500, unknown: Seconds(3601)))
    }

    @Test func `the memory-mapped twin of a package is dropped, but a zone of its own is kept`() throws {
        try intelTree()
        try tree.zone("intel-rapl-mmio:1", name: "package-1")
        let meter = try open()
        let origins = meter.domains.map { $0.origin.split(separator: "/").last ?? "" }
        #expect(!origins.contains("intel-rapl-mmio:0"))
        #expect(origins.contains("intel-rapl-mmio:1"))
    }

    @Test func `zone numbers are hexadecimal and need not be package numbers`() throws {
        for number in 0..<18 {
            try tree.zone("intel-rapl:\(String(number, radix: 16))", name: "package-\(17 - number)")
        }
        try tree.zone("intel-rapl:a:0", name: "dram")
        let meter = try open()
        #expect(meter.domains.count == 19)
        let folders = meter.domains.map { String($0.origin.split(separator: "/").last ?? "") }
        #expect(folders[9...12] == ["intel-rapl:9", "intel-rapl:a", "intel-rapl:a:0", "intel-rapl:b"])
        #expect(PowercapZone.parse("intel-rapl:1f:A") == nil)
        #expect(PowercapZone.parse("intel-rapl:") == nil)
        #expect(PowercapZone.parse("intel-rapl") == nil)
        #expect(PowercapZone.parse("dtpm:0") == nil)
    }

    @Test func `an AMD package counts and its core domain does not`() throws {
        try tree.zone("intel-rapl:0", name: "package-0", range: 65_532_610_987)
        try tree.zone("intel-rapl:0:0", name: "core", range: 65_532_610_987)
        let meter = try open()
        #expect(meter.domains.map(\.countsTowardsTotal) == [true, false])
        // 65 532 J at 2000 W, a quarter of it.
        let interval = try #require(meter.longestReadingInterval)
        #expect(interval > .milliseconds(8191) && interval < .milliseconds(8192))
    }

    @Test func `the platform counts where there is nothing else`() throws {
        try tree.zone("intel-rapl:0", name: "psys")
        #expect(try open().domains.map(\.countsTowardsTotal) == [true])
    }

    @Test func `a counter that wrapped goes on from its range`() throws {
        try tree.zone("intel-rapl:0", name: "package-0", energy: 262_143_328_000)
        let meter = try open()
        try tree.set("intel-rapl:0", 149_150)
        #expect(meter.read(at: at(1)).total == Joules(0.15))
    }

    @Test func `a jump that no package can draw is unknown time, and the next interval is known again`()
        throws
    {
        try tree.zone("intel-rapl:0", name: "package-0", energy: 50_000_000_000)
        let meter = try open()
        try tree.set("intel-rapl:0", 0)  // cleared by suspend: looks like a wrap of 212 kJ
        #expect(meter.read(at: at(1)) == .init(at: at(1), total: .zero, unknown: Seconds(1)))
        try tree.set("intel-rapl:0", 7_000_000)
        #expect(meter.read(at: at(2)) == .init(at: at(2), total: Joules(7), unknown: Seconds(1)))
    }

    @Test func `a counter that fails makes the time up to its recovery unknown`() throws {
        try tree.zone("intel-rapl:0", name: "package-0")
        let meter = try open()
        try tree.set("intel-rapl:0", 10_000_000)
        #expect(meter.read(at: at(1)).total == Joules(10))
        for broken in ["", "-\n", "12 W\n", "99999999999999999999999\n"] {
            try tree.write(broken, to: "intel-rapl:0/energy_uj")
            #expect(meter.read(at: at(2)).total == Joules(10))
        }
        try tree.remove("intel-rapl:0/energy_uj")
        #expect(meter.read(at: at(3)).unknown == Seconds(2))
        try tree.set("intel-rapl:0", 30_000_000)
        #expect(meter.read(at: at(4)) == .init(at: at(4), total: Joules(10), unknown: Seconds(3)))
        try tree.set("intel-rapl:0", 35_000_000)
        #expect(meter.read(at: at(5)) == .init(at: at(5), total: Joules(15), unknown: Seconds(3)))
    }

    @Test func `when one package is unknown the other's energy of that interval is not added`() throws {
        try tree.zone("intel-rapl:0", name: "package-0")
        try tree.zone("intel-rapl:1", name: "package-1")
        let meter = try open()
        try tree.set("intel-rapl:0", 5_000_000)
        try tree.write("?", to: "intel-rapl:1/energy_uj")
        #expect(meter.read(at: at(1)) == .init(at: at(1), total: .zero, unknown: Seconds(1)))
    }

    @Test func `an interval that may hide a whole turn is unknown`() throws {
        try tree.zone("intel-rapl:0", name: "package-0", range: 1_000_000)
        let meter = try open(peak: Watts(1))
        #expect(meter.longestReadingInterval == .milliseconds(250))
        try tree.set("intel-rapl:0", 500_000)
        #expect(meter.read(at: at(1.5)).unknown == Seconds(1.5))
    }

    @Test func `microjoules stay integers until the division`() throws {
        try tree.zone("intel-rapl:0", name: "package-0")
        let meter = try open()
        for step in 1...1000 {
            try tree.set("intel-rapl:0", UInt64(step) * 19)
            _ = meter.read(at: at(Double(step)))
        }
        #expect(meter.read(at: at(1001)).total.value == 19_000.0 / 1_000_000)
    }

    @Test func `what is absent or malformed is said in a sentence`() throws {
        let absent = RAPLMeter.open(root: "\(tree.root)/none", at: .zero)
        #expect(absent.meter == nil)
        #expect(absent.notes == ["The kernel shows no energy counters: there is no \(tree.root)/none."])
        try tree.write("package-0\n", to: "intel-rapl:0/name")
        try tree.write("0\n", to: "intel-rapl:0/max_energy_range_uj")
        let malformed = RAPLMeter.open(root: tree.root, at: .zero)
        #expect(malformed.meter == nil)
        #expect(malformed.notes.first?.contains("intel-rapl:0 is left out") == true)
        #expect(malformed.notes.last == "There is no RAPL energy counter under \(tree.root).")
    }
}
