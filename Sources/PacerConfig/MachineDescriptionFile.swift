public import PacerModels
import PacerUnits
import Yams

/// Reads the description of a machine: its operating points and its power model.
///
///     name: desktop
///     summary: Eight cores, each with its own clock.
///     cores: 8
///     cores-per-domain: 1                 # default: all cores share one frequency
///     frequencies: [800 MHz, 1.6 GHz, 2.4 GHz, 3.2 GHz]
///     boost: [4.2 GHz]                    # default: none
///     power: { idle: 8 W, uncore: 6 W, cubic: 0.25 W/GHz^3, linear: 0.5 W/GHz, constant: 0.4 W }
///     counter-range: 262143328850 µJ
///     processor: AMD EPYC 7302P           # whose power it is; default: no machine's in particular
///     calibration: { date: 2026-11-22, source: measured, windows: 72, … }    # default: not measured
public enum MachineDescriptionFile {
    /// The description in the file at `path`.
    public static func load(path: String) throws(ConfigurationError) -> MachineDescription {
        try parse(try TextFile.read(path), file: path)
    }

    /// The description in `text`.
    ///
    /// - Parameter file: The path that errors name; its last component without `.yaml` must be the machine's
    ///   name.
    public static func parse(_ text: String, file: String) throws(ConfigurationError) -> MachineDescription {
        let root = try Section(try Document.compose(text, file: file), file: file, keys: keys)
        let frequencies = try root.required("frequencies", ascendingFrequencies)
        let boost = try root.optional("boost", ascendingFrequencies) ?? []
        guard let base = frequencies.last else {
            throw root.impossible("frequencies", "a machine runs at one frequency at least")
        }
        var description = MachineDescription(
            name: try root.required("name", .name(equalTo: TextFile.baseName(of: file))),
            summary: try root.required("summary", .line),
            frequencies: frequencies,
            boostFrequencies: boost,
            coresPerDomain: try root.optional("cores-per-domain", .integer(in: 1...PolicyFile.mostCores)),
            cores: try root.required("cores", .integer(in: 1...PolicyFile.mostCores)),
            power: try power(in: root),
            counterRangeMicrojoules: try root.required("counter-range", .microjoules))
        description.processor = try root.optional("processor", .line)
        description.calibration = try CalibrationSection.read(in: root)
        if let lowest = boost.first, lowest <= base {
            throw root.impossible("boost", "each is above the highest of 'frequencies', \(base)")
        }
        if let size = description.coresPerDomain, description.cores % size != 0 {
            throw root.impossible(
                "cores-per-domain", "\(description.cores) cores do not divide into domains of \(size)")
        }
        return description
    }

    private static let keys = [
        "name", "summary", "cores", "cores-per-domain", "frequencies", "boost", "power", "counter-range",
        "processor", "calibration",
    ]

    private static func power(in root: Section) throws(ConfigurationError) -> PowerModel {
        let power = try root.section("power", keys: ["idle", "uncore", "cubic", "linear", "constant"])
        return PowerModel(
            idle: try power.required("idle", watts),
            uncore: try power.required("uncore", watts),
            cubic: try power.required("cubic", .coefficient("W/GHz^3", "W/GHz³", example: "0.25 W/GHz^3")),
            linear: try power.required("linear", .coefficient("W/GHz", example: "0.5 W/GHz")),
            constant: try power.required("constant", watts).value)
    }

    static var watts: Format<Watts> {
        .quantity(
            Watts(0)...Watts(1e6), "a power of at least 0 with its unit, e.g. 65 W",
            parse: Watts.init(parsing:))
    }

    private static var ascendingFrequencies: Format<[Hertz]> {
        Format(
            accepted: "a list [..] of ascending frequencies with their unit, e.g. [800 MHz, 2.4 GHz]"
        ) { field throws(ConfigurationError) in
            guard field.node.sequence != nil else { return nil }
            let frequencies = try frequency.list.read(field)
            let ascends = zip(frequencies, frequencies.dropFirst()).allSatisfy { $0 < $1 }
            return ascends ? frequencies : nil
        }
    }

    /// Whole kilohertz, as the kernel counts.
    static var frequency: Format<Hertz> {
        .quantity(Hertz(kilohertz: 1)...Hertz(1e11), "a frequency with its unit, e.g. 2.4 GHz") { text in
            let frequency = try Hertz(parsing: text)
            return frequency.value < 1e12 ? Hertz(kilohertz: frequency.kilohertz) : frequency
        }
    }
}
