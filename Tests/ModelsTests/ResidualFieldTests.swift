import Testing

@testable import PacerModels

/// The worked numbers are those of docs/models/residuals.md.
@Suite struct ResidualFieldTests {
    private typealias Place = ResidualField.Place
    private typealias Observation = ResidualField.Observation

    private static let spread = ResidualField.Spread(cores: 0.11, frequency: 0.05)

    private func place(_ cores: Double, _ gigahertz: Double, slope: Double = 0) -> Place {
        Place(cores: cores, frequency: gigahertz * 1e9, slope: slope)
    }

    private func field(_ observations: [Observation]) -> ResidualField {
        ResidualField(observations, spread: Self.spread)
    }

    private func random(_ count: Int, _ generator: inout SplitMix64) -> [Observation] {
        (0..<count).map { _ in
            let gigahertz = generator.number(0.8...4)
            return Observation(
                place: place(generator.number(1...64), gigahertz, slope: (2 - gigahertz) / 4),
                deviation: 0.1 * generator.normal(), error: generator.number(0.001...0.1))
        }
    }

    @Test func `nothing measured is the law with the prior's spread`() {
        let (deviation, error) = field([]).value(at: place(4, 2))
        #expect(deviation == 0)
        #expect(close(error, 0.12816, within: 1e-5))
    }

    /// One observation needs no matrix: mean = k·d/K, variance = prior − k²/K.
    @Test func `one observation at its own place and its neighbours, as documented`() {
        let field = field([Observation(place: place(4, 2), deviation: 0.1, error: 0.01)])
        let prior = 0.0121 + 0.0025 + 0.0016 + 0.000225
        let cases: [(at: Place, covariance: Double, mean: Double, error: Double)] = [
            (place(4, 2), prior, 0.09939, 0.00997),
            (place(2, 2), 0.0121 / 2 + 0.0025 + 0.0016 / 2, 0.05658, 0.10552),
            (place(8, 2), 0.0121 / 2 + 0.0025 + 0.0016 / 2, 0.05658, 0.10552),
            (place(4, 1), 0.0121 + 0.0025 / 4 + 0.0016 / 16, 0.07761, 0.08045),
        ]
        for (at, covariance, mean, error) in cases {
            let found = field.value(at: at)
            let total = prior + 0.01 * 0.01
            #expect(abs(found.deviation - covariance * 0.1 / total) < 1e-7)
            #expect(abs(found.error - (prior - covariance * covariance / total).squareRoot()) < 1e-6)
            #expect(abs(found.deviation - mean) < 5e-6)
            #expect(abs(found.error - error) < 5e-6)
        }
    }

    @Test func `a reading that stands out keeps its value and bends its neighbours less`() {
        let field = field([Observation(place: place(4, 2), deviation: 0.5, error: 0.01)])
        #expect(abs(field.value(at: place(4, 2)).deviation - 0.49875) < 1e-6)
        #expect(abs(field.value(at: place(2, 2)).deviation - 0.11688) < 6e-6)
        // The further off it is, the less it carries, whichever way.
        func carried(_ deviation: Double) -> Double {
            self.field([Observation(place: place(4, 2), deviation: deviation, error: 0.01)])
                .value(at: place(2, 2)).deviation
        }
        #expect(carried(1) < carried(0.5))
        #expect(close(carried(-0.5), -carried(0.5), within: 1e-12))
        #expect(carried(0.2) > carried(0.1))
    }

    @Test func `what the sensitivity was off by shows where the clock differs, most on the same cores`() {
        let field = ResidualField(
            [Observation(place: place(4, 1, slope: 0.5), deviation: 0.1, error: 0.01)],
            spread: ResidualField.Spread(
                cores: 0, frequency: 0, both: 0, point: 0, sensitivity: 0.2))
        // All variance is b·b′·s²·√q, so the answer goes with b and with √q.
        let own = field.value(at: place(4, 1, slope: 0.5)).deviation
        #expect(abs(own - 0.1 * 0.01 / (0.01 + 0.0001)) < 1e-6)
        #expect(close(field.value(at: place(4, 3, slope: -0.25)).deviation, -own / 2, within: 1e-12))
        #expect(close(field.value(at: place(1, 1, slope: 0.5)).deviation, own / 2, within: 1e-12))
        let unbent = field.value(at: place(4, 2))
        #expect(unbent.deviation == 0 && unbent.error == 0)
    }

