import PacerUnits

// How a machine is written into journals: what `Machine` is made of, keys with their units.

extension Machine: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, cores, domains, energySource
    }

    /// Reads a machine; refuses one without cores, and cores that are not in exactly one domain.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let cores = try container.decode([Core].self, forKey: .cores)
        let domains = try container.decode([FrequencyDomain].self, forKey: .domains)
        let members = domains.flatMap(\.cores)
        let known = Set(cores.map(\.id))
        guard !cores.isEmpty, known.count == cores.count, Set(members) == known,
            members.count == known.count
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .domains, in: container,
                debugDescription: "every core of a machine is in exactly one frequency domain")
        }
        self.init(
            name: try container.decode(String.self, forKey: .name), cores: cores, domains: domains,
            energySource: try container.decode(EnergySource.self, forKey: .energySource))
    }

    /// Writes everything.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(cores, forKey: .cores)
        try container.encode(domains, forKey: .domains)
        try container.encode(energySource, forKey: .energySource)
    }
}

extension Core: Codable {
    private enum CodingKeys: String, CodingKey {
        case core, cpus, package, numaNode, kind
    }

    /// Reads a core; its node and kind are 0 where they are not given.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let cpus = CPUSet(parsing: try container.decode(String.self, forKey: .cpus)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .cpus, in: container, debugDescription: "a list of CPUs is written like 0-3,8")
        }
        self.init(
            id: CoreID(try container.decode(Int.self, forKey: .core)), cpus: cpus,
            package: PackageID(try container.decode(Int.self, forKey: .package)),
            numaNode: try container.decodeIfPresent(Int.self, forKey: .numaNode) ?? 0,
            kind: try container.decodeIfPresent(Int.self, forKey: .kind) ?? 0)
    }

    /// Writes everything but a node and a kind of 0.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id.number, forKey: .core)
        try container.encode(cpus.description, forKey: .cpus)
        try container.encode(package.number, forKey: .package)
        if numaNode != 0 { try container.encode(numaNode, forKey: .numaNode) }
        if kind != 0 { try container.encode(kind, forKey: .kind) }
    }
}

extension FrequencyDomain: Codable {
    private enum CodingKeys: String, CodingKey {
        case domain, cores, frequenciesKhz, boostKhz
    }

    /// Reads a domain.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let points = try container.decode([Int].self, forKey: .frequenciesKhz)
        let boosts = try container.decodeIfPresent([Int].self, forKey: .boostKhz) ?? []
        guard (points + boosts).allSatisfy({ $0 > 0 }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .frequenciesKhz, in: container, debugDescription: "a frequency is above zero")
        }
        self.init(
            id: DomainID(try container.decode(Int.self, forKey: .domain)),
            cores: try container.decode([Int].self, forKey: .cores).map(CoreID.init),
            operatingPoints: points.map { OperatingPoint(Hertz(kilohertz: $0)) }
                + boosts.map { OperatingPoint(Hertz(kilohertz: $0), isBoost: true) })
    }

    /// Writes everything; the points above base frequency by themselves.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id.number, forKey: .domain)
        try container.encode(cores.map(\.number), forKey: .cores)
        try container.encode(sustainablePoints.map(\.frequency.kilohertz), forKey: .frequenciesKhz)
        let boosts = operatingPoints.filter(\.isBoost)
        if !boosts.isEmpty { try container.encode(boosts.map(\.frequency.kilohertz), forKey: .boostKhz) }
    }
}
