/// Cuts what a job writes into lines.
///
/// Carriage returns and backspaces end a line as well, so that every state of a progress bar is one. Terminal
/// escapes are dropped. Lines with control characters, lines that are not UTF-8 and lines beyond 4 KiB are
/// not text for people and are passed over.
struct OutputLines {
    private static let longestLine = 4096

    private enum Escape {
        case none
        case started
        case controlSequence
        case string
    }

    /// Lines that were passed over so far.
    private(set) var refused = 0
    private var line: [UInt8] = []
    private var isText = true
    private var escape = Escape.none

    /// Cuts the next bytes; `take` gets each line that they complete.
    mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>, take: (String) -> Void) {
        for byte in bytes {
            if escape != .none, passesEscape(byte) { continue }
            switch byte {
            case 10, 13, 8: finish(take)
            case 27: escape = .started
            case 9, 32...: append(byte)
            default: isText = false
            }
        }
    }

    /// Forgets the line in progress: some bytes behind it were passed over.
    mutating func interrupt() {
        line.removeAll(keepingCapacity: true)
        escape = .none
        isText = false
    }

    private mutating func append(_ byte: UInt8) {
        if byte == 127 || line.count >= Self.longestLine { isText = false }
        if isText { line.append(byte) }
    }

    private mutating func finish(_ take: (String) -> Void) {
        if isText, let text = String(validating: line, as: UTF8.self) {
            if !text.isEmpty { take(text) }
        } else {
            refused += 1
        }
        line.removeAll(keepingCapacity: true)
        isText = true
    }

    /// True while `byte` belongs to a terminal escape. A line end always ends one: binary data holds stray
    /// escapes.
    private mutating func passesEscape(_ byte: UInt8) -> Bool {
        if byte == 10 || byte == 13 {
            escape = .none
            return false
        }
        switch escape {
        case .none: return false
        case .started:
            escape =
                byte == UInt8(ascii: "[") ? .controlSequence : byte == UInt8(ascii: "]") ? .string : .none
        case .controlSequence: if (64...126).contains(byte) { escape = .none }
        case .string: if byte == 7 || byte == 92 { escape = .none }  // BEL, or the end of ESC \
        }
        return true
    }
}
