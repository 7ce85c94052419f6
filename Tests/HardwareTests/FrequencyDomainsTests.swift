import PacerPlatform
import PacerUnits
import Testing

@testable import PacerHardware

/// A policy of these CPUs, without a table.
func policy(
    _ cpus: String, related: String? = nil, frequencies: [Int] = [], boost: [Int] = [], base: Int? = nil,
    limits: ClosedRange<Int>? = 800_000...3_200_000
) -> KeeperDomain {
    let members = CPUSet(parsing: cpus) ?? []
    return KeeperDomain(
        cpus: members, related: related.flatMap { CPUSet(parsing: $0) } ?? members, driver: "test",
        governor: "performance", minimum: 800_000, maximum: 3_200_000, hardwareMinimum: limits?.lowerBound,
        hardwareMaximum: limits?.upperBound, base: base, current: nil, boost: boost, frequencies: frequencies,
        governors: [], latencyNanoseconds: nil)
}

/// Cores of these CPUs, numbered in their order.
func cores(_ lists: String...) -> [Core] {
    lists.enumerated().map { index, list in
        Core(id: CoreID(index), cpus: CPUSet(parsing: list) ?? [], package: PackageID(0))
    }
}

@Suite struct OperatingPointsTests {
    private func kilohertz(_ points: [OperatingPoint]) -> [Int] { points.map(\.frequency.kilohertz) }

    @Test func `a table in any order becomes ascending points, each once`() {
        let points = OperatingPoints.of(policy("0", frequencies: [3_200_000, 800_000, 1_600_000, 800_000]))
        #expect(kilohertz(points) == [800_000, 1_600_000, 3_200_000])
        #expect(points.allSatisfy { !$0.isBoost })
    }

    @Test func `limits the wrong way round leave no points`() {
        var domain = policy("0", frequencies: [800_000, 3_200_000])
        (domain.hardwareMinimum, domain.hardwareMaximum) = (3_200_000, 800_000)
        #expect(OperatingPoints.of(domain).isEmpty)
        domain.frequencies = []
        #expect(OperatingPoints.of(domain).isEmpty)
    }

    @Test func `the entry one megahertz above nominal is boost`() {
        let points = OperatingPoints.of(policy("0", frequencies: [2_401_000, 2_400_000, 1_600_000]))
        #expect(points.map(\.isBoost) == [false, false, true])
    }

    @Test func `a boost list and what is above base are boost`() {
        let listed = policy("0", frequencies: [1_000_000, 2_000_000], boost: [2_800_000, 3_000_000])
        #expect(OperatingPoints.of(listed).map(\.isBoost) == [false, false, true, true])
        let based = policy("0", frequencies: [1_000_000, 2_000_000, 3_000_000], base: 2_000_000)
        #expect(OperatingPoints.of(based).map(\.isBoost) == [false, false, true])
    }

    @Test func `entries outside the hardware's limits are dropped`() {
        let points = OperatingPoints.of(
            policy("0", frequencies: [400_000, 800_000, 3_200_000, 3_600_000], limits: 800_000...3_200_000))
        #expect(kilohertz(points) == [800_000, 3_200_000])
    }

