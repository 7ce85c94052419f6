import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

@Suite struct OrderedLineTests {
    private typealias Place = OrderedLine.Place

    private static func place(_ generator: inout SeededGenerator) -> Place {
        Place(
            rank: Instant(nanoseconds: Int64.random(in: 0...40, using: &generator)),
            id: JobID(Int64.random(in: 1...3000, using: &generator)))
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `a line is what a sorted array is, whatever comes and goes`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var line = OrderedLine()
        var plain: [Place] = []
        for step in 0..<6000 {
            let place = Self.place(&generator)
            // First it grows over many blocks, then it shrinks to nothing.
            if step < 4000 ? Int.random(in: 0...3, using: &generator) > 0 : false {
                guard !plain.contains(place) else { continue }
                line.insert(place)
                plain.insert(place, at: plain.firstIndex { $0 > place } ?? plain.endIndex)
            } else if let leaves = step % 7 == 0 ? place : plain.randomElement(using: &generator) {
                line.remove(leaves)
                plain.removeAll { $0 == leaves }
            }
            #expect(line.count == plain.count)
            guard step % 50 == 0 else { continue }
            #expect(line.first == plain.first)
            #expect(line.jobs(limit: .max) == plain.map(\.id))
            #expect(line.jobs(limit: 5) == plain.prefix(5).map(\.id))
            let start = Self.place(&generator)
            #expect(line.count(before: start) == plain.count { $0 < start })
            #expect(line.jobs(from: start, limit: 700) == plain.filter { $0 >= start }.prefix(700).map(\.id))
        }
    }

    @Test func `those who come one after the other leave in that order`() {
        var line = OrderedLine()
        for id in 1...5000 as ClosedRange<Int64> { line.insert(Place(rank: .zero, id: JobID(id))) }
        for id in 1...5000 as ClosedRange<Int64> {
            #expect(line.first?.id == JobID(id))
            line.remove(Place(rank: .zero, id: JobID(id)))
        }
        #expect(line.isEmpty)
        #expect(line.jobs(limit: 1) == [])
    }
}
