/// A set of logical CPUs, always walked in ascending order.
public struct CPUSet: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The members in ascending order, each once.
    public let cpus: [CPUID]

    /// The set of `cpus`, in any order, repeats allowed.
    public init(_ cpus: some Sequence<CPUID>) { self.cpus = Set(cpus).sorted() }

    /// A set written out: `[CPUID(0), CPUID(1)]`.
    public init(arrayLiteral elements: CPUID...) { self.init(elements) }

    /// Whether there is no CPU in it.
    public var isEmpty: Bool { cpus.isEmpty }
    /// How many CPUs are in it.
    public var count: Int { cpus.count }

    /// Whether `cpu` is in it.
    public func contains(_ cpu: CPUID) -> Bool { cpus.contains(cpu) }
    /// The CPUs that are in either set.
    public func union(_ other: CPUSet) -> CPUSet { CPUSet(cpus + other.cpus) }
    /// Whether no CPU is in both sets.
    public func isDisjoint(with other: CPUSet) -> Bool { Set(cpus).isDisjoint(with: other.cpus) }

    /// The kernel's list format: `0-3,8`.
    public var description: String {
        var parts: [String] = []
        var index = 0
        while index < cpus.count {
            var last = index
            while last + 1 < cpus.count, cpus[last + 1].number == cpus[last].number + 1 { last += 1 }
            let first = cpus[index].number
            parts.append(last == index ? "\(first)" : "\(first)-\(cpus[last].number)")
            index = last + 1
        }
        return parts.joined(separator: ",")
    }

    /// A set in the kernel's list format; `nil` when the text is not one.
    public init?(parsing text: String) {
        var members: [CPUID] = []
        let trimmed = text.filter { !$0.isWhitespace || $0 == " " }
        for part in trimmed.split(whereSeparator: { $0 == "," || $0 == " " }) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else {
                return nil
            }
            guard first >= 0, first <= last, last < 65536 else { return nil }
            members += (first...last).map(CPUID.init)
            // A list that names more than there can be repeats itself without end.
            guard members.count <= 65536 else { return nil }
        }
        self.init(members)
    }
}
