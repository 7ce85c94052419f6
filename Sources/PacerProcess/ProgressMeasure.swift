/// Numbers that a job declares, read in the forms that people write, made into progress that never falls.
///
/// - `12 80` and `12/80`: done and total. `45%`: a percentage. A single number with a decimal point that is
///   not above 1 is a fraction; any other single number is what is done of an unknown total.
/// - The latest total holds; a total below what is done counts as reached.
/// - What falls is ignored together with its total, as is what is not a number, negative or beyond 10¹⁵.
struct ProgressMeasure: Equatable {
    private(set) var done: Double?
    private(set) var total: Double?
    private var countsFractions = false

    /// Reads one line; false when it holds no progress or progress that falls.
    @discardableResult
    mutating func read(_ line: some StringProtocol) -> Bool {
        let text = String(line).filter { !($0.isWhitespace && $0 != " " && $0 != "\t") }
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "/" })
        switch words.count {
        case 1: return read(single: words[0])
        case 2:
            if words[1] == "%" { return read(single: words[0] + "%") }
            guard let done = Self.number(words[0]), let total = Self.number(words[1]) else { return false }
            return advance(to: done, of: total)
        default: return false
        }
    }

    /// Reads a number that stands alone.
    @discardableResult
    mutating func read(single word: some StringProtocol) -> Bool {
        if word.hasSuffix("%") {
            guard let percent = Self.number(word.dropLast()), percent <= 100 else { return false }
            return advance(to: percent / 100, of: 1)
        }
        guard let value = Self.number(word) else { return false }
        let hasPoint = word.contains(".") || word.contains("e")
        if value <= 1, hasPoint || countsFractions {
            guard advance(to: value, of: 1) else { return false }
            countsFractions = true
            return true
        }
        return advance(to: value, of: nil)
    }

    /// Takes over what is done of which total; false when it falls or cannot be.
    @discardableResult
    mutating func advance(to value: Double, of newTotal: Double?) -> Bool {
        guard value.isFinite, value >= 0, value >= done ?? 0 else { return false }
        if let newTotal {
            guard newTotal.isFinite, newTotal > 0 else { return false }
            total = max(newTotal, value)
        } else if let known = total, value > known {
            total = nil  // more is done than there was said to be
        }
        done = value
        return true
    }

    /// A plain decimal number: no hexadecimal, no infinity, nothing negative.
    static func number(_ word: some StringProtocol) -> Double? {
        guard word.utf8.count <= 32, let first = word.utf8.first, (48...57).contains(first) || first == 46
        else {
            return nil
        }
        let allowed = word.utf8.allSatisfy { (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }
        guard allowed, let value = Double(String(word)), value.isFinite, value >= 0, value <= 1e15 else {
            return nil
        }
        return value
    }
}
