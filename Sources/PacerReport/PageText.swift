import PacerUnits

/// `text` for HTML, between tags and inside quoted attributes alike; control characters become visible marks.
func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case "\n", "\t": result += " "
        default:
            if isControl(scalar) { result += "\u{FFFD}" } else { result.unicodeScalars.append(scalar) }
        }
    }
    return result
}

/// What no text for people needs: control characters, and those that turn the direction of what follows.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE...0xFFFF: true
    default: false
    }
}

/// A count with its thousands apart: `12 345`.
func count(_ number: Int) -> String {
    var digits = Array(String(number.magnitude))
    guard digits.count > 4 else { return number < 0 ? "−\(-number)" : "\(number)" }
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert("\u{202F}", at: place) }
    return (number < 0 ? "−" : "") + String(digits)
}

/// `1 job`, `12 jobs`.
func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(count(number))\u{A0}\(number == 1 ? noun : plural ?? "\(noun)s")"
}

/// A share as a percentage with one digit behind the point: `4.1 %`.
func percent(_ share: Double) -> String {
    let text = decimal(abs(share) * 100, places: abs(share) >= 0.9995 ? 0 : 1)
    return (share < 0 && text != "0.0" ? "−" : "") + text + "\u{A0}%"
}

/// A quantity whose number and unit stay together at the end of a line.
func unbroken(_ quantity: some CustomStringConvertible) -> String {
    String(quantity.description.map { $0 == " " ? "\u{A0}" : $0 })
}

/// A coordinate or a percentage inside the page, without needless digits.
func coordinate(_ value: Double, places: Int = 1) -> String {
    decimal(value, places: places, keepZeros: false)
}

/// `2.4` of 2.4 GHz; with `places`, that many digits behind the point whatever they are.
func gigahertz(_ kilohertz: Int, places: Int? = nil) -> String {
    decimal(Double(kilohertz) / 1e6, places: places ?? 2, keepZeros: places != nil)
}

extension ReportConfiguration {
    /// `2 cores at 1.6 GHz`; only the cores where the frequency cannot be chosen.
    var words: String {
        let cores = counted(cores, "core")
        return frequencyKilohertz.map { "\(cores) at \(gigahertz($0))\u{A0}GHz" } ?? cores
    }
}
