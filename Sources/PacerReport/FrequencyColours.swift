import PacerUnits

/// A colour a frequency, ordered by lightness: the faster, the further from the page's own colour, on light
/// paper and on dark. Between its marks the scale goes evenly.
struct FrequencyColours {
    /// In kHz, ascending; what a class `f0`, `f1`, … stands for.
    let frequencies: [Int]

    private static let onLight = [0xC4E6D4, 0x86D0B9, 0x43B3AE, 0x2F8FA8, 0x3A689C, 0x3D4380, 0x2A1F45]
    private static let onDark = [0x3F427A, 0x3A6599, 0x348AA7, 0x43B0AD, 0x86D3B4, 0xDFF3E4]

    /// Every frequency of the machine and of the segments.
    init(_ data: ReportData) {
        var all = Set(data.machine.frequenciesKilohertz)
        for policy in data.policies { all.formUnion(policy.segments.compactMap(\.frequencyKilohertz)) }
        for policy in data.policies {
            for outcome in policy.outcomes {
                all.formUnion(outcome.ranAt.compactMap(\.configuration.frequencyKilohertz))
            }
        }
        frequencies = all.sorted()
    }

    /// The number of the class; the last one where the frequency is unknown.
    func index(_ kilohertz: Int?) -> Int {
        guard let kilohertz, let index = frequencies.firstIndex(of: kilohertz) else {
            return max(0, frequencies.count - 1)
        }
        return index
    }

    /// Custom properties for the two themes.
    func properties(onDark isDark: Bool) -> String {
        let scale = isDark ? FrequencyColours.onDark : FrequencyColours.onLight
        let low = frequencies.first.map { Double($0) } ?? 0
        let high = frequencies.last.map { Double($0) } ?? 0
        let values = frequencies.isEmpty ? [0] : frequencies
        return values.enumerated().map { index, frequency in
            // A single frequency is a colour of the middle.
            let share = high > low ? (Double(frequency) - low) / (high - low) : 0.55
            return "--f\(index):\(FrequencyColours.colour(scale, share))"
        }.joined(separator: ";")
    }

    /// Classes for paths and swatches.
    var rules: String {
        (0..<max(1, frequencies.count)).map { ".f\($0){--c:var(--f\($0))}" }.joined()
    }

    private static func colour(_ scale: [Int], _ share: Double) -> String {
        let place = min(1, max(0, share)) * Double(scale.count - 1)
        let index = min(scale.count - 2, Int(place))
        let rest = place - Double(index)
        let digits = Array("0123456789abcdef")
        var text = "#"
        for shift in [16, 8, 0] {
            let from = Double(scale[index] >> shift & 0xFF)
            let to = Double(scale[index + 1] >> shift & 0xFF)
            let value = Int((from + (to - from) * rest).rounded())
            text.append(digits[value >> 4])
            text.append(digits[value & 15])
        }
        return text
    }

    /// What the colours mean.
    var legend: String {
        guard let low = frequencies.first, let high = frequencies.last, high > low else {
            return "<p class=\"legend\"><i class=\"swatch f0\"></i> busy</p>"
        }
        let swatches = frequencies.indices.map { index in
            "<i class=\"swatch f\(index)\" title=\"\(gigahertz(frequencies[index])) GHz\"></i>"
        }
        return """
            <p class="legend"><span>\(gigahertz(low))\u{A0}GHz</span>\
            <span class="scale" aria-hidden="true">\(swatches.joined())</span>\
            <span>\(gigahertz(high))\u{A0}GHz</span></p>
            """
    }
}
