public import PacerPlatform
public import PacerUnits

/// What was measured of one program at one configuration.
public struct SurfacePoint: Hashable, Sendable {
    /// Where it ran.
    public let configuration: Configuration
    /// How long the whole program took.
    public let time: Seconds
    /// Mean power of the machine while it ran.
    public let power: Watts

    /// A point of a surface.
    public init(configuration: Configuration, time: Seconds, power: Watts) {
        self.configuration = configuration
        self.time = time
        self.power = power
    }

    /// Energy of the whole program there.
    public var energy: Joules { power * time }
}

/// Time and power of one program with one input, measured over configurations of one machine.
public struct Surface: Hashable, Sendable {
    /// The program.
    public let app: String
    /// Its input; for tables of several machines, the machine.
    public let input: String
    /// At least one, ascending by configuration, each configuration once.
    public let points: [SurfacePoint]
    /// Whether times and powers are relative: absolute ones were made up, the ratios are what was measured.
    public let isRelative: Bool

    /// A surface of at least one point, in any order.
    ///
    /// Points of the same configuration are repeats of one measurement, of which the mean is taken.
    public init(app: String, input: String, points: [SurfacePoint], isRelative: Bool = false) {
        precondition(!points.isEmpty, "a surface has at least one point")
        var merged: [SurfacePoint] = []
        for (_, repeats) in Dictionary(grouping: points, by: \.configuration)
            .sorted(by: { $0.key < $1.key })
        {
            let count = Double(repeats.count)
            merged.append(
                SurfacePoint(
                    configuration: repeats[0].configuration,
                    time: Seconds(repeats.map(\.time.value).reduce(0, +) / count),
                    power: Watts(repeats.map(\.power.value).reduce(0, +) / count)))
        }
        self.app = app
        self.input = input
        self.points = merged
        self.isRelative = isRelative
    }

    /// The point of least time; of several, the one of least power.
    public var fastest: SurfacePoint {
        points.min { ($0.time, $0.power) < ($1.time, $1.power) } ?? points[0]
    }

    /// The point at `configuration`.
    public func point(at configuration: Configuration) -> SurfacePoint? {
        var range = points.indices
        while let middle = range.isEmpty ? nil : (range.lowerBound + range.upperBound) / 2 {
            if points[middle].configuration == configuration { return points[middle] }
            range =
                points[middle].configuration < configuration
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// A machine that has every core and frequency of the table, in one frequency domain.
    public var machine: Machine {
        let count = points.map(\.configuration.cores).max() ?? 1
        let cores = (0..<count).map { number in
            Core(id: CoreID(number), cpus: CPUSet([CPUID(number)]), package: PackageID(0))
        }
        let frequencies = Set(points.map(\.configuration.frequency)).sorted()
        let domain = FrequencyDomain(
            id: DomainID(0), cores: cores.map(\.id), operatingPoints: frequencies.map { OperatingPoint($0) })
        return Machine(
            name: "\(app) \(input)", cores: cores, domains: [domain], energySource: .measured)
    }
}
