import PacerPlatform
import PacerUnits
import Testing

@Suite struct MachineTests {
    private func core(_ number: Int, cpus: [Int]) -> Core {
        Core(id: CoreID(number), cpus: CPUSet(cpus.map { CPUID($0) }), package: PackageID(0))
    }

    private func domain(_ number: Int, cores: [Int], megahertz: [Int], boost: [Int] = []) -> FrequencyDomain {
        FrequencyDomain(
            id: DomainID(number), cores: cores.map { CoreID($0) },
            operatingPoints: megahertz.map { OperatingPoint(Hertz(kilohertz: $0 * 1000)) }
                + boost.map { OperatingPoint(Hertz(kilohertz: $0 * 1000), isBoost: true) })
    }

    private func machine(_ domains: [FrequencyDomain]) -> Machine {
        Machine(
            name: "two cores", cores: [core(1, cpus: [1, 3]), core(0, cpus: [0, 2])], domains: domains,
            energySource: .modelled)
    }

    @Test func `frequencies are the sustainable ones that every domain offers`() {
        let machine = machine([
            domain(1, cores: [1], megahertz: [2000, 1000, 3000]),
            domain(0, cores: [0], megahertz: [1000, 2000, 2500], boost: [3000]),
        ])
        #expect(machine.frequencies.map(\.kilohertz) == [1_000_000, 2_000_000])
        #expect(machine.topFrequency == Hertz(kilohertz: 2_000_000))
        #expect(machine.hasFrequencyControl)
        #expect(machine.domains.map(\.id.number) == [0, 1])
    }

    @Test func `a machine without operating points has one nominal frequency`() {
        let machine = machine([domain(0, cores: [0, 1], megahertz: [])])
        #expect(machine.frequencies == [Machine.nominalFrequency])
        #expect(!machine.hasFrequencyControl)
    }

    @Test func `cores are ascending and bring their SMT siblings`() {
        let machine = machine([domain(0, cores: [0, 1], megahertz: [1000])])
        #expect(machine.cores.map(\.id.number) == [0, 1])
        #expect(machine.coreCount == 2)
        #expect(machine.cpus(of: [CoreID(0)]).description == "0,2")
        #expect(machine.domain(of: CoreID(1))?.id == DomainID(0))
    }

    @Test func `configurations are ordered by cores, then frequency`() {
        let a = Configuration(cores: 1, frequency: Hertz(3e9))
        let b = Configuration(cores: 2, frequency: Hertz(1e9))
        let c = Configuration(cores: 2, frequency: Hertz(2e9))
        #expect([c, b, a].sorted() == [a, b, c])
        #expect(b.description == "2 cores at 1 GHz")
    }
}
