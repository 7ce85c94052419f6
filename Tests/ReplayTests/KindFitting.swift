import PacerConfig
import PacerModels
import PacerPlatform
import PacerUnits

@testable import PacerReplay

/// The kinds of job that the shipped measured surfaces give, fitted anew.
enum KindFitting {
    /// What one surface tells.
    private struct Fit {
        var name: String
        var law: ScalabilityModel
        /// At the table's highest frequency; `nil` where one frequency was measured.
        var clockShare: Double?
        /// Growth of power with every core at the frequency with the most core counts, in the table's unit.
        var growth: Double
    }

    /// A core that a job has draws at least a quarter of the common core power, and at most twice of it.
    private static let activities = 0.25...2.0

    /// Kinds of the tables in Tests/Fixtures/surfaces, in the order of the tables.
    static func kinds() throws -> [JobKind] {
        let machines = [
            ("poet-bard", "poet/2x_Xeon_E5_2690", "xeon-e5"), ("loghin-teo", "xeon", "xeon"),
            ("loghin-teo", "amd", "amd"),
        ]
        var kinds: [JobKind] = []
        var shares: [Double] = []
        for (file, input, suffix) in machines {
            let text = try TextFile.read("\(repositoryRoot)/Tests/Fixtures/surfaces/\(file).csv")
            let table = try SurfaceTable(text, where: [.init(column: "input", value: input)])
            let fits = table.surfaces.compactMap { fit($0, suffix: suffix) }
            if shares.isEmpty { shares = fits.compactMap(\.clockShare) }
            let common = median(fits.map(\.growth))
            for fit in fits {
                // Where one frequency was measured the clock share is one of those that were.
                let drawn = shares[SplitMix64.index(below: shares.count, seed: 1, at: kinds.count)]
                let activity = min(max(fit.growth / common, activities.lowerBound), activities.upperBound)
                kinds.append(
                    JobKind(
                        name: fit.name, scalability: fit.law, clockShare: fit.clockShare ?? drawn,
                        activity: activity))
            }
        }
        let middle = median(kinds.map(\.activity))
        for index in kinds.indices { kinds[index].activity /= middle }
        return kinds
    }

    private static func fit(_ surface: Surface, suffix: String) -> Fit? {
        let measurements = surface.points.map {
            Measurement(
                configuration: $0.configuration, rate: 1 / $0.time.value, rateError: 0.02, power: $0.power,
                powerError: 0.02, duration: $0.time)
        }
        guard let model = TimeModel(measurements),
            let top = surface.points.map(\.configuration.frequency).max()
        else { return nil }
        let share = model.frequencySensitivity.map { share in
            let atTop = share * (model.reference / top)
            return atTop / (atTop + 1 - share)
        }
        let law = model.scalability.model
        let row = surface.points.filter { $0.configuration.frequency == model.reference }
        let program = surface.app.replacing("_10M", with: "").replacing("_native", with: "")
        return Fit(
            name: "\(program)-\(suffix)",
            law: ScalabilityModel(base: 1, contention: law.contention, coherency: law.coherency),
            clockShare: share,
            growth: slope(row.map { (Double($0.configuration.cores), $0.power.value) }))
    }

    /// Of the least-squares line.
    private static func slope(_ points: [(x: Double, y: Double)]) -> Double {
        let count = Double(points.count)
        let x = points.map(\.x).reduce(0, +) / count
        let y = points.map(\.y).reduce(0, +) / count
        let covariance = points.map { ($0.x - x) * ($0.y - y) }.reduce(0, +)
        return covariance / points.map { ($0.x - x) * ($0.x - x) }.reduce(0, +)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
