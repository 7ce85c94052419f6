import PacerConfig
import PacerModels
import PacerPlatform
import PacerUnits
import Testing

@Suite struct MachineDescriptionTextTests {
    private static func record(_ generator: inout SeededGenerator) -> CalibrationRecord {
        var record = CalibrationRecord(
            date: "2026-11-22", source: Bool.random(using: &generator) ? .measured : .emulated,
            windows: Int.random(in: 1...500, using: &generator),
            unknown: CalibrationFit.Name.allCases.map(\.rawValue).filter { _ in
                Bool.random(using: &generator)
            })
        let thousandths = { (generator: inout SeededGenerator) -> Double? in
            Bool.random(using: &generator) ? Double(Int.random(in: 0...2000, using: &generator)) / 1000 : nil
        }
        record.medianError = thousandths(&generator)
        record.highError = thousandths(&generator)
        record.memoryActivity = thousandths(&generator)
        record.transitionLatency = thousandths(&generator).map(Seconds.init)
        record.declaredLatency = thousandths(&generator).map(Seconds.init)
        record.boostOneCore = thousandths(&generator).map { .init(power: Watts($0 * 100), effective: nil) }
        record.boostAllCores = thousandths(&generator).map {
            .init(power: Watts($0 * 100), effective: Hertz(kilohertz: 3_000_001))
        }
        return record
    }

    /// Anything that a file can hold.
    private static func description(_ generator: inout SeededGenerator) -> MachineDescription {
        let millionths = { (most: Int, generator: inout SeededGenerator) in
            Double(Int.random(in: 0...most, using: &generator)) / 1_000_000
        }
        let steps = Int.random(in: 1...12, using: &generator)
        let frequencies = (0..<steps).map {
            Hertz(kilohertz: 400_000 + 300_000 * $0 + Int.random(in: 0...999, using: &generator))
        }
        let size = Int.random(in: 1...4, using: &generator)
        var description = MachineDescription(
            name: "machine-7",
            summary: ["plain", "a \"quoted\" one: with # and \\", "µ – ü"].randomElement(using: &generator)
                ?? "",
            frequencies: frequencies,
            boostFrequencies: Bool.random(using: &generator) ? [Hertz(kilohertz: 5_000_001)] : [],
            coresPerDomain: Bool.random(using: &generator) ? size : nil, cores: 4 * size,
            power: PowerModel(
                idle: Watts(millionths(200_000_000, &generator)),
                uncore: Watts(millionths(50_000_000, &generator)), cubic: millionths(900_000, &generator),
                linear: millionths(2_000_000, &generator), constant: millionths(3_000_000, &generator)),
            counterRangeMicrojoules: UInt64.random(in: 1...UInt64.max, using: &generator))
        if Bool.random(using: &generator) { description.processor = "Vendor(R) Thing: 5 @ 2.40GHz" }
        if Bool.random(using: &generator) { description.calibration = record(&generator) }
        return description
    }

    @Test(arguments: 1...200)
    func `what is written is read back`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let description = Self.description(&generator)
        let text = MachineDescriptionFile.text(description)
        let read = try MachineDescriptionFile.parse(text, file: "/etc/pacer/machine-7.yaml")
        // Decimal text and back: what differs is below the last digit that is written.
        #expect(MachineDescriptionFile.text(read) == text, "seed \(seed)")
        #expect(read.frequencies == description.frequencies, "seed \(seed)")
        #expect(read.summary == description.summary && read.processor == description.processor)
        #expect(abs(read.power.cubic - description.power.cubic) < 1e-9, "seed \(seed)")
        #expect(abs(read.power.idle.value - description.power.idle.value) < 1e-9, "seed \(seed)")
        #expect(read.calibration?.unknown == description.calibration?.unknown)
        #expect(
            read.calibration?.boostAllCores?.effective == description.calibration?.boostAllCores?.effective)
    }

    @Test(
        arguments: [
            ("date: yesterday", "'calibration.date' must be a day such as 2026-11-22, not 'yesterday'"),
            ("source: modelled", "'calibration.source' must be measured or emulated, not 'modelled'"),
            ("windows: 0", "'calibration.windows' must be a whole number from 1"),
            ("median-error: 0.8", "'calibration.median-error' must be a share from 0 %"),
            ("transition-latency: 0.4", "'calibration.transition-latency' must be a time with its unit"),
            ("unknown: [cubik]", "'calibration.unknown' must be idle, uncore, cubic, linear or constant"),
            ("boost-one-core: { power: 3 }", "'calibration.boost-one-core.power' must be a power"),
            ("medium-error: 1 %", "unknown key 'calibration.medium-error'; did you mean 'median-error'?"),
        ])
    func `a bad value is refused, with what the key takes`(line: String, says: String) {
        let key = line.prefix { $0 != ":" }
        let sound = ["date: 2026-11-22", "source: measured", "windows: 72"].filter {
            !$0.hasPrefix("\(key):")
        }
        let text =
            soundMachine + "\ncalibration:\n" + (sound + [line]).map { "  \($0)" }.joined(separator: "\n")
        let error = failure { () throws(ConfigurationError) in
            try MachineDescriptionFile.parse(text, file: "bench.yaml")
        }
        #expect(error?.sentence.contains(says) == true, "\(String(describing: error))")
    }
}
