import PacerUnits
import Yams

/// What a key takes: how to read it, and how to say it when something else was given.
struct Format<Value> {
    /// Completes "must be …".
    let accepted: String
    private let attempt: (Section.Field) throws(ConfigurationError) -> Value?

    /// A format for any kind of node; `attempt` returns `nil` for what it does not take.
    init(accepted: String, attempt: @escaping (Section.Field) throws(ConfigurationError) -> Value?) {
        self.accepted = accepted
        self.attempt = attempt
    }

    /// A format for scalars; `parse` returns `nil` or throws for what it does not take. The error that is
    /// reported is this format's, which says what the key takes.
    init(_ accepted: String, parse: @escaping (String) throws -> Value?) {
        self.init(accepted: accepted) { field throws(ConfigurationError) in
            do {
                return try field.text.flatMap(parse)
            } catch {
                return nil
            }
        }
    }

    /// The value in `field`.
    func read(_ field: Section.Field) throws(ConfigurationError) -> Value {
        guard let value = try attempt(field) else { throw field.refused(accepted) }
        return value
    }

    /// A list, written `[a, b]`, of what this format reads.
    var list: Format<[Value]> {
        let accepted = "a list [..] of which each is \(accepted)"
        return Format<[Value]>(accepted: accepted) { field throws(ConfigurationError) in
            guard let sequence = field.node.sequence else { return nil }
            var values: [Value] = []
            for node in sequence {
                values.append(try read(.init(key: field.key, node: node, file: field.file)))
            }
            return values
        }
    }
}

extension Format where Value == String {
    /// One line of text that is not empty.
    static var line: Format {
        Format("one line of text") { text in
            text.isEmpty || text.contains(where: \.isNewline) ? nil : text
        }
    }

    /// Lower-case letters, digits and dashes.
    static func name(equalTo expected: String) -> Format {
        Format("'\(expected)', the name of the file, in lower-case letters, digits and dashes") { text in
            text == expected && isIdentifier(text) ? text : nil
        }
    }

    /// A key into the list of references.
    static var identifier: Format {
        Format("a name of lower-case letters, digits and dashes") { isIdentifier($0) ? $0 : nil }
    }

    /// A path from the root.
    static func absolutePath(limit: Int = 4095) -> Format {
        Format("an absolute path of at most \(limit) bytes") { text in
            text.hasPrefix("/") && text.utf8.count <= limit && !text.utf8.contains(0) ? text : nil
        }
    }
}

extension Format where Value == Int {
    /// A whole number in a range.
    static func integer(in range: ClosedRange<Int>) -> Format {
        Format("a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            guard let number = Int(text), range.contains(number) else { return nil }
            return number
        }
    }
}

extension Format where Value == UInt64 {
    /// A whole number of microjoules.
    static var microjoules: Format {
        Format("a whole number of microjoules with the unit, e.g. 262143328850 µJ") { text in
            let (number, unit) = numberAndUnit(text)
            guard ["µJ", "μJ", "uJ"].contains(unit), let count = UInt64(number), count > 0 else { return nil }
            return count
        }
    }
}

extension Format where Value == Double {
    /// A share with a percent sign.
    static func percentage(in range: ClosedRange<Int>) -> Format {
        Format("a share from \(range.lowerBound) % to \(range.upperBound) %, e.g. \"10 %\"") { text in
            let share = try fraction(parsing: text)
            let accepted = Double(range.lowerBound) / 100...Double(range.upperBound) / 100
            return accepted.contains(share) ? share : nil
        }
    }

    /// A coefficient that is at least zero, in exactly one unit (of which several spellings are accepted).
    static func coefficient(_ units: String..., example: String) -> Format {
        let accepted = "a number of at least 0 with the unit \(alternatives(units)), e.g. \(example)"
        return Format(accepted) { text in
            let (number, unit) = numberAndUnit(text)
            guard units.contains(unit), let value = Double(number) else { return nil }
            return value.isFinite && value >= 0 ? value : nil
        }
    }
}

extension Format where Value: Quantity {
    /// A quantity with its unit in a range whose ends are written as text for people.
    static func quantity(
        _ range: ClosedRange<Value>, _ words: String, parse: @escaping (String) throws -> Value
    ) -> Format {
        Format(words) { text in
            let quantity = try parse(text)
            return range.contains(quantity) ? quantity : nil
        }
    }
}

extension Format {
    /// One of a few words.
    static func word(_ choices: [(String, Value)]) -> Format {
        Format(alternatives(choices.map(\.0))) { text in choices.first { $0.0 == text }?.1 }
    }
}

extension Format where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the type's cases.
    static var word: Format { word(Value.allCases.map { ($0.rawValue, $0) }) }
}

/// `a, b or c`.
func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
}

func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
        && text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
}

/// The digits at the start of a text and what stands behind them.
private func numberAndUnit(_ text: String) -> (String, String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
    let unit = text[number.endIndex...].drop { $0 == " " }
    return (String(number), String(unit))
}
