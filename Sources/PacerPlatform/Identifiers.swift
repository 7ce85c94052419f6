/// A logical CPU as the kernel numbers it.
public struct CPUID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    public static func < (left: CPUID, right: CPUID) -> Bool { left.number < right.number }

    public var description: String { "cpu\(number)" }
}

/// A physical core: one or more logical CPUs that share an execution engine.
public struct CoreID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    public static func < (left: CoreID, right: CoreID) -> Bool { left.number < right.number }

    public var description: String { "core \(number)" }
}

/// A processor package.
public struct PackageID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    public static func < (left: PackageID, right: PackageID) -> Bool { left.number < right.number }

    public var description: String { "package \(number)" }
}

/// A frequency domain, numbered by its lowest CPU as cpufreq's `policyN` is.
public struct DomainID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    public static func < (left: DomainID, right: DomainID) -> Bool { left.number < right.number }

    public var description: String { "domain \(number)" }
}
