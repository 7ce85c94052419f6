/// Why a text is not a quantity, in one sentence that names what would be.
public struct QuantityParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence, with an example of what is understood.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension Seconds {
    /// A length of time with its unit: `90s`, `30 min`, `1h30m`, `250 ms`.
    ///
    /// A number without a unit is refused: `30` may mean seconds to one reader and minutes to another.
    public init(parsing text: String) throws(QuantityParseError) {
        let units: [(String, Double)] = [
            ("ms", 1e-3), ("s", 1), ("sec", 1), ("m", 60), ("min", 60), ("h", 3600), ("d", 86400),
        ]
        var total = 0.0
        var rest = text[...].drop { $0 == " " }
        if rest.isEmpty { throw QuantityParseError("an empty text is not a length of time; write e.g. 30m") }
        while !rest.isEmpty {
            let (number, unit, tail) = try leadingQuantity(of: rest, in: text, example: "90s, 30m, 1h30m")
            guard let factor = units.first(where: { $0.0 == unit })?.1 else {
                let known = units.map(\.0).joined(separator: ", ")
                throw QuantityParseError(
                    unit.isEmpty
                        ? "'\(text)' lacks a unit; write e.g. \(text)s, \(text)m or \(text)h"
                        : "'\(unit)' in '\(text)' is not a unit of time; use \(known)")
            }
            total += number * factor
            rest = tail
        }
        guard total.isFinite else { throw QuantityParseError("'\(text)' is not a possible length of time") }
        self.init(total)
    }
}

extension Watts {
    /// A power with its unit: `65 W`, `900 mW`, `1.2 kW`.
    public init(parsing text: String) throws(QuantityParseError) {
        self.init(try scaled(text, units: [("W", 1), ("mW", 1e-3), ("kW", 1e3)], example: "65 W"))
    }
}

extension Hertz {
    /// A frequency with its unit: `2.4 GHz`, `800 MHz`.
    public init(parsing text: String) throws(QuantityParseError) {
        let units = [("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3), ("Hz", 1)]
        self.init(try scaled(text, units: units, example: "2.4 GHz"))
    }
}

extension Joules {
    /// An energy with its unit: `12 J`, `3.5 kJ`.
    public init(parsing text: String) throws(QuantityParseError) {
        let units = [("J", 1), ("mJ", 1e-3), ("kJ", 1e3), ("Wh", 3600), ("kWh", 3.6e6)]
        self.init(try scaled(text, units: units, example: "12 J"))
    }
}

/// A share with its unit, as a number: `10 %` is 0.1.
public func fraction(parsing text: String) throws(QuantityParseError) -> Double {
    try scaled(text, units: [("%", 0.01)], example: "10 %")
}

/// A size in bytes with its unit: `100 MB`, `4 GiB`.
public func byteCount(parsing text: String) throws(QuantityParseError) -> Int {
    let units = [
        ("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024), ("MiB", 1_048_576),
        ("GiB", 1_073_741_824),
    ]
    let bytes = try scaled(text, units: units, example: "100 MB")
    guard bytes >= 0, bytes < 9e18 else { throw QuantityParseError("'\(text)' is not a possible size") }
    return Int(bytes)
}

private func scaled(
    _ text: String, units: [(String, Double)], example: String
) throws(QuantityParseError) -> Double {
    let (number, unit, tail) = try leadingQuantity(of: text[...], in: text, example: example)
    guard let factor = units.first(where: { $0.0 == unit })?.1, tail.isEmpty else {
        let known = units.map(\.0).joined(separator: ", ")
        throw QuantityParseError(
            unit.isEmpty
                ? "'\(text)' lacks a unit; write e.g. \(example)"
                : "'\(text)' does not end in one of the units \(known); write e.g. \(example)")
    }
    return number * factor
}

/// The number at the start of `rest`, the letters behind it and what follows them.
private func leadingQuantity(
    of rest: Substring, in text: String, example: String
) throws(QuantityParseError) -> (Double, String, Substring) {
    let start = rest.drop { $0 == " " }
    let digits = start.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }
    guard let number = Double(digits), number.isFinite else {
        throw QuantityParseError("'\(text)' does not start with a number; write e.g. \(example)")
    }
    let behind = start[digits.endIndex...].drop { $0 == " " }
    let unit = behind.prefix { $0.isLetter || $0 == "%" }
    return (number, String(unit), behind[unit.endIndex...].drop { $0 == " " })
}
