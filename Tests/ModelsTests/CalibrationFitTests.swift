import PacerModels
import PacerUnits
import Testing

@Suite struct CalibrationFitTests {
    static let desktop = PowerModel(
        idle: Watts(8), uncore: Watts(4), cubic: 0.25, linear: 0.5, constant: 0.9)
    static let frequencies = [0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 3.6].map { Hertz($0 * 1e9) }

    /// What a meter would show for `plan` on a machine of which `truth` holds.
    ///
    /// - Parameters:
    ///   - noise: relative standard deviation of a window's energy.
    ///   - share: how much of its cores the load gets, drawn for each window.
    static func windows(
        _ plan: CalibrationPlan, _ truth: PowerModel, memory: Double = 1, boost: Double = 1,
        noise: Double = 0, share: ClosedRange<Double> = 1...1, _ generator: inout SplitMix64
    ) -> [CalibrationWindow] {
        plan.points.map { point in
            let length = plan.window(of: point)
            let error = 1 + noise * generator.normal()
            guard case .busy(let load, let cores, let frequency, let isBoost) = point else {
                return CalibrationWindow(
                    point: point, length: length, energy: truth.idle * length * error, busy: .zero,
                    busiest: .zero)
            }
            let shares = (0..<cores).map { _ in generator.number(share) }
            let busy = length * shares.reduce(0, +)
            let busiest = length * (shares.max() ?? 0)
            let activity = (load == .memory ? memory : 1) * (isBoost ? boost : 1)
            let core = truth.corePower(at: frequency, activity: activity)
            let energy = truth.idle * length + truth.uncore * busiest + core * busy
            return CalibrationWindow(
                point: point, length: length, energy: energy * error, busy: busy, busiest: busiest)
        }
    }

    static func coefficients(_ model: PowerModel) -> [Double] {
        [model.idle.value, model.uncore.value, model.cubic, model.linear, model.constant]
    }

