/// A logical CPU as the kernel numbers it.
public struct CPUID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The kernel's number.
    public let number: Int

    /// The logical CPU with this number.
    public init(_ number: Int) { self.number = number }

    /// Orders by number.
    public static func < (left: CPUID, right: CPUID) -> Bool { left.number < right.number }

    /// The number with its kind: `cpu3`.
    public var description: String { "cpu\(number)" }
}

/// A physical core: one or more logical CPUs that share an execution engine.
public struct CoreID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number within the machine, not the kernel's `core_id`, which repeats in every package.
    public let number: Int

    /// The core with this number.
    public init(_ number: Int) { self.number = number }

    /// Orders by number.
    public static func < (left: CoreID, right: CoreID) -> Bool { left.number < right.number }

    /// The number with its kind: `core 3`.
    public var description: String { "core \(number)" }
}

/// A processor package.
public struct PackageID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number that the system gives the package.
    public let number: Int

    /// The package with this number.
    public init(_ number: Int) { self.number = number }

    /// Orders by number.
    public static func < (left: PackageID, right: PackageID) -> Bool { left.number < right.number }

    /// The number with its kind: `package 0`.
    public var description: String { "package \(number)" }
}

/// A frequency domain, numbered by its lowest CPU as cpufreq's `policyN` is.
public struct DomainID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The lowest CPU's number.
    public let number: Int

    /// The domain with this number.
    public init(_ number: Int) { self.number = number }

    /// Orders by number.
    public static func < (left: DomainID, right: DomainID) -> Bool { left.number < right.number }

    /// The number with its kind: `domain 4`.
    public var description: String { "domain \(number)" }
}
