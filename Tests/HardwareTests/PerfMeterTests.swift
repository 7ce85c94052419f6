import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerHardware

@Suite struct PerfMeterTests {
    private func events(_ tree: FakeTree) throws {
        try tree.write("21\n", to: "type")
        try tree.write("0,8\n", to: "cpumask")
        try tree.write("event=0x02\n", to: "events/energy-pkg")
        try tree.write("2.3283064365386962890625e-10\n", to: "events/energy-pkg.scale")
        try tree.write("Joules\n", to: "events/energy-pkg.unit")
    }

    @Test func `each package's event is opened on its CPU and counted by its scale`() throws {
        let tree = try FakeTree()
        try events(tree)
        var opened: [String] = []
        let count = Box<UInt64>(0)
        let meter = try #require(
            PerfMeter.open(root: tree.root, at: .zero) { type, code, cpu throws(PortError) in
                opened.append("\(type) \(code) \(cpu)")
                return { count.value }
            }.meter)
        #expect(opened == ["21 2 cpu0", "21 2 cpu8"])
        count.value = 1 << 32  // one joule each
        let reading = meter.read(at: at(1))
        #expect(reading.total == Joules(2))
        #expect(meter.longestReadingInterval == nil)
        count.value = 0  // does not wrap: going back is not energy
        #expect(meter.read(at: at(2)) == .init(at: at(2), total: Joules(2), unknown: Seconds(1)))
    }

    @Test func `events that may not be opened leave no meter and a sentence`() throws {
        let tree = try FakeTree()
        try events(tree)
        let result = PerfMeter.open(root: tree.root, at: .zero) { _, _, _ throws(PortError) in
            throw PortError(.notPermitted, "open the energy event", reason: "no")
        }
        #expect(result.meter == nil)
        #expect(
            result.notes == ["The perf energy events are not usable: could not open the energy event: no."])
        let absent = PerfMeter.open(root: "\(tree.root)/none", at: .zero)
        #expect(absent.notes == ["The kernel shows no perf energy events either."])
    }
}

final class Box<Value> {
    var value: Value

    init(_ value: Value) { self.value = value }
}
