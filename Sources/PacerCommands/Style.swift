/// Colours, where they are wanted.
struct Style {
    /// Without colours.
    static let plain = Style(isOn: false)

    let isOn: Bool

    init(isOn: Bool) { self.isOn = isOn }

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    /// The sequences that colours are made of.
    private static let sequences = ["0", "1", "2", "31", "32", "33"].map { "[\($0)m" }

    /// `text` without what would do more to a terminal than show it: control characters but line ends and
    /// tabs become `�`, colours of ours stay.
    ///
    /// Names, commands and reasons are other users' words, and who looks at them may be root.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let isOurs = scalar == "\u{1b}" && sequences.contains { rest.starts(with: $0.unicodeScalars) }
            result.append(isControl(scalar) && !isOurs ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
}
