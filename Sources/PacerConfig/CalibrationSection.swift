import PacerModels
import PacerPlatform
import PacerUnits

/// The part of a machine description that says how it was measured.
///
///     calibration:
///       date: 2026-11-22
///       source: measured                  # measured | emulated
///       windows: 72
///       median-error: "0.8 %"             # of the power at points that the fit had not seen
///       high-error: "2.1 %"               # its 95th percentile
///       unknown: [linear]                 # could not be told from other coefficients, and are zero
///       memory-activity: "83 %"           # core power of memory-bound load, of that of compute-bound load
///       transition-latency: 0.4 ms        # from the request until the frequency is read back
///       declared-latency: 0.02 ms         # what the driver says
///       boost-one-core: { power: 31 W, effective: 4.1 GHz }
///       boost-all-cores: { power: 96 W }
///
/// Only the first three must be given.
enum CalibrationSection {
    private static let keys = [
        "date", "source", "windows", "median-error", "high-error", "unknown", "memory-activity",
        "transition-latency", "declared-latency", "boost-one-core", "boost-all-cores",
    ]

    static func read(in root: Section) throws(ConfigurationError) -> CalibrationRecord? {
        guard let section = try root.optionalSection("calibration", keys: keys) else { return nil }
        var record = CalibrationRecord(
            date: try section.required("date", date),
            source: try section.required(
                "source", .word([("measured", EnergySource.measured), ("emulated", .emulated)])),
            windows: try section.required("windows", .integer(in: 1...1_000_000)),
            unknown: try section.optional("unknown", coefficient.list) ?? [])
        record.medianError = try section.optional("median-error", share)
        record.highError = try section.optional("high-error", share)
        record.memoryActivity = try section.optional("memory-activity", share)
        record.transitionLatency = try section.optional("transition-latency", latency)
        record.declaredLatency = try section.optional("declared-latency", latency)
        record.boostOneCore = try boost("boost-one-core", in: section)
        record.boostAllCores = try boost("boost-all-cores", in: section)
        return record
    }

    /// The lines of the section.
    static func lines(_ record: CalibrationRecord) -> [String] {
        var lines = [
            "date: \(record.date)", "source: \(record.source.rawValue)", "windows: \(record.windows)",
        ]
        let shares = [
            ("median-error", record.medianError), ("high-error", record.highError),
            ("memory-activity", record.memoryActivity),
        ]
        for (key, value) in shares {
            if let value { lines.append("\(key): \"\(number(value * 100)) %\"") }
        }
        if !record.unknown.isEmpty {
            lines.append("unknown: [\(record.unknown.joined(separator: ", "))]")
        }
        let latencies = [
            ("transition-latency", record.transitionLatency), ("declared-latency", record.declaredLatency),
        ]
        for (key, value) in latencies {
            if let value { lines.append("\(key): \(number(value.value * 1000)) ms") }
        }
        let boosts = [
            ("boost-one-core", record.boostOneCore), ("boost-all-cores", record.boostAllCores),
        ]
        for (key, value) in boosts {
            guard let value else { continue }
            let effective = value.effective.map { ", effective: \(MachineDescriptionFile.text($0))" } ?? ""
            lines.append("\(key): { power: \(number(value.power.value)) W\(effective) }")
        }
        return ["calibration:"] + lines.map { "  \($0)" }
    }

    private static func number(_ value: Double) -> String { decimal(value, places: 6, keepZeros: false) }

    private static func boost(
        _ key: String, in section: Section
    ) throws(ConfigurationError) -> CalibrationRecord.Boost? {
        guard let boost = try section.optionalSection(key, keys: ["power", "effective"]) else { return nil }
        return CalibrationRecord.Boost(
            power: try boost.required("power", MachineDescriptionFile.watts),
            effective: try boost.optional("effective", MachineDescriptionFile.frequency))
    }

    private static var share: Format<Double> { .percentage(in: 0...10_000) }

    private static var latency: Format<Seconds> {
        .quantity(
            Seconds(0)...Seconds(60), "a time with its unit, e.g. 0.4 ms", parse: Seconds.init(parsing:))
    }

    private static var coefficient: Format<String> {
        .word(CalibrationFit.Name.allCases.map { ($0.rawValue, $0.rawValue) })
    }

    private static var date: Format<String> {
        Format("a day such as 2026-11-22") { text in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            let isDate =
                parts.map(\.utf8.count) == [4, 2, 2]
                && parts.joined().utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return isDate ? text : nil
        }
    }
}
