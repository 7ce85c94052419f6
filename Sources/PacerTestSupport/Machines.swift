public import PacerModels
public import PacerPlatform
import PacerUnits

/// A machine of `cores` equal cores with `perDomain` of them in each frequency domain.
public func exampleMachine(
    cores: Int, perDomain: Int = 1, megahertz: [Int] = [800, 1200, 1600, 2000, 2400, 2800, 3200]
) -> Machine {
    let all = (0..<cores).map { Core(id: CoreID($0), cpus: [CPUID($0)], package: PackageID(0)) }
    let points = megahertz.map { OperatingPoint(Hertz(kilohertz: $0 * 1000)) }
    let domains = stride(from: 0, to: cores, by: perDomain).map { first in
        FrequencyDomain(
            id: DomainID(first), cores: (first..<min(cores, first + perDomain)).map(CoreID.init),
            operatingPoints: points)
    }
    return Machine(name: "example", cores: all, domains: domains, energySource: .emulated)
}

/// A power model whose energy optimum for scalable work lies inside the frequency range.
public let examplePower = PowerModel(
    idle: Watts(8), uncore: Watts(6), cubic: 0.35, linear: 0.4, constant: 0.6)
