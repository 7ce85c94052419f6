import FoundationEssentials
import Glibc
import PacerModels
import PacerPlatform
import PacerPorts
import PacerScheduling
@testable import PacerStore
import PacerUnits
import Testing

@Suite struct EventJournalTests {
    /// What a segment of no consequence begins with.
    static let start = EngineStart(
        machine: Machine(
            name: "one", cores: [Core(id: CoreID(0), cpus: [CPUID(0)], package: PackageID(0))],
            domains: [FrequencyDomain(id: DomainID(0), cores: [CoreID(0)], operatingPoints: [])],
            energySource: .emulated),
        power: PowerModel(idle: Watts(1), uncore: Watts(1), cubic: 1, linear: 1, constant: 1))

    /// What a disk does to a write.
    private enum Disk: Equatable {
        case good
        case full
        /// Takes this many bytes of a line.
        case short(Int)
    }

    private final class Bench {
        let folder: Folder
        var disk = Disk.good
        var said: [String] = []
        var second = 0

        init() throws { folder = try Folder() }

        var path: String { "\(folder.path)/journal" }
        var now: Instant { .zero + Seconds(Double(second)) }

        func journal(limit: UInt64 = 1 << 20) -> EventJournalFiles {
            EventJournalFiles(
                folder: path, limit: limit, version: "1.2.3",
                policies: [RecordedPolicy(name: "p", text: "t")],
                log: { [unowned self] in said.append($0) },
                write: { [unowned self] descriptor, bytes in
                    switch disk {
                    case .good: return Glibc.write(descriptor, bytes.baseAddress, bytes.count)
                    case .short(let count):
                        return Glibc.write(descriptor, bytes.baseAddress, min(count, bytes.count))
                    case .full:
                        errno = ENOSPC
                        return -1
                    }
                })
        }

        func record(_ count: Int, in journal: EventJournalFiles) {
            for _ in 0..<count {
                second += 1
                let energy = EnergyReading(at: now, microjoules: UInt64(second), unknown: .zero)
                journal.record(
                    .observed(Snapshot(energy: energy, samples: [:])), [.wake(at: nil)], at: now)
            }
        }

        /// The lines of a segment; fails where one is not whole.
        func items(_ number: Int) throws -> [JournalItem] {
            let text = try String(
                contentsOf: URL(filePath: "\(path)/events-00000\(number).jsonl"), encoding: .utf8)
            #expect(text.isEmpty || text.hasSuffix("\n"))
            return try text.split(separator: "\n").map {
                try JSONDecoder().decode(JournalItem.self, from: Data($0.utf8))
            }
        }

