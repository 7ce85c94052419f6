@testable import PacerProcess

/// What a job writes: cut into lines in pieces of the first byte's length, guessed at, and read as progress
/// that was declared.
@Sendable func readOutput(_ input: [UInt8]) {
    guard let (piece, bytes) = input.choice else { return }
    var lines = OutputLines()
    var guess = OutputGuess()
    var measure = ProgressMeasure()
    var rest = bytes[...]
    while !rest.isEmpty {
        let next = rest.prefix(max(1, Int(piece)))
        rest = rest.dropFirst(next.count)
        Array(next).withUnsafeBufferPointer { buffer in
            lines.feed(buffer) { line in
                _ = guess.read(line)
                measure.read(line)
            }
        }
        if piece == 255 { lines.interrupt() }
    }
    for done in [guess.progress?.done, measure.done] {
        precondition(done.map { $0.isFinite && $0 >= 0 } ?? true, "progress is no number")
    }
}

/// A pattern on the first line, and output that it is tried on.
@Sendable func readPattern(_ input: [UInt8]) {
    let lines = input.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    accepting {
        let pattern = try ProgressPattern(lines[0])
        var measure = ProgressMeasure()
        _ = pattern.readLast(of: Array(lines.dropFirst()), into: &measure)
    }
}
