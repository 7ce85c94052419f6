import PacerAPI
@testable import PacerCommands
import PacerConfig
import PacerPlatform
import PacerReplay
@testable import PacerStore
import PacerScheduling
import PacerUnits

/// Quantities and points in time as people write them, and what is stored of a job: the first byte chooses.
@Sendable func readQuantity(_ input: [UInt8]) {
    guard let (selector, bytes) = input.choice else { return }
    let text = bytes.text
    accepting {
        switch selector % 8 {
        case 0: try show(Seconds(parsing: text))
        case 1: try show(Hertz(parsing: text), Hertz(parsing: text).kilohertz)
        case 2: try show(Watts(parsing: text), Joules(parsing: text))
        case 3: try show(byteCount(parsing: text), fraction(parsing: text))
        case 4: try show(DeadlineText.parse(text, now: 1_790_000_000_000_000_000) { $0 % 7200 })
        case 5: show(Scenario.utilisation(word: text), Scenario.Deadline(word: text))
        case 6: show(try StoredFormat().value(text, of: "a job") as StoredRecord)
        default: show(try StoredFormat().value(text, of: "a class") as ClassProfile)
        }
    }
}

private func show<each Value>(_ value: repeat each Value) {
    for value in repeat each value { _ = "\(value)" }
}
