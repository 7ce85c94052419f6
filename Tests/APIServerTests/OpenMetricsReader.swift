/// A strict reader of the OpenMetrics 1.0 text format, written from its grammar and not from the writer.
struct OpenMetricsReader {
    struct Family {
        var type = ""
        var unit: String?
        var help: String?
        var samples: [Sample] = []
    }

    struct Sample: Hashable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var families: [String: Family] = [:]
    private(set) var names: [String] = []

    private static let suffixes: [String: [String]] = [
        "counter": ["_total", "_created"], "gauge": [""], "info": ["_info"],
        "histogram": ["_bucket", "_count", "_sum", "_created"],
    ]

    init(_ text: String) throws {
        guard text.hasSuffix("\n# EOF\n") || text == "# EOF\n" else { throw Malformed(description: "no EOF") }
        for line in text.dropLast("# EOF\n".count).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast()
        {
            do {
                if line.hasPrefix("#") { try readMetadata(line) } else { try readSample(line) }
            } catch let error as Malformed {
                throw Malformed(description: "\(error) in '\(line)'")
            }
        }
        for name in names { try check(name) }
    }

    /// The value of the one sample that has these labels.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = families.values.flatMap(\.samples).filter { $0.name == name && $0.labels == labels }
        return found.count == 1 ? found[0].value : nil
    }

    func samples(_ name: String) -> [Sample] {
        families.values.flatMap(\.samples).filter { $0.name == name }
    }

    private mutating func readMetadata(_ line: Substring) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, words[0] == "#" else { throw Malformed(description: "not metadata") }
        let name = String(words[2])
        guard Self.isName(name) else { throw Malformed(description: "no name of a metric") }
        if names.last != name {
            guard families[name] == nil else { throw Malformed(description: "an interrupted family") }
            names.append(name)
            families[name] = Family()
        }
        var family = families[name] ?? Family()
        guard family.samples.isEmpty else { throw Malformed(description: "metadata behind samples") }
        switch words[1] {
        case "TYPE":
            guard family.type.isEmpty, Self.suffixes[String(words[3])] != nil else {
                throw Malformed(description: "no type")
            }
            family.type = String(words[3])
        case "UNIT":
            guard family.unit == nil, name.hasSuffix("_\(words[3])") else {
                throw Malformed(description: "a name without its unit")
            }
            family.unit = String(words[3])
        case "HELP":
            guard family.help == nil else { throw Malformed(description: "help twice") }
            family.help = try Self.unescaped(words[3])
        default: throw Malformed(description: "unknown metadata")
        }
        families[name] = family
    }

    private mutating func readSample(_ line: Substring) throws {
        var rest = line
        let name = String(rest.prefix { $0 != "{" && $0 != " " })
        rest = rest.dropFirst(name.count)
        guard Self.isName(name), let family = names.last, let type = families[family]?.type,
            Self.suffixes[type]?.contains(where: { family + $0 == name }) == true
        else { throw Malformed(description: "a sample outside of its family") }
        let labels = try Self.labels(&rest)
        guard rest.first == " ", let value = Self.number(rest.dropFirst()) else {
            throw Malformed(description: "no value")
        }
        let sample = Sample(name: name, labels: labels, value: value)
        if families[family]?.samples.contains(where: { $0.name == name && $0.labels == labels }) == true {
            throw Malformed(description: "the same sample twice")
        }
        families[family]?.samples.append(sample)
    }

    private static func labels(_ rest: inout Substring) throws -> [String: String] {
        guard rest.first == "{" else { return [:] }
        rest = rest.dropFirst()
        var labels: [String: String] = [:]
        while true {
            let name = String(rest.prefix { $0 != "=" })
            rest = rest.dropFirst(name.count)
            guard isName(name), !name.contains(":"), rest.hasPrefix("=\""), labels[name] == nil else {
                throw Malformed(description: "no label")
            }
            rest = rest.dropFirst(2)
            var text = ""
            while let character = rest.first, character != "\"" {
                text.append(character)
                rest = rest.dropFirst()
                if character == "\\", let next = rest.first {
                    text.append(next)
                    rest = rest.dropFirst()
                }
            }
            labels[name] = try unescaped(text[...])
            guard rest.first == "\"" else { throw Malformed(description: "a label without an end") }
            rest = rest.dropFirst()
            let next = rest.popFirst()
            if next == "}" { return labels }
            guard next == "," else { throw Malformed(description: "labels not parted") }
        }
    }

    private static func unescaped(_ text: Substring) throws -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                switch character {
                case "n": result += "\n"
                case "\\", "\"": result.append(character)
                default: throw Malformed(description: "an unknown escape")
                }
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        guard !isEscaped else { throw Malformed(description: "an escape of nothing") }
        return result
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        case "NaN": return .nan
        default:
            guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
            return Double(text)
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ":")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        }
    }

    /// What holds of a whole family.
    private func check(_ name: String) throws {
        guard let family = families[name], !family.type.isEmpty else {
            throw Malformed(description: "\(name) has no type")
        }
        if family.type == "counter", family.samples.contains(where: { !($0.value >= 0) }) {
            throw Malformed(description: "\(name) counts below zero")
        }
        guard family.type == "histogram" else { return }
        let buckets = family.samples.filter { $0.name.hasSuffix("_bucket") }
        let bounds = buckets.compactMap { $0.labels["le"].flatMap { Self.number($0[...]) } }
        guard bounds.count == buckets.count, bounds == bounds.sorted(), bounds.last == .infinity,
            buckets.map(\.value) == buckets.map(\.value).sorted(),
            family.samples.first(where: { $0.name.hasSuffix("_count") })?.value == buckets.last?.value
        else { throw Malformed(description: "\(name) is no histogram") }
    }
}
