public import PacerModels
import PacerUnits

extension MachineDescriptionFile {
    /// The file of `description`, which ``parse(_:file:)`` reads back: powers and coefficients to a millionth
    /// of their unit, frequencies exactly.
    public static func text(_ description: MachineDescription) -> String {
        var lines = [
            "name: \(description.name)", "summary: \(quoted(description.summary))",
            "cores: \(description.cores)",
        ]
        if let size = description.coresPerDomain { lines.append("cores-per-domain: \(size)") }
        lines.append("frequencies: \(list(description.frequencies))")
        if !description.boostFrequencies.isEmpty {
            lines.append("boost: \(list(description.boostFrequencies))")
        }
        let power = description.power
        lines += [
            "power:", "  idle: \(number(power.idle.value)) W", "  uncore: \(number(power.uncore.value)) W",
            "  cubic: \(number(power.cubic)) W/GHz^3", "  linear: \(number(power.linear)) W/GHz",
            "  constant: \(number(power.constant)) W",
            "counter-range: \(description.counterRangeMicrojoules) µJ",
        ]
        if let processor = description.processor { lines.append("processor: \(quoted(processor))") }
        if let record = description.calibration { lines += CalibrationSection.lines(record) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether `name` can be that of a description: lower-case letters, digits and dashes.
    public static func isName(_ name: String) -> Bool { isIdentifier(name) }

    /// In whole kilohertz.
    static func text(_ frequency: Hertz) -> String {
        "\(decimal(Double(frequency.kilohertz) / 1000, places: 3, keepZeros: false)) MHz"
    }

    private static func list(_ frequencies: [Hertz]) -> String {
        "[\(frequencies.map(text).joined(separator: ", "))]"
    }

    private static func number(_ value: Double) -> String { decimal(value, places: 6, keepZeros: false) }

    /// In double quotes, for text that may hold anything.
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: " "
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
