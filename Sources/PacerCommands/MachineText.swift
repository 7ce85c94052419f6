import PacerAPI
import PacerUnits

/// What `pacer inspect` prints.
struct MachineText {
    let machine: MachineView
    let zone: (Int64) -> Int64

    init(_ machine: MachineView, zone: @escaping (Int64) -> Int64) {
        self.machine = machine
        self.zone = zone
    }

    func lines(now: Int64, style: Style = .plain) -> [String] {
        let head = style.bold("\(machine.name)") + ": \(CoreCount(machine.cores.count))"
        return [head, "frequency   \(machine.frequencySummary)", "containment \(containment)"]
            + cores(style) + domains(style) + energy(style) + knobs(now, style)
            + list("conflicts", machine.conflicts, style) + list("notes", machine.notes, style)
    }

    private var containment: String { "\(machine.containmentMethod): \(machine.containmentNote)" }

    private func cores(_ style: Style) -> [String] {
        var table = TextTable([
            ("CORE", .right), ("CPUS", .left), ("PACKAGE", .right), ("NUMA NODE", .right), ("KIND", .right),
        ])
        for core in machine.cores {
            let cpus = core.cpus.map(String.init).joined(separator: ",")
            table.add(["\(core.id)", cpus, "\(core.package)", "\(core.numaNode)", "\(core.kind)"])
        }
        return [""] + table.lines(style: style)
    }

    private func domains(_ style: Style) -> [String] {
        var table = TextTable([
            ("DOMAIN", .right), ("CORES", .left), ("OPERATING POINTS", .left), ("HELD AT", .left),
        ])
        for domain in machine.domains {
            let points = domain.operatingPoints.map {
                Hertz(kilohertz: $0.frequencyKhz).description + ($0.isBoost ? " (boost)" : "")
            }
            table.add([
                "\(domain.id)", domain.cores.map(String.init).joined(separator: ","),
                points.isEmpty ? "cannot be chosen" : points.joined(separator: ", "),
                domain.heldKhz.map { Hertz(kilohertz: $0).description } ?? "not held",
            ])
        }
        return [""] + table.lines(style: style)
    }

    private func energy(_ style: Style) -> [String] {
        let energy = machine.energy
        var lines = ["", style.bold("energy: \(energy.source)") + EnergyWords.explanation(energy.source)]
        let unknown = energy.unknownS > 0 ? ", unknown for \(Words.length(energy.unknownS))" : ""
        let total = energy.totalJ.map { "\(Joules($0))" } ?? "what only root and administrators are told"
        lines.append("  \(total) since the daemon started\(unknown)")
        for zone in energy.zones {
            let total = zone.countsTowardsTotal ? "in the total" : "not in the total"
            let range = Joules(Double(zone.rangeMicrojoules) / 1_000_000)
            lines.append("  \(zone.name): \(total), wraps at \(range), from \(zone.origin)")
        }
        let model = machine.powerModel
        let slope = "\(number(model.cubicWPerGhz3))·f³ + \(number(model.linearWPerGhz))·f"
        let core = "cores·(\(slope) + \(number(model.constantW))) W, f in GHz"
        lines.append("  model: \(Watts(model.idleW)) idle + \(Watts(model.uncoreW)) uncore + \(core)")
        return lines
    }

    private func knobs(_ now: Int64, _ style: Style) -> [String] {
        guard !machine.knobs.isEmpty else { return ["", "no knobs can be changed here"] }
        var table = TextTable([
            ("KNOB", .left), ("NOW", .left), ("WANTED", .left), ("ORIGINAL", .left), ("OWNER", .left),
            ("REASON", .left), ("SINCE", .left),
        ])
        for knob in machine.knobs {
            let since = knob.sinceUnixS.map { Words.time($0 * 1_000_000_000, now: now, zone: zone) }
            table.add([
                knob.path, knob.now, knob.wanted ?? "-", knob.original ?? "-",
                knob.owner == "other" ? style.red(knob.owner) : knob.owner, knob.reason ?? "-", since ?? "-",
            ])
        }
        return [""] + table.lines(style: style)
    }

    private func list(_ title: String, _ sentences: [String], _ style: Style) -> [String] {
        sentences.isEmpty ? [] : ["", style.bold(title)] + sentences.map { "  \($0)" }
    }

    private func number(_ value: Double) -> String { decimal(value, places: 3, keepZeros: false) }
}