    @Test func `without a table points lie on a grid up to base and above it as boost`() {
        let points = OperatingPoints.of(policy("0", base: 2_100_000, limits: 800_000...3_700_000))
        #expect(
            kilohertz(points.filter { !$0.isBoost })
                == [800_000, 1_000_000, 1_200_000, 1_400_000, 1_600_000, 1_800_000, 2_000_000, 2_100_000])
        #expect(kilohertz(points.filter(\.isBoost)) == [2_400_000, 3_200_000, 3_700_000])
    }

    @Test(arguments: [
        (400_000, 1_500_000, 1_500_000), (800_000, 800_000, 800_000), (422_334, 4_672_070, 4_672_070),
        (800_000, 3_000_000, 5_800_000), (1_000, 2_000, 3_000), (800_000, 6_000_000, 6_000_000),
    ])
    func `made-up points keep both ends, ascend and are at most sixteen`(low: Int, base: Int, high: Int) {
        let points = OperatingPoints.of(policy("0", base: base, limits: low...high))
        let list = kilohertz(points)
        #expect(list.first == low && list.last == high && list.contains(base))
        #expect(list == Set(list).sorted())
        #expect(points.filter { !$0.isBoost }.count <= OperatingPoints.mostSustainable)
        #expect(points.filter(\.isBoost).count <= OperatingPoints.mostBoost)
    }

    @Test func `different kinds of cores have made-up points in common`() {
        let performance = Set(
            kilohertz(OperatingPoints.of(policy("0", base: 2_100_000, limits: 800_000...5_000_000))))
        let efficiency = Set(
            kilohertz(OperatingPoints.of(policy("8", base: 1_500_000, limits: 800_000...3_800_000))))
        #expect(
            performance.intersection(efficiency).isSuperset(of: [800_000, 1_000_000, 1_200_000, 1_400_000]))
    }

    @Test func `a driver that tells nothing gives no points`() {
        #expect(OperatingPoints.of(policy("0", limits: nil)).isEmpty)
    }
}

@Suite struct FrequencyDomainsTests {
    private let table = [800_000, 1_600_000, 3_200_000]

    @Test func `one policy per core is one domain per core`() {
        let found = FrequencyDomains(
            cores: cores("0", "1"),
            policies: [policy("0", frequencies: table), policy("1", frequencies: table)])
        #expect(found.domains.map(\.id) == [DomainID(0), DomainID(1)])
        #expect(found.cpus == [DomainID(0): [CPUID(0)], DomainID(1): [CPUID(1)]])
        #expect(found.notes.isEmpty)
    }

    @Test func `policies that split a core are one domain of whole cores`() {
        let policies = (0..<4).map { policy("\($0)", frequencies: table) }
        let found = FrequencyDomains(cores: cores("0,2", "1,3"), policies: policies)
        #expect(found.domains.map(\.cores) == [[CoreID(0)], [CoreID(1)]])
        #expect(found.cpus[DomainID(0)] == CPUSet([CPUID(0), CPUID(2)]))
    }

    @Test func `policies that the hardware couples are one domain`() {
        let policies = (0..<4).map { policy("\($0)", related: $0 < 2 ? "0-1" : "2-3", frequencies: table) }
        let found = FrequencyDomains(cores: cores("0", "1", "2", "3"), policies: policies)
        #expect(found.domains.map(\.cores) == [[CoreID(0), CoreID(1)], [CoreID(2), CoreID(3)]])
        #expect(found.cpus[DomainID(2)] == CPUSet([CPUID(2), CPUID(3)]))
        #expect(found.domains[0].operatingPoints.count == 3)
    }

    @Test func `cores without a policy are domains without points`() {
        let found = FrequencyDomains(cores: cores("0", "1"), policies: [policy("1", frequencies: table)])
        #expect(found.domains.map { $0.operatingPoints.isEmpty } == [true, false])
        #expect(found.cpus[DomainID(0)] == nil)
    }

    @Test func `CPUs that are not used here but switch along are asked for and said`() {
        let found = FrequencyDomains(cores: cores("0"), policies: [policy("0,1", frequencies: table)])
        #expect(found.cpus[DomainID(0)] == CPUSet([CPUID(0), CPUID(1)]))
        #expect(found.notes == ["CPUs 1 are not used here but change frequency together with 0."])
    }

    @Test func `coupled policies offer only what all of them have`() {
        let policies = [
            policy("0", related: "0-1", frequencies: [1_000_000, 2_000_000]),
            policy("1", related: "0-1", frequencies: [2_000_000, 3_000_000], base: 1_500_000),
        ]
        let found = FrequencyDomains(cores: cores("0", "1"), policies: policies)
        #expect(found.domains[0].operatingPoints.map(\.frequency) == [Hertz(kilohertz: 2_000_000)])
    }
}
