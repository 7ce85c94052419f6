import PacerUnits

/// One line of a trace in Standard Workload Format: up to eighteen numbers between spaces and tabs.
///
/// Source: Feitelson, Tsafrir, Krakov, Experience with using the Parallel Workloads Archive, J. Parallel and
/// Distributed Computing 74 (2014); the format's version 2.2. Minus one stands for what is not known.
struct TraceLine {
    /// What can be the matter with a line: one sentence without a full stop.
    struct Fault: Error {
        let reason: String
    }

    /// Times beyond this, 31 years, are none.
    static let longestSeconds = 1e9
    /// Submission may be counted from 1970.
    static let latestSubmission = 4e9
    /// Fields up to and with this one are needed: number, submission, wait, run time, processors.
    static let neededFields = 5

    static let names = [
        "job number", "submit time", "wait time", "run time", "allocated processors", "average CPU time",
        "memory", "requested processors", "requested time", "requested memory", "status", "user", "group",
        "executable", "queue", "partition", "preceding job", "think time",
    ]

    /// How many fields it has.
    private(set) var count = 0
    private(set) var number = 0.0
    private(set) var submitted = 0.0
    private(set) var runTime = -1.0
    private(set) var allocated = -1.0
    private(set) var requestedProcessors = -1.0
    private(set) var requestedTime = -1.0

    /// Reads the line in `range`, which has at least one field.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Fault) {
        var index = range.lowerBound
        while true {
            while index < range.upperBound, TraceLine.isBlank(bytes[index]) { index += 1 }
            if index >= range.upperBound { break }
            let start = index
            while index < range.upperBound, !TraceLine.isBlank(bytes[index]) { index += 1 }
            guard let value = TraceLine.decimal(bytes, start..<index) else {
                let text = TraceLine.text(bytes, start..<index)
                throw Fault(reason: "\(TraceLine.place(count)) is '\(text)', which is not a number")
            }
            switch count {
            case 0: number = value
            case 1: submitted = value
            case 3: runTime = value
            case 4: allocated = value
            case 7: requestedProcessors = value
            case 8: requestedTime = value
            default: break
            }
            count += 1
        }
        try check()
    }

    private func check() throws(Fault) {
        guard count >= TraceLine.neededFields else {
            throw Fault(
                reason:
                    "\(count) field\(count == 1 ? "" : "s"); a job has at least \(TraceLine.neededFields), "
                    + "up to its allocated processors")
        }
        guard count <= TraceLine.names.count else {
            throw Fault(reason: "\(count) fields; a job has at most \(TraceLine.names.count)")
        }
        guard number == number.rounded(), abs(number) <= 9e15 else {
            throw Fault(reason: "\(TraceLine.place(0)) is \(number); it must be a whole number")
        }
        try TraceLine.check(submitted, field: 1, 0...TraceLine.latestSubmission)
        if runTime != -1 { try TraceLine.check(runTime, field: 3, 0...TraceLine.longestSeconds) }
        try TraceLine.check(processors: allocated, field: 4)
        try TraceLine.check(processors: requestedProcessors, field: 7)
        if requestedTime > TraceLine.longestSeconds {
            try TraceLine.check(requestedTime, field: 8, 0...TraceLine.longestSeconds)
        }
    }

    /// Allocated, else requested; zero when neither is known.
    var processors: Int { max(0, Int(allocated > 0 ? allocated : requestedProcessors)) }

    /// The job; `nil` when it lacks processors or a run time.
    var job: TraceJob? {
        guard processors > 0, runTime >= 0 else { return nil }
        return TraceJob(
            number: Int(number), submitted: Seconds(submitted), runTime: Seconds(runTime),
            processors: processors, requestedTime: requestedTime > 0 ? Seconds(requestedTime) : nil)
    }

    private static func check(processors value: Double, field: Int) throws(Fault) {
        guard value != -1 else { return }
        try check(value, field: field, 0...1e9)
        guard value == value.rounded() else {
            throw Fault(reason: "\(place(field)) is \(value); it must be a whole number")
        }
    }

    private static func check(_ value: Double, field: Int, _ range: ClosedRange<Double>) throws(Fault) {
        guard !range.contains(value) else { return }
        let limit = value < 0 ? "not be below 0" : "be at most \(range.upperBound)"
        throw Fault(reason: "\(place(field)) is \(value); it must \(limit)")
    }

    /// `field 4 (run time)`.
    private static func place(_ index: Int) -> String {
        "field \(index + 1)" + (index < names.count ? " (\(names[index]))" : "")
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// The start of a field, for a sentence.
    static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        var shown: [UInt8] = []
        for index in range.prefix(24) { shown.append(bytes[index] < 0x20 ? 0x3F : bytes[index]) }
        return String(decoding: shown, as: UTF8.self) + (range.count > 24 ? "…" : "")
    }

    /// The decimal number that fills `range`; `nil` when something else does.
    static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
        var index = range.lowerBound
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative || bytes[index] == UInt8(ascii: "+") { index += 1 }
        var digits: UInt64 = 0
        var count = 0
        var decimals = -1
        while index < range.upperBound {
            let byte = bytes[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                digits = digits &* 10 &+ UInt64(digit)
                count += 1
                if decimals >= 0 { decimals += 1 }
            } else if byte == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
            } else {
                return unusual(bytes, range)
            }
            index += 1
        }
        // Both are exact up to here, so that their quotient is the nearest number there is.
        guard count > 0, count <= 15 else { return unusual(bytes, range) }
        let magnitude = decimals > 0 ? Double(digits) / powersOfTen[decimals] : Double(digits)
        return isNegative ? -magnitude : magnitude
    }

    private static let powersOfTen: [Double] = (0..<15).reduce(into: [1]) { powers, index in
        powers.append(powers[index] * 10)
    }

    /// Exponents and numbers with many digits.
    private static func unusual(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
        guard range.count <= 64 else { return nil }
        var text = ""
        for index in range {
            let byte = bytes[index]
            guard byte &- UInt8(ascii: "0") <= 9 || "+-.eE".utf8.contains(byte) else { return nil }
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}
