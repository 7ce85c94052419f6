import PacerScheduling
import PacerTestSupport
import Testing

@Suite struct WaitingLineTests {
    private typealias Entry = WaitingLine.Entry

    /// The same line as an array that is looked through from its start.
    private struct PlainLine {
        var entries: [Entry] = []

        func next(after job: Int, narrow: Int, cores: Int, estimate: Int64) -> Entry? {
            guard let place = entries.firstIndex(where: { $0.job == job }) else { return nil }
            return entries[(place + 1)...].first {
                $0.cores <= narrow || ($0.cores <= cores && $0.estimate <= estimate)
            }
        }
    }

    private static func entry(_ job: Int, _ generator: inout SeededGenerator) -> Entry {
        Entry(
            job: job, cores: Int.random(in: 1...8, using: &generator),
            estimate: Int64.random(in: 0...20, using: &generator))
    }

    /// Who stands at `place`: taken out of a copy.
    private static func occupant(_ line: WaitingLine, _ place: Int) -> Entry? {
        var copy = line
        return copy.remove(at: place)
    }

    /// All who are found one behind the other, each search beginning where the last one ended.
    private static func chain(
        _ line: WaitingLine, _ plain: PlainLine, narrow: Int, cores: Int, estimate: Int64
    ) -> (found: [Entry?], expected: [Entry?]) {
        var found: [Entry?] = []
        var expected: [Entry?] = []
        var place = line.firstPlace
        while let next = line.next(after: place, narrow: narrow, cores: cores, estimate: estimate) {
            found.append(occupant(line, next))
            place = next
        }
        var job = plain.entries.first?.job ?? -1
        while let next = plain.next(after: job, narrow: narrow, cores: cores, estimate: estimate) {
            expected.append(next)
            job = next.job
        }
        return (found, expected)
    }

    @Test func `it finds whom a plain array finds, through random comings and goings`() {
        for seed in UInt64(1)...60 {
            var generator = SeededGenerator(seed: seed)
            var line = WaitingLine()
            var plain = PlainLine()
            var coming = 0
            // Some lines grow past several doublings, some stay short and have holes.
            let growth = Int.random(in: 1...3, using: &generator)
            for _ in 0..<250 {
                if Int.random(in: 0...3, using: &generator) < growth || plain.entries.isEmpty {
                    let entry = Self.entry(coming, &generator)
                    coming += 1
                    line.append(entry)
                    plain.entries.append(entry)
                } else if Bool.random(using: &generator) {
                    #expect(line.remove(at: line.firstPlace) == plain.entries.removeFirst(), "seed \(seed)")
                } else {
                    let narrow = Int.random(in: 0...3, using: &generator)
                    let cores = Int.random(in: 0...8, using: &generator)
                    let limit = Int64.random(in: -1...20, using: &generator)
                    let place = line.next(
                        after: line.firstPlace, narrow: narrow, cores: cores, estimate: limit)
                    let expected = plain.next(
                        after: plain.entries[0].job, narrow: narrow, cores: cores, estimate: limit)
                    #expect(place.flatMap { line.remove(at: $0) } == expected, "seed \(seed)")
                    plain.entries.removeAll { $0 == expected }
                }
                #expect(line.count == plain.entries.count && line.isEmpty == plain.entries.isEmpty)
                #expect(line.first == plain.entries.first, "seed \(seed)")
            }
            for (narrow, cores, estimate) in [(2, 5, Int64(7)), (0, 8, 3), (8, 0, 0), (1, 4, .max)] {
                let (found, expected) = Self.chain(
                    line, plain, narrow: narrow, cores: cores, estimate: estimate)
                #expect(found == expected, "seed \(seed)")
            }
        }
    }

    @Test func `an empty line has nobody, and a place that was left has nobody either`() {
        var line = WaitingLine()
        #expect(line.isEmpty && line.first == nil)
        #expect(line.next(after: line.firstPlace, narrow: 9, cores: 9, estimate: .max) == nil)
        let entry = Entry(job: 1, cores: 2, estimate: 3)
        line.append(entry)
        #expect(line.next(after: line.firstPlace, narrow: 9, cores: 9, estimate: .max) == nil)
        let place = line.firstPlace
        #expect(line.remove(at: place) == entry)
        #expect(line.remove(at: place) == nil)
        #expect(line.isEmpty && line.first == nil)
        line.append(Entry(job: 2, cores: 1, estimate: 1))
        #expect(line.first?.job == 2 && line.count == 1)
    }
}
