/// A page in the OpenMetrics 1.0 text format: families of metrics, each with its type, unit, help and
/// samples.
///
/// https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
struct OpenMetricsText {
    /// What a family is.
    enum Kind: String {
        case counter
        case gauge
        case histogram
        case info
    }

    /// A value with the labels that tell it from the others of its family.
    struct Sample {
        /// In the order in which they are written.
        var labels: [(name: String, value: String)]
        var value: Double

        init(_ value: Double, _ labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = value
        }

        init(_ count: Int, _ labels: [(name: String, value: String)] = []) {
            self.init(Double(count), labels)
        }
    }

    /// The type of the page, as HTTP names it.
    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private var text = ""

    /// The whole page.
    var page: String { text + "# EOF\n" }

    /// Adds a family; one without samples is left out.
    ///
    /// - Parameter unit: in the singular base units of the format; the name must end in it.
    mutating func add(
        _ kind: Kind, _ name: String, unit: String? = nil, help: String, _ samples: [Sample]
    ) {
        guard !samples.isEmpty else { return }
        precondition(kind != .histogram, "a histogram has a method of its own")
        begin(kind, name, unit: unit, help: help)
        let suffix =
            switch kind {
            case .counter: "_total"
            case .info: "_info"
            case .gauge, .histogram: ""
            }
        for sample in samples { line(name + suffix, sample.labels, sample.value) }
    }

    /// Adds a histogram.
    ///
    /// - Parameter buckets: upper bound and how many values are at most that, ascending; the last is
    /// infinite.
    mutating func addHistogram(
        _ name: String, unit: String, help: String, buckets: [(bound: Double, count: Int)], sum: Double
    ) {
        begin(.histogram, name, unit: unit, help: help)
        for bucket in buckets {
            line("\(name)_bucket", [("le", Self.number(bucket.bound))], Double(bucket.count))
        }
        line("\(name)_count", [], Double(buckets.last?.count ?? 0))
        line("\(name)_sum", [], sum)
    }

    private mutating func begin(_ kind: Kind, _ name: String, unit: String?, help: String) {
        text += "# TYPE \(name) \(kind.rawValue)\n"
        if let unit {
            precondition(name.hasSuffix("_\(unit)"), "the name of a metric ends in its unit")
            text += "# UNIT \(name) \(unit)\n"
        }
        text += "# HELP \(name) \(Self.escaped(help))\n"
    }

    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            text += "{\(list)}"
        }
        text += " \(Self.number(value))\n"
    }

    /// Backslashes, quotation marks and ends of lines, as the format wants them.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A number as the format wants it: whole numbers without an exponent as far as they are exact.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return "\(value)"
    }
}
