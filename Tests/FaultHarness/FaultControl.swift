import Glibc

/// What a preloaded program is to suffer, in memory that it shares with us; see Tests/Fixtures/faults.
final class FaultControl {
    private enum Slot: Int {
        case realtimeShift, boottimeShift, calls, strikeAt, strikeSignal, strikeAfter, failFrom, failUntil
        case failErrno, failHalf, failed
    }

    /// The file that the program is told of.
    let path: String
    private let numbers: UnsafeMutablePointer<Int64>
    private static let size = 4096

    init(path: String) throws {
        self.path = path
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0, ftruncate(file, off_t(Self.size)) == 0 else { throw Impasse("cannot make \(path)") }
        defer { close(file) }
        guard let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            memory != MAP_FAILED
        else { throw Impasse("cannot map \(path)") }
        numbers = memory.assumingMemoryBound(to: Int64.self)
    }

    deinit { munmap(numbers, Self.size) }

    /// How many counted calls there were so far.
    var calls: Int64 { self[.calls] }

    /// How many calls were made to fail.
    var failed: Int64 { self[.failed] }

    /// Sends `signal` to whoever makes the `call`th call from now on.
    func strike(at call: Int, signal: Int32, after: Bool) {
        self[.strikeSignal] = Int64(signal)
        self[.strikeAfter] = after ? 1 : 0
        self[.strikeAt] = calls + Int64(call)
    }

    /// Whether the call of ``strike(at:signal:after:)`` has been made.
    var hasStruck: Bool { self[.strikeAt] > 0 && calls >= self[.strikeAt] }

    func doNotStrike() { self[.strikeAt] = 0 }

    /// Lets changes of files fail from the `call`th call from now on.
    func fail(_ number: Int32, half: Bool, from call: Int) {
        self[.failErrno] = Int64(number)
        self[.failHalf] = half ? 1 : 0
        self[.failUntil] = .max
        self[.failFrom] = calls + Int64(call)
    }

    func doNotFail() { self[.failFrom] = 0 }

    /// Sets the clock of the day, in seconds from where it is in truth.
    func setClock(ahead seconds: Int) { self[.realtimeShift] = Int64(seconds) * 1_000_000_000 }

    /// Lets the machine have slept.
    func sleep(_ seconds: Int) {
        self[.boottimeShift] += Int64(seconds) * 1_000_000_000
        self[.realtimeShift] += Int64(seconds) * 1_000_000_000
    }

    private subscript(slot: Slot) -> Int64 {
        get { numbers[slot.rawValue] }
        set { numbers[slot.rawValue] = newValue }
    }
}