        var names: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
        }
    }

    @Test func `a segment has a header and then what happened, and only its owner can read it`() throws {
        let bench = try Bench()
        let journal = bench.journal()
        journal.begin(Self.start, at: bench.now)
        bench.record(3, in: journal)
        let items = try bench.items(1)
        #expect(
            items.first
                == .header(
                    JournalHeader(
                        pacer: "1.2.3", started: .zero, start: Self.start,
                        policies: [RecordedPolicy(name: "p", text: "t")])))
        #expect(items.count == 4)
        guard case .entry(let last) = items.last else { throw Unexpected() }
        #expect(last.at == bench.now)
        #expect(last.commands == ["wake never"])
        var status = stat()
        #expect(stat("\(bench.path)/events-000001.jsonl", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(stat(bench.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        let segments = try journal.segments()
        #expect(segments.map(\.number) == [1])
        #expect(
            segments.first?.byteCount == UInt64(try bench.folder.read("journal/events-000001.jsonl").count))
    }

    @Test func `a later journal goes on with the next number, and other files are left alone`() throws {
        let bench = try Bench()
        bench.journal().begin(Self.start, at: .zero)
        try bench.folder.write(Data("x".utf8), to: "journal/events-7.jsonl")
        try bench.folder.write(Data("x".utf8), to: "journal/notes")
        let journal = bench.journal()
        journal.begin(Self.start, at: .zero)
        #expect(try journal.segments().map(\.number) == [1, 2])
        #expect(try bench.names == ["events-000001.jsonl", "events-000002.jsonl", "events-7.jsonl", "notes"])
    }

    @Test func `the oldest segments make room, and all together stay within the limit`() throws {
        let bench = try Bench()
        let limit: UInt64 = 20_000
        let journal = bench.journal(limit: limit)
        journal.begin(Self.start, at: bench.now)
        var begun = 1
        for _ in 0..<1000 {
            bench.record(1, in: journal)
            if journal.wantsNewSegment {
                journal.begin(Self.start, at: bench.now)
                begun += 1
            }
            #expect(try journal.segments().map(\.byteCount).reduce(0, +) <= limit)
        }
        #expect(begun > 6)
        let numbers = try journal.segments().map(\.number)
        #expect(numbers == Array((begun - numbers.count + 1)...begun))
        #expect(numbers.count >= 3)
        #expect(bench.said.isEmpty)
    }

    @Test func `a segment that cannot end is cut at the limit, and says so in its last line`() throws {
        let bench = try Bench()
        let journal = bench.journal(limit: 20_000)
        journal.begin(Self.start, at: bench.now)
        bench.record(1000, in: journal)
        #expect(journal.wantsNewSegment)
        let items = try bench.items(1)
        guard case .cut(_, let reason) = items.last else { throw Unexpected() }
        #expect(reason.contains("limit of 20000 bytes"))
        #expect(items.dropFirst().dropLast().allSatisfy { if case .entry = $0 { true } else { false } })
        #expect(bench.said.count == 1)
        journal.begin(Self.start, at: bench.now)
        bench.record(1, in: journal)
        #expect(try bench.items(2).count == 2)
    }

    @Test(arguments: [nil, 0, 1, 17])
    func `a full disk cuts a segment at a whole line, is told once, and later it goes on`(
        _ short: Int?
    ) throws {
        let bench = try Bench()
        let journal = bench.journal()
        journal.begin(Self.start, at: bench.now)
        bench.record(2, in: journal)
        bench.disk = short.map(Disk.short) ?? .full
        bench.record(5, in: journal)
        #expect(try bench.items(1).count == 3)
        #expect(bench.said.count == 1)
        #expect(!journal.wantsNewSegment)

        // With room again the segment says that it was cut; what happened meanwhile is not in it.
        bench.disk = .good
        bench.record(1, in: journal)
        let items = try bench.items(1)
        #expect(items.count == 4)
        guard case .cut(let at, _) = items.last else { throw Unexpected() }
        #expect(at == .zero + Seconds(3))

        bench.second += 10
        bench.record(1, in: journal)
        #expect(journal.wantsNewSegment)
        journal.begin(Self.start, at: bench.now)
        bench.record(2, in: journal)
        #expect(try bench.items(2).count == 3)
        #expect(try bench.items(1).count == 4)
        #expect(bench.said.count == 1)
    }

    @Test func `a segment that cannot begin leaves no file, and is tried again after a while`() throws {
        let bench = try Bench()
        let journal = bench.journal()
        bench.disk = .full
        journal.begin(Self.start, at: bench.now)
        #expect(try bench.names.isEmpty)
        bench.record(5, in: journal)
        #expect(!journal.wantsNewSegment)
        bench.record(6, in: journal)
        #expect(journal.wantsNewSegment)
        journal.begin(Self.start, at: bench.now)
        #expect(!journal.wantsNewSegment)
        #expect(bench.said.count == 1)
        bench.disk = .good
        bench.second += 20
        bench.record(1, in: journal)
        #expect(journal.wantsNewSegment)
        journal.begin(Self.start, at: bench.now)
        bench.record(1, in: journal)
        #expect(try journal.segments().map(\.number) == [3])
    }

    @Test func `a folder that cannot be made is no reason to fail`() throws {
        let bench = try Bench()
        try bench.folder.write(Data(), to: "journal")
        let journal = bench.journal()
        journal.begin(Self.start, at: bench.now)
        bench.record(3, in: journal)
        #expect(try journal.segments().isEmpty)
        #expect(bench.said.count == 1)
    }
}

private struct Unexpected: Error {}
