/// A way into Pacer for bytes from elsewhere.
///
/// An entry point gives its bytes to the code that reads such bytes in a program, and to what works with what
/// was read. Refusing them is as good as understanding them; what must not happen is that the program ends,
/// or that it takes more than a moment.
struct FuzzTarget: Sendable {
    /// What it is called on the command line, and the name of its folder of inputs.
    let name: String
    /// Reads an input.
    let run: @Sendable ([UInt8]) -> Void

    /// Every entry point in Swift, by name. Those in C are in Tests/Fixtures/fuzz.
    static let all: [FuzzTarget] = [
        FuzzTarget(name: "child", run: readChild),
        FuzzTarget(name: "configuration", run: readConfiguration),
        FuzzTarget(name: "journal", run: readJournal),
        FuzzTarget(name: "kernel", run: readKernelText),
        FuzzTarget(name: "output", run: readOutput),
        FuzzTarget(name: "pattern", run: readPattern),
        FuzzTarget(name: "quantity", run: readQuantity),
        FuzzTarget(name: "request", run: readRequest),
        FuzzTarget(name: "response", run: readResponse),
        FuzzTarget(name: "surface", run: readSurface),
        FuzzTarget(name: "trace", run: readTrace),
    ]
}

extension [UInt8] {
    /// The first byte, which chooses between several readers, and the others; `nil` when there is none.
    var choice: (selector: UInt8, rest: [UInt8])? {
        first.map { ($0, Array(dropFirst())) }
    }

    /// The bytes as text, with a mark in the place of what is none.
    var text: String { String(decoding: self, as: UTF8.self) }
}

/// Calls `body` and takes its refusal for an answer.
func accepting(_ body: () throws -> Void) {
    do { try body() } catch { _ = "\(error)" }
}
