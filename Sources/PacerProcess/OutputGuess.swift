/// Finds progress on output that was not written for it: `45 %`, `45.5%`, `12/80`.
///
/// A number is believed when it has been seen to grow: a percentage twice, an `i/N` twice with the same `N`.
/// The first that is believed is reported from then on, `i/N` before a percentage on the same line. Falling
/// by up to 5 % of the whole is the disorder of parallel work and is ignored. Falling by more shows that the
/// number does not measure the whole job (a bar for each file, the load of a processor): it is not believed,
/// and when it had been, nothing on this output is ever again.
struct OutputGuess {
    private static let tolerance = 0.05
    private static let mostCandidates = 16

    enum Candidate: Hashable {
        case percentage
        case outOf(Int)
    }

    private struct Track {
        var largest: Double
        var isMisleading = false
        var hasGrown = false
    }

    private var tracks: [Candidate: Track] = [:]
    private(set) var chosen: Candidate?
    private(set) var isWithdrawn = false

    /// What is done and of how much, once something is believed.
    var progress: (done: Double, total: Double)? {
        guard !isWithdrawn, let chosen, let track = tracks[chosen] else { return nil }
        switch chosen {
        case .percentage: return (track.largest / 100, 1)
        case .outOf(let total): return (track.largest, Double(total))
        }
    }

    /// Reads one line; true when it moved the progress that is reported.
    mutating func read(_ line: String) -> Bool {
        guard !isWithdrawn, line.utf8.contains(where: { $0 == 37 || $0 == 47 }) else { return false }
        let before = progress?.done
        var percentage: Double?
        for finding in OutputFindings(line) {
            switch finding {
            case .percentage(let value): percentage = value
            case .outOf(let done, let total): note(Double(done), as: .outOf(total), whole: Double(total))
            }
        }
        if let percentage { note(percentage, as: .percentage, whole: 100) }
        return progress.map { $0.done != before } ?? false
    }

    private mutating func note(_ value: Double, as candidate: Candidate, whole: Double) {
        guard var track = tracks[candidate] else {
            if tracks.count < Self.mostCandidates { tracks[candidate] = Track(largest: value) }
            return
        }
        if value > track.largest {
            track.largest = value
            track.hasGrown = true
        } else if track.largest - value > Self.tolerance * whole {
            track.isMisleading = true
            if chosen == candidate { isWithdrawn = true }
        }
        tracks[candidate] = track
        if chosen == nil, track.hasGrown, !track.isMisleading { chosen = candidate }
    }
}

/// The percentages and `i/N` of a line, in order.
struct OutputFindings: Sequence, IteratorProtocol {
    enum Finding: Equatable {
        case percentage(Double)
        case outOf(done: Int, total: Int)
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ line: String) { bytes = Array(line.utf8) }

    mutating func next() -> Finding? {
        while let start = nextNumber() {
            let whole = digits()
            if peek(0) == UInt8(ascii: "."), isDigit(peek(1)) {
                position += 1
                _ = digits()
                if let finding = percentage(from: start) { return finding }
                continue
            }
            if let finding = percentage(from: start) ?? fraction(done: whole) { return finding }
        }
        return nil
    }

    /// Goes to the next number that stands by itself: not in a name, a path, a date, a version, an address.
    private mutating func nextNumber() -> Int? {
        while position < bytes.count {
            if isDigit(bytes[position]) {
                if position == 0 || !isJoined(bytes[position - 1]) { return position }
                while let byte = peek(0), isDigit(byte) || isJoined(byte) { position += 1 }
            } else {
                position += 1
            }
        }
        return nil
    }

    private mutating func percentage(from start: Int) -> Finding? {
        let sign = peek(0) == UInt8(ascii: " ") ? 1 : 0
        guard peek(sign) == UInt8(ascii: "%"), !isWord(peek(sign + 1)),
            let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value <= 100
        else { return nil }
        position += sign + 1
        return .percentage(value)
    }

    private mutating func fraction(done: Int?) -> Finding? {
        let start = position
        while peek(0) == UInt8(ascii: " ") { position += 1 }
        guard let done, peek(0) == UInt8(ascii: "/") else {
            position = start
            return nil
        }
        position += 1
        while peek(0) == UInt8(ascii: " ") { position += 1 }
        guard isDigit(peek(0)), let total = digits(), total >= 2, done <= total, !endsInMore else {
            return nil
        }
        return .outOf(done: done, total: total)
    }

    /// Whether the number just read goes on as something else: `12/25/2026`, `1/2.5`, `3/4th`.
    private var endsInMore: Bool {
        guard let byte = peek(0) else { return false }
        if byte == UInt8(ascii: ".") { return isDigit(peek(1)) }
        return byte == UInt8(ascii: "/") || isWord(byte)
    }

    private mutating func digits() -> Int? {
        let start = position
        while isDigit(peek(0)) { position += 1 }
        return position - start > 15 ? nil : Int(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private func peek(_ distance: Int) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private func isDigit(_ byte: UInt8?) -> Bool { byte.map { (48...57).contains($0) } ?? false }

    private func isWord(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || byte == UInt8(ascii: "_")
    }

    /// Whether a digit behind `byte` continues something instead of starting a number.
    private func isJoined(_ byte: UInt8) -> Bool { isWord(byte) || [45, 46, 47, 58, 35].contains(byte) }
}
