public import PacerUnits

/// Jobs that behave alike, and what they could run at.
public struct ReportKind: Hashable, Sendable, Codable {
    /// A configuration with what it gives and takes.
    public struct Point: Hashable, Sendable, Codable {
        /// Which configuration.
        public var configuration: ReportConfiguration
        /// Work per second, in the kind's ``ReportKind/rateUnit``.
        public var rate: Double
        /// Power of the whole machine with one such job alone on it.
        public var power: Watts

        /// A point of the plane of rate and power.
        public init(_ configuration: ReportConfiguration, rate: Double, power: Watts) {
            self.configuration = configuration
            self.rate = rate
            self.power = power
        }

        private enum CodingKeys: String, CodingKey {
            case configuration, rate
            case power = "power_w"
        }
    }

    /// The name of the kind, or of the class.
    public var name: String
    /// What rates are in: "× one core at 3.6 GHz", "units/s".
    public var rateUnit: String
    /// Ascending by configuration; empty where nothing is known.
    public var points: [Point]
    /// Indices of the points on the lower convex hull from the idle machine on, ascending by rate.
    public var hull: [Int]

    /// A kind with its points.
    public init(name: String, rateUnit: String, points: [Point], hull: [Int]) {
        self.name = name
        self.rateUnit = rateUnit
        self.points = points
        self.hull = hull
    }

    private enum CodingKeys: String, CodingKey {
        case name, points, hull
        case rateUnit = "rate_unit"
    }
}
