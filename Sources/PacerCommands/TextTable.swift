/// Columns of text that line up on a terminal, also where characters are two columns wide or none.
struct TextTable {
    /// Which side of its column a cell keeps to.
    enum Alignment {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    /// Adds a row; missing cells are empty.
    mutating func add(_ cells: [String]) {
        rows.append(columns.indices.map { $0 < cells.count ? cells[$0] : "" })
    }

    /// The lines of the table, without spaces at their ends.
    func lines(style: Style = .plain, indent: String = "") -> [String] {
        let widths = columns.indices.map { index in
            rows.reduce(displayWidth(columns[index].title)) { max($0, displayWidth($1[index])) }
        }
        let head = line(columns.map(\.title), widths)
        return ([style.bold(head)] + rows.map { line($0, widths) }).map { indent + $0 }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { index in
            let space = String(repeating: " ", count: widths[index] - displayWidth(cells[index]))
            return columns[index].alignment == .left ? cells[index] + space : space + cells[index]
        }
        var text = padded.joined(separator: "  ")
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}

/// How many columns of a terminal `text` takes; colour sequences take none.
func displayWidth(_ text: String) -> Int {
    var width = 0
    var inSequence = false
    for scalar in text.unicodeScalars {
        if inSequence {
            inSequence = scalar == "[" || !(("@"..."~") as ClosedRange<Unicode.Scalar>).contains(scalar)
        } else if scalar == "\u{1b}" {
            inSequence = true
        } else {
            width += columns(of: scalar)
        }
    }
    return width
}

/// `text` cut to `width` columns, with a `…` where something was cut off.
func truncated(_ text: String, to width: Int) -> String {
    guard displayWidth(text) > width else { return text }
    var kept = ""
    var used = 0
    for character in text {
        let columns = displayWidth(String(character))
        if used + columns > width - 1 { break }
        kept.append(character)
        used += columns
    }
    return width > 0 ? kept + "…" : ""
}

private func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    // East Asian wide and full-width characters, and emoji.
    let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
    return wide.contains { $0.contains(scalar.value) } ? 2 : 1
}
