@testable import PacerCommands

/// An event journal: its engine is run again, and its jobs are simulated.
@Sendable func readJournal(_ input: [UInt8]) {
    accepting {
        _ = JournalFile.isJournal(input)
        let report = JournalReport("fuzz", try JournalFile.run(input, name: "fuzz"))
        _ = report.lines
    }
}