    @Test(arguments: 1...60)
    func `without noise every machine is recovered, however much of its cores the load got`(
        seed: Int
    ) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        let truth = PowerModel(
            idle: Watts(generator.number(0.5...120)), uncore: Watts(generator.number(0...60)),
            cubic: generator.number(0.05...0.6), linear: generator.number(0...2),
            constant: generator.number(0...3))
        let plan = CalibrationPlan(
            cores: Int(generator.number(2...33)), frequencies: Self.frequencies, boost: Hertz(4.2e9),
            isQuick: seed % 2 == 0, seed: UInt64(seed))
        let measured = Self.windows(plan, truth, memory: 0.6, share: 0.3...1, &generator)
        let fit = try #require(CalibrationFit(measured))
        for (found, true_) in zip(fit.coefficients, Self.coefficients(truth)) {
            #expect(close(found.value, true_, within: 1e-5), "seed \(seed): \(found) is not \(true_)")
        }
        #expect(fit.deviation < 1e-9)
        #expect(try #require(fit.crossValidation).high < 1e-6, "seed \(seed)")
        #expect(agree(try #require(fit.memory).factor, 0.6, within: 1e-6), "seed \(seed)")
    }

    @Test func `with noise the standard errors are those of the coefficients`() throws {
        let plan = CalibrationPlan(
            cores: 8, frequencies: Self.frequencies, boost: nil, isQuick: false, seed: 1)
        var beyond = 0
        var told = 0
        for seed in 1...100 {
            var generator = SplitMix64(seed: UInt64(seed))
            let measured = Self.windows(plan, Self.desktop, noise: 0.01, &generator)
            let fit = try #require(CalibrationFit(measured))
            for (found, truth) in zip(fit.coefficients, Self.coefficients(Self.desktop)) {
                guard let error = found.standardError else { continue }
                told += 1
                if abs(found.value - truth) > 2 * error { beyond += 1 }
            }
            // Noise of 1 % in single windows: predictions of points, of two windows each, are about as good.
            let quality = try #require(fit.crossValidation)
            #expect((0.002...0.02).contains(quality.median), "seed \(seed): \(quality)")
            #expect((0.005...0.05).contains(quality.high), "seed \(seed): \(quality)")
            #expect((0.006...0.014).contains(try #require(fit.repeatability)), "seed \(seed)")
        }
        // Two standard errors hold 95.4 % of a normal distribution.
        #expect(told > 450)
        #expect((0.02...0.09).contains(Double(beyond) / Double(told)), "\(beyond) of \(told)")
    }

    @Test func `the standard errors of the documentation are those of its example`() throws {
        let plan = CalibrationPlan(
            cores: 8, frequencies: Self.frequencies, boost: nil, isQuick: false, seed: 1)
        var sums = [0.0, 0, 0, 0, 0]
        var median = 0.0
        for seed in 1...100 {
            var generator = SplitMix64(seed: UInt64(seed))
            let fit = try #require(
                CalibrationFit(Self.windows(plan, Self.desktop, noise: 0.01, &generator)))
            sums = try zip(sums, fit.coefficients).map { try $0 + #require($1.standardError) / 100 }
            median += try #require(fit.crossValidation).median / 100
        }
        for (found, told) in zip(sums, [0.030, 0.058, 0.0028, 0.035, 0.040]) {
            #expect(agree(found, told, within: 0.05), "\(sums)")
        }
        #expect(agree(median, 0.005, within: 0.1), "\(median)")
    }

    @Test func `cross-validation sees a machine that the model cannot describe`() throws {
        var generator = SplitMix64(seed: 5)
        let plan = CalibrationPlan(
            cores: 4, frequencies: Self.frequencies, boost: nil, isQuick: false, seed: 1)
        let bent = Self.windows(plan, Self.desktop, &generator).map { window in
            guard case .busy(_, let cores, let frequency, _) = window.point, frequency.value > 3e9 else {
                return window
            }
            var dear = window
            dear.energy = window.energy * (1 + 0.1 * Double(cores))
            return dear
        }
        let fit = try #require(CalibrationFit(bent))
        #expect(try #require(fit.crossValidation).high > 0.05)
        #expect(try #require(fit.repeatability) < 1e-9)
    }

    @Test func `one core: uncore power is said to be unknown, and the machine is described all the same`()
        throws
    {
        var generator = SplitMix64(seed: 2)
        let plan = CalibrationPlan(
            cores: 1, frequencies: Self.frequencies, boost: nil, isQuick: false, seed: 1)
        let fit = try #require(CalibrationFit(Self.windows(plan, Self.desktop, &generator)))
        let uncore = fit.coefficients[1]
        #expect(uncore.value == 0 && uncore.standardError == nil)
        #expect(uncore.doubt?.contains("one number of busy cores") == true)
        #expect(fit.coefficients[4].doubt == "uncore power is in it")
        for frequency in Self.frequencies {
            let power = fit.model.power(cores: 1, at: frequency)
            #expect(close(power.value, Self.desktop.power(cores: 1, at: frequency).value, within: 1e-6))
        }
    }

    @Test(arguments: [1, 2])
    func `what one or two frequencies cannot tell is said and not invented`(count: Int) throws {
        var generator = SplitMix64(seed: 3)
        let some = Array(Self.frequencies.suffix(count))
        let plan = CalibrationPlan(cores: 4, frequencies: some, boost: nil, isQuick: false, seed: 1)
        let fit = try #require(CalibrationFit(Self.windows(plan, Self.desktop, &generator)))
        #expect(fit.model.linear == 0 && fit.coefficients[3].doubt?.isEmpty == false)
        #expect((fit.model.cubic == 0) == (count == 1))
        #expect(agree(fit.model.uncore.value, 4, within: 1e-6))
        for frequency in some {
            let power = fit.model.power(cores: 4, at: frequency)
            #expect(close(power.value, Self.desktop.power(cores: 4, at: frequency).value, within: 1e-6))
        }
    }

    @Test func `boost is measured beside the fit, which it does not bend`() throws {
        var generator = SplitMix64(seed: 4)
        let plan = CalibrationPlan(
            cores: 4, frequencies: Self.frequencies, boost: Hertz(4.2e9), isQuick: true, seed: 1)
        let measured = Self.windows(plan, Self.desktop, boost: 1.5, share: 0.3...1, &generator)
        let fit = try #require(CalibrationFit(measured))
        #expect(agree(fit.model.cubic, 0.25, within: 1e-6))
        #expect(fit.boost.map(\.cores) == [1, 4])
        let core = Self.desktop.corePower(at: Hertz(4.2e9)).value
        #expect(agree(fit.boost[1].power.value, 12 + 4 * 1.5 * core, within: 1e-6))
        #expect(agree(fit.boost[1].modelled.value, 12 + 4 * core, within: 1e-6))
    }

    @Test func `without an idle window, or without a busy one, there is no fit`() {
        var generator = SplitMix64(seed: 6)
        let plan = CalibrationPlan(
            cores: 2, frequencies: Self.frequencies, boost: nil, isQuick: true, seed: 1)
        let all = Self.windows(plan, Self.desktop, &generator)
        #expect(CalibrationFit(all.filter { $0.point != .idle }) == nil)
        #expect(CalibrationFit(all.filter { $0.point == .idle }) == nil)
    }

    @Test func `the drift of idle power is that from the first window to the last`() throws {
        var generator = SplitMix64(seed: 7)
        let plan = CalibrationPlan(
            cores: 2, frequencies: Self.frequencies, boost: nil, isQuick: true, seed: 1)
        var all = Self.windows(plan, Self.desktop, &generator)
        all[all.count - 1].energy = all[all.count - 1].energy * 1.08
        #expect(agree(try #require(CalibrationFit(all)?.idleDrift), 0.08, within: 1e-9))
    }
}
