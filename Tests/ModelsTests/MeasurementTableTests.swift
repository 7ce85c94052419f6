import PacerPlatform
import PacerUnits
import Testing

@testable import PacerModels

@Suite struct MeasurementTableTests {
    static let at = Configuration(cores: 2, frequency: Hertz(2e9))

    private func window(
        rate: Double, error: Double = 0.02, watts: Double? = nil, at configuration: Configuration = at
    ) -> Measurement {
        Measurement(
            configuration: configuration, rate: rate, rateError: error, power: watts.map { Watts($0) },
            powerError: 0.01, duration: Seconds(2))
    }

    private func instant(_ seconds: Double) -> Instant { Instant.zero + Seconds(seconds) }

    @Test func `one window comes back as it is`() throws {
        var table = MeasurementTable()
        table.add(window(rate: 5, watts: 30), at: instant(1))
        let row = try #require(table.measurement(of: Self.at, at: instant(1)))
        #expect(close(row.rate, 5, within: 1e-12))
        #expect(close(row.rateError, 0.02, within: 1e-12))
        #expect(close(row.power?.value ?? 0, 30, within: 1e-12))
        #expect(row.duration == Seconds(2))
    }

    @Test func `windows are weighted by their inverse variance`() throws {
        var table = MeasurementTable(timeConstant: .infinity)
        table.add(window(rate: 10, error: 0.01), at: instant(1))
        table.add(window(rate: 11, error: 0.02), at: instant(2))
        let row = try #require(table.measurement(of: Self.at, at: instant(2)))
        #expect(close(row.rate, 10.2, within: 1e-12))
        #expect(row.duration == Seconds(4))
    }

    @Test func `windows that agree reduce the error, windows that disagree keep it, here and elsewhere`()
        throws
    {
        var agreeing = MeasurementTable(timeConstant: .infinity)
        var disagreeing = MeasurementTable(timeConstant: .infinity)
        for index in 0..<4 {
            agreeing.add(window(rate: 10), at: instant(Double(index)))
            disagreeing.add(window(rate: index.isMultiple(of: 2) ? 8 : 12), at: instant(Double(index)))
        }
        let small = try #require(agreeing.measurement(of: Self.at, at: instant(3)))
        let large = try #require(disagreeing.measurement(of: Self.at, at: instant(3)))
        // Four windows of 2 %, of which three degrees of freedom agree exactly, and two that are assumed.
        #expect(close(small.rateError, 0.01 * (2.0 / 5).squareRoot(), within: 1e-9))
        #expect(close(large.rateError, 0.2 / 3.0.squareRoot(), within: 1e-9))
        // A single window elsewhere is doubted by as much as those disagree: χ² = 4·(0.2/0.02)².
        let other = Configuration(cores: 2, frequency: Hertz(3e9))
        var single = window(rate: 10)
        single.configuration = other
        disagreeing.add(single, at: instant(3))
        let doubted = try #require(disagreeing.measurement(of: other, at: instant(3)))
        #expect(close(doubted.rateError, 0.02 * (402.0 / 5).squareRoot(), within: 1e-9))
    }

    @Test(arguments: UInt64(1)...40)
    func `windows are doubted by half at least, and the order of a few does not matter`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // From windows that agree to the last digit to ones that differ by more than they claim, but not by
        // so much that the job would seem to have changed.
        let scatter = seed % 4 == 0 ? 0 : random.number(0...0.07)
        let windows = (0..<28).map { index in
            window(
                rate: 10 * (1 + scatter * random.number(-1...1)), error: random.number(0.005...0.05),
                watts: 30 * max(0.1, 1 + scatter * random.normal()),
                at: Configuration(cores: 1 + index % 4, frequency: Hertz(2e9)))
        }
        func table(_ windows: [Measurement]) -> MeasurementTable {
            var table = MeasurementTable(timeConstant: .infinity)
            for window in windows { table.add(window, at: instant(1)) }
            return table
        }
        let inOrder = table(windows)
        let shuffled = table(windows.shuffled(using: &random))
        let inflation = inOrder.inflation()
        #expect(inflation.rate >= 0.5 && inflation.power >= 0.5)
        #expect(agree(shuffled.inflation().rate, inflation.rate, within: 1e-6))
        #expect(agree(shuffled.inflation().power, inflation.power, within: 1e-6))
        if scatter == 0 { #expect(inflation.rate == 0.5 && inflation.power == 0.5) }
        let rows = zip(inOrder.measurements(at: instant(1)), shuffled.measurements(at: instant(1)))
        for (row, other) in rows {
            #expect(agree(other.rate, row.rate, within: 1e-9))
            #expect(agree(other.rateError, row.rateError, within: 1e-6))
            #expect(agree(other.powerError, row.powerError, within: 1e-6))
        }
    }

    @Test func `one window each says nothing of what windows are worth`() {
        var table = MeasurementTable()
        #expect(table.inflation() == MeasurementTable.Inflation())
        for cores in 1...4 {
            table.add(
                window(rate: Double(cores), at: Configuration(cores: cores, frequency: Hertz(2e9))),
                at: instant(0))
        }
        #expect(table.inflation() == MeasurementTable.Inflation())
    }

