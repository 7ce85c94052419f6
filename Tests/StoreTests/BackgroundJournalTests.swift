import Foundation
import Glibc
import PacerPorts
import PacerScheduling
@testable import PacerStore
import PacerUnits
import Synchronization
import Testing

/// What a journal contains that is written by another thread must be what was recorded, in that order.
@Suite struct BackgroundJournalTests {
    /// Threads that were started and have not ended.
    private final class Threads: Sendable {
        private let running = Mutex(0)
        var count: Int { running.withLock { $0 } }

        func run(_ body: @escaping @Sendable () -> Void) {
            running.withLock { $0 += 1 }
            Thread.detachNewThread {
                body()
                self.running.withLock { $0 -= 1 }
            }
        }
    }

    private static func journal(_ folder: Folder, _ threads: Threads, limit: UInt64 = 1 << 24)
        -> BackgroundJournal
    {
        let path = "\(folder.path)/journal"
        return BackgroundJournal(run: threads.run) {
            EventJournalFiles(folder: path, limit: limit, version: "1", policies: [], log: { _ in })
        }
    }

    /// Instants that are close enough together that the thread is to write what happens at them.
    private static func instant(_ number: Int) -> Instant { .zero.advanced(by: .milliseconds(number)) }

    private static func record(_ numbers: ClosedRange<Int>, in journal: BackgroundJournal) {
        for number in numbers { record(at: instant(number), in: journal) }
    }

    private static func record(at time: Instant, in journal: BackgroundJournal) {
        let energy = EnergyReading(at: time, microjoules: 1, unknown: .zero)
        journal.record(.observed(Snapshot(energy: energy, samples: [:])), [.wake(at: nil)], at: time)
    }

    /// When the entries of a segment happened.
    private static func times(_ path: String) throws -> [Instant] {
        try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n").compactMap {
            let item = try JSONDecoder().decode(JournalItem.self, from: Data($0.utf8))
            guard case .entry(let entry) = item else { return nil }
            return entry.at
        }
    }

    private static func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<1000 {
            if try condition() { return true }
            usleep(10_000)
        }
        return false
    }

    @Test func `whoever asks for the segments finds all that was recorded, in its order`() throws {
        let (folder, threads) = (try Folder(), Threads())
        let journal = Self.journal(folder, threads)
        journal.begin(EventJournalTests.start, at: .zero)
        // Across what is written by whom: the thread, or the caller when too much waits.
        for part in 0..<5 {
            Self.record((part * 1500 + 1)...((part + 1) * 1500), in: journal)
            usleep(15_000)
        }
        let segment = try #require(try journal.segments().first)
        #expect(try Self.times(segment.path) == (1...7500).map(Self.instant))
    }

    @Test func `what was recorded is written soon, and a segment has all that happened before the next`()
        throws
    {
        let (folder, threads) = (try Folder(), Threads())
        let journal = Self.journal(folder, threads)
        let path = "\(folder.path)/journal/events-00000"
        journal.begin(EventJournalTests.start, at: .zero)
        Self.record(1...3, in: journal)
        #expect(try Self.eventually { try Self.times("\(path)1.jsonl").count == 3 })
        Self.record(4...6, in: journal)
        journal.begin(EventJournalTests.start, at: Self.instant(6))
        Self.record(7...9, in: journal)
        journal.flush()
        #expect(try Self.times("\(path)1.jsonl") == (1...6).map(Self.instant))
        #expect(try Self.times("\(path)2.jsonl") == (7...9).map(Self.instant))
    }

    @Test func `what comes alone is written at once and does not wake the thread`() throws {
        let folder = try Folder()
        let path = "\(folder.path)/journal"
        let journal = BackgroundJournal(run: { _ in }) {
            EventJournalFiles(folder: path, limit: 1 << 24, version: "1", policies: [], log: { _ in })
        }
        journal.begin(EventJournalTests.start, at: .zero)
        let alone = (1...4).map { Instant.zero + Seconds(Double($0)) }
        let soonAfter = try #require(alone.last).advanced(by: .milliseconds(1))
        for (count, time) in zip(1..., alone) {
            Self.record(at: time, in: journal)
            #expect(try Self.times("\(path)/events-000001.jsonl").count == count)
        }
        Self.record(at: soonAfter, in: journal)
        #expect(try Self.times("\(path)/events-000001.jsonl") == alone)
        journal.flush()
        #expect(try Self.times("\(path)/events-000001.jsonl") == alone + [soonAfter])
    }

    @Test func `a new segment is wanted, and failures are counted, as by the files themselves`() throws {
        let (folder, threads) = (try Folder(), Threads())
        let journal = Self.journal(folder, threads, limit: 20_000)
        journal.begin(EventJournalTests.start, at: .zero)
        #expect(!journal.wantsNewSegment)
        #expect(journal.failures == 0)
        Self.record(1...1000, in: journal)
        #expect(Self.eventually { journal.wantsNewSegment })
        #expect(journal.failures == 1)
    }

    @Test func `the thread ends with the journal, once it has written what waits`() throws {
        let (folder, threads) = (try Folder(), Threads())
        var journal: BackgroundJournal? = Self.journal(folder, threads)
        journal?.begin(EventJournalTests.start, at: .zero)
        if let journal { Self.record(1...3, in: journal) }
        journal = nil
        #expect(Self.eventually { threads.count == 0 })
        #expect(try Self.times("\(folder.path)/journal/events-000001.jsonl").count == 3)
    }
}