    @Test func `the error grows with the distance, up to the prior's`() {
        let field = field([Observation(place: place(4, 2), deviation: 0.05, error: 0.01)])
        let along = [4, 5, 6, 8, 12, 24, 64, 4096].map { field.value(at: place($0, 2)).error }
        let across = [2, 2.2, 2.6, 3, 4].map { field.value(at: place(4, $0)).error }
        for errors in [along, across] {
            for (near, far) in zip(errors, errors.dropFirst()) { #expect(near < far) }
            #expect(errors.allSatisfy { $0 < 0.12816 })
        }
    }

    @Test(arguments: UInt64(1)...40)
    func `no error is below zero or above the prior's, and more is never known by measuring less`(
        seed: UInt64
    ) {
        var generator = SplitMix64(seed: seed)
        // Readings that stand out have a variance of their own; here none does.
        let observations = random(12, &generator).map { observation in
            var observation = observation
            observation.deviation = max(-0.25, min(0.25, observation.deviation))
            return observation
        }
        let fewer = field(Array(observations.dropLast(4)))
        let all = field(observations)
        for _ in 0..<40 {
            let at = place(generator.number(1...64), generator.number(0.8...4))
            let error = all.value(at: at).error
            #expect(error >= 0 && error <= 0.1281602)
            #expect(error <= fewer.value(at: at).error + 1e-9)
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `the same observations give the same answer, in any order`(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let observations = random(15, &generator)
        let field = field(observations)
        let again = self.field(observations)
        let shuffled = self.field(observations.shuffled(using: &generator))
        #expect(field == again)
        let elsewhere = (0..<20).map { _ in place(generator.number(1...64), generator.number(0.8...4)) }
        for at in elsewhere + observations.map(\.place) {
            let (deviation, error) = field.value(at: at)
            #expect(again.value(at: at) == (deviation, error))
            #expect(abs(shuffled.value(at: at).deviation - deviation) < 1e-9)
            // The root of a difference of near numbers has half of their digits.
            #expect(abs(shuffled.value(at: at).error - error) < 1e-6)
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `sixty observations, some all but at the same place, do not blow up`(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var observations = random(50, &generator)
        for index in 0..<10 {
            var twin = observations[index]
            twin.place.frequency *= 1 + 1e-12
            twin.error = 0.001
            observations.append(twin)
        }
        let field = field(observations)
        let largest = observations.map { abs($0.deviation) }.max() ?? 0
        #expect(largest > 0.1)
        for observation in observations {
            let (deviation, error) = field.value(at: observation.place)
            #expect(deviation.isFinite && abs(deviation) <= 1.5 * largest)
            #expect(error >= 0 && error <= observation.error * 1.001)
        }
        for _ in 0..<100 {
            let at = place(generator.number(1...128), generator.number(0.5...5))
            let (deviation, error) = field.value(at: at)
            #expect(abs(deviation) <= 1.5 * largest)
            #expect(error.isFinite && error <= 0.1281602)
        }
        #expect(field.value(at: observations[0].place).deviation != 0)
    }

    /// Every place for itself, so that K is diagonal: d²/(0.01 + 0.0001) for each reading.
    @Test(arguments: [(0.0, 0.7071), (0.1, 1.0923), (0.2, 1.8089), (0.7, 2.0)])
    func `how rough a surface is the readings say too, as documented`(deviation: Double, scale: Double) {
        let observations = (0..<14).map {
            Observation(place: place(4, 1 + 0.1 * Double($0)), deviation: deviation, error: 0.01)
        }
        let usual = ResidualField.Spread(cores: 0, frequency: 0, both: 0, point: 0.1)
        let field = ResidualField(observations, usual: usual, parameters: 4)
        #expect(abs(field.value(at: place(8, 2)).error - 0.1 * scale) < 1e-4)
        // As many readings as the law has parameters it passes through, however rough the surface is.
        let few = ResidualField(Array(observations.prefix(4)), usual: usual, parameters: 4)
        #expect(abs(few.value(at: place(8, 2)).error - 0.1) < 1e-9)
    }

    @Test(arguments: UInt64(1)...20)
    func `of a surface drawn from the prior about its spread is learnt, however far apart the readings are`(
        seed: UInt64
    ) {
        var generator = SplitMix64(seed: seed)
        let usual = ResidualField.Spread(cores: 0, frequency: 0, both: 0, point: 0.05)
        for truth in [0.5, 1, 1.8] {
            let observations = (0..<80).map { index in
                Observation(
                    place: place(Double(1 + index), generator.number(0.8...4)),
                    deviation: truth * 0.05 * generator.normal(), error: 0.001)
            }
            let error = ResidualField(observations, usual: usual, parameters: 4).value(at: place(200, 2))
                .error
            #expect(abs(error / 0.05 - truth) < 0.3 * truth + 0.1, "\(truth): \(error / 0.05)")
        }
    }
}