    /// docs/models/time.md, "Worked".
    @Test func `until windows disagree they are taken to err as those of the class did`() throws {
        let expected = MeasurementTable.Inflation(rate: 4, power: 3)
        var table = MeasurementTable(timeConstant: .infinity, expected: expected)
        #expect(table.inflation() == expected)
        table.add(window(rate: 10, error: 0.02, watts: 30), at: instant(0))
        let row = try #require(table.measurement(of: Self.at, at: instant(0)))
        #expect(close(row.rateError, 0.08, within: 1e-9) && close(row.powerError, 0.03, within: 1e-9))
        // Six more that agree: √(2 · 16/(6 + 2)) and √(2 · 9/(6 + 2)).
        for second in 1...6 { table.add(window(rate: 10, watts: 30), at: instant(Double(second))) }
        #expect(close(table.inflation().rate, 2, within: 1e-6))
        #expect(close(table.inflation().power, 1.5, within: 1e-6))
    }

    @Test func `two windows that say something else make a row begin anew`() throws {
        var table = MeasurementTable(timeConstant: .infinity)
        let other = Configuration(cores: 7, frequency: Hertz(2e9))
        table.add(window(rate: 20, at: other), at: instant(0))
        for second in 1...50 { table.add(window(rate: 10, watts: 30), at: instant(Double(second))) }
        table.add(window(rate: 4, watts: 25), at: instant(51))
        let doubted = try #require(table.measurement(of: Self.at, at: instant(51)))
        #expect(doubted.rate > 8 && doubted.rateError > 0.05)
        table.add(window(rate: 4, watts: 25), at: instant(52))
        let row = try #require(table.measurement(of: Self.at, at: instant(52)))
        #expect(close(row.rate, 4, within: 1e-9) && close(row.power?.value ?? 0, 25, within: 1e-9))
        #expect(table.inflation().rate < 1, "the windows of a phase agree")
        #expect(close(try #require(table.measurement(of: other, at: instant(52))).rate, 20, within: 1e-9))
    }

    @Test func `windows that are far off now and then are noise`() throws {
        var table = MeasurementTable(timeConstant: .infinity)
        for second in 1...48 {
            // Every third is disturbed, to either side in turn.
            let rate = second.isMultiple(of: 3) ? (second.isMultiple(of: 2) ? 7.0 : 13) : 10
            table.add(window(rate: rate), at: instant(Double(second)))
        }
        let row = try #require(table.measurement(of: Self.at, at: instant(48)))
        #expect(row.rate > 9 && row.rate < 11)
    }

    @Test func `a window of little worth makes little be forgotten`() throws {
        var table = MeasurementTable(timeConstant: .infinity)
        for second in 1...20 { table.add(window(rate: 10, error: 0.01), at: instant(Double(second))) }
        for second in 21...30 { table.add(window(rate: 12, error: 0.3), at: instant(Double(second))) }
        let row = try #require(table.measurement(of: Self.at, at: instant(30)))
        #expect(abs(row.rate - 10) < 0.02)
    }

    @Test func `a job that drifts is followed`() throws {
        var table = MeasurementTable(timeConstant: Seconds(1800))
        for second in 0..<300 {
            table.add(window(rate: 10 - Double(second) * 0.02), at: instant(Double(second) * 2))
        }
        let row = try #require(table.measurement(of: Self.at, at: instant(600)))
        #expect(abs(row.rate - 4) < 0.3)
    }

    @Test func `a job that enters another phase is followed`() throws {
        var table = MeasurementTable(timeConstant: Seconds(60))
        for second in 0..<60 { table.add(window(rate: 10), at: instant(Double(second) * 5)) }
        for second in 60..<120 { table.add(window(rate: 4), at: instant(Double(second) * 5)) }
        let row = try #require(table.measurement(of: Self.at, at: instant(600)))
        #expect(row.rate < 4.1)
    }

    @Test func `what is not measured any more grows doubtful but keeps its value`() throws {
        var table = MeasurementTable(timeConstant: Seconds(100))
        table.add(window(rate: 10), at: instant(0))
        let row = try #require(table.measurement(of: Self.at, at: instant(200)))
        #expect(close(row.rate, 10, within: 1e-9))
        #expect(agree(row.rateError, 0.02 * 2.718281828, within: 1e-6))
        let ancient = try #require(table.measurement(of: Self.at, at: instant(1e7)))
        #expect(close(ancient.rate, 10, within: 1e-9))
        #expect(ancient.rateError == 1)
    }

    @Test func `rows are ascending and windows without progress are ignored`() {
        var table = MeasurementTable()
        let frequencies = [Hertz(3e9), Hertz(1e9)]
        for cores in [4, 1, 2] {
            for frequency in frequencies {
                table.add(window(rate: 1, at: Configuration(cores: cores, frequency: frequency)), at: .zero)
            }
        }
        table.add(window(rate: 0, at: Configuration(cores: 9, frequency: Hertz(1e9))), at: .zero)
        table.add(window(rate: .nan, at: Configuration(cores: 9, frequency: Hertz(1e9))), at: .zero)
        let configurations = table.measurements(at: .zero).map(\.configuration)
        #expect(configurations.count == 6)
        #expect(configurations == configurations.sorted())
        #expect(configurations == table.configurations)
        table.removeAll()
        #expect(table.isEmpty)
    }

    @Test func `power of some windows is not diluted by windows without`() throws {
        var table = MeasurementTable(timeConstant: .infinity)
        table.add(window(rate: 1, watts: 40), at: instant(1))
        table.add(window(rate: 1), at: instant(2))
        let row = try #require(table.measurement(of: Self.at, at: instant(2)))
        #expect(close(row.power?.value ?? 0, 40, within: 1e-12))
    }

    @Test(arguments: [(0.0, 1.0), (0.5, 0.6065306597126334), (1, 0.36787944117144233), (10, 4.5399929762e-5)])
    func `decay is the exponential function`(_ x: Double, _ expected: Double) {
        #expect(agree(exponentialDecay(x), expected, within: 1e-9))
    }
}
