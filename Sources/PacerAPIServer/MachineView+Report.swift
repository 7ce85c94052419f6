import PacerAPI
import PacerModels
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits

extension MachineView {
    init(_ report: MachineReport) {
        let machine = report.machine
        self.init(
            name: machine.name, isEmulated: report.isEmulated,
            energy: Energy(
                source: EnergySourceName(machine.energySource), totalJ: report.energy.total.value.finite ?? 0,
                unknownS: report.energy.unknown.value.finite ?? 0,
                zones: report.energyDomains.sorted().map(EnergyZone.init)),
            powerModel: PowerModel(report.powerModel))
        cores = machine.cores.map { Core($0, isPresent: report.present.contains($0.id)) }
        domains = machine.domains.map { Domain($0, held: report.held[$0.id]) }
        frequencySummary = report.frequencySummary
        containmentMethod = report.containment.method
        containmentNote = report.containment.note
        knobs = report.knobs.map(Knob.init)
        conflicts = report.conflicts
        notes = report.notes
    }
}

extension MachineView.Core {
    fileprivate init(_ core: Core, isPresent: Bool) {
        self.init(
            id: core.id.number, cpus: core.cpus.cpus.map(\.number), package: core.package.number,
            numaNode: core.numaNode, kind: core.kind)
        if !isPresent { isOffline = true }
    }
}

extension MachineView.Domain {
    fileprivate init(_ domain: FrequencyDomain, held: Hertz?) {
        self.init(
            id: domain.id.number, cores: domain.cores.map(\.number),
            operatingPoints: domain.operatingPoints.map {
                MachineView.OperatingPoint(frequencyKhz: $0.frequency.kilohertz, isBoost: $0.isBoost)
            },
            heldKhz: held?.kilohertz)
    }
}

extension MachineView.EnergyZone {
    fileprivate init(_ domain: EnergyDomain) {
        self.init(
            name: domain.name, origin: domain.origin, rangeMicrojoules: domain.rangeMicrojoules,
            countsTowardsTotal: domain.countsTowardsTotal)
    }
}

extension MachineView.PowerModel {
    fileprivate init(_ model: PowerModel) {
        self.init(
            idleW: model.idle.value, uncoreW: model.uncore.value, cubicWPerGhz3: model.cubic,
            linearWPerGhz: model.linear, constantW: model.constant)
    }
}

extension MachineView.Knob {
    fileprivate init(_ knob: Knob) {
        self.init(
            path: knob.path, now: knob.now, original: knob.original, wanted: knob.wanted,
            owner: knob.owner.rawValue, reason: knob.reason?.rawValue, sinceUnixS: knob.since)
    }
}
