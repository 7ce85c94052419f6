import PacerAPI
import PacerModels
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerUnits

/// What a calibration measured, for the file that daemons read and for people.
struct CalibrationFinding {
    /// What came of the windows.
    struct Measured {
        var windows: [CalibrationWindow]
        var fit: CalibrationFit
        /// From the request until the frequency is read back; `nil` where that cannot be seen.
        var latency: Seconds?
        var declaredLatency: Seconds?
        var duration: Seconds
    }

    private let measured: Measured
    private let machine: Machine
    private let isEmulated: Bool
    private let counterRange: UInt64
    private let notes: [String]

    init(_ measured: Measured, facts: MachineFacts, meter: any EnergyMeter, notes: [String]) {
        self.measured = measured
        self.machine = facts.machine
        self.isEmulated = facts.isEmulated
        self.counterRange =
            meter.domains.filter(\.countsTowardsTotal).map(\.rangeMicrojoules).max() ?? UInt64.max
        self.notes = facts.notes + facts.conflicts + notes
    }

    // MARK: For the file

    /// What daemons load, called `name`.
    func description(named name: String, date: String) -> MachineDescription {
        let sizes = Set(machine.domains.map(\.cores.count))
        let boost = boostFrequencies
        var description = MachineDescription(
            name: name, summary: "\(machine.name), calibrated on \(date).",
            frequencies: machine.frequencies, boostFrequencies: boost,
            // Domains of different sizes have no size in common but one core.
            coresPerDomain: sizes.count == 1 ? sizes.first : 1,
            cores: machine.coreCount, power: measured.fit.model, counterRangeMicrojoules: counterRange)
        description.processor = machine.name
        var record = CalibrationRecord(
            date: date, source: machine.energySource, windows: measured.windows.count,
            unknown: unknown.map(\.rawValue))
        record.medianError = measured.fit.crossValidation?.median
        record.highError = measured.fit.crossValidation?.high
        record.memoryActivity = measured.fit.memory?.factor
        record.transitionLatency = measured.latency
        record.declaredLatency = measured.declaredLatency
        let boosts = measured.fit.boost.map { seen in
            (seen.cores, CalibrationRecord.Boost(power: seen.power, effective: seen.effective))
        }
        record.boostOneCore = boosts.first { $0.0 == 1 }?.1
        record.boostAllCores = boosts.first { $0.0 == machine.coreCount }?.1
        description.calibration = record
        return description
    }

    /// Those that no core goes without.
    private var boostFrequencies: [Hertz] {
        let each = machine.domains.map { domain in
            Set(domain.operatingPoints.filter(\.isBoost).map(\.frequency))
        }
        let shared = each.dropFirst().reduce(each.first ?? []) { $0.intersection($1) }
        return shared.filter { $0 > machine.topFrequency }.sorted()
    }

    private var unknown: [CalibrationFit.Name] {
        measured.fit.coefficients.filter { $0.value == 0 && $0.doubt != nil }.map(\.name)
    }

    // MARK: For people

    /// What the command line shows.
    func view(output: String?) -> CalibrationView {
        let fit = measured.fit
        var view = CalibrationView(
            machine: machine.name, energySource: EnergySourceName(rawValue: machine.energySource.rawValue),
            cores: machine.coreCount, coefficients: fit.coefficients.map(Self.coefficient),
            quality: quality, windows: measured.windows.map(Self.window), durationS: measured.duration.value)
        view.frequenciesKhz = machine.hasFrequencyControl ? machine.frequencies.map(\.kilohertz) : nil
        view.memoryActivity = fit.memory?.factor
        view.memoryActivityError = fit.memory?.standardError
        view.boost = fit.boost.map { boost in
            CalibrationView.Boost(
                cores: boost.cores, frequencyKhz: boost.frequency.kilohertz,
                effectiveKhz: boost.effective?.kilohertz, powerW: boost.power.value,
                modelledW: boost.modelled.value)
        }
        view.transitionLatencyS = measured.latency?.value
        view.declaredLatencyS = measured.declaredLatency?.value
        view.notes = notes + absences
        view.output = output
        return view
    }

    private var quality: CalibrationView.Quality {
        let fit = measured.fit
        var quality = CalibrationView.Quality(deviationRatio: fit.deviation)
        quality.crossValidatedPoints = fit.crossValidation?.points ?? 0
        quality.medianErrorRatio = fit.crossValidation?.median
        quality.highErrorRatio = fit.crossValidation?.high
        quality.repeatRatio = fit.repeatability
        quality.idleDriftRatio = fit.idleDrift
        return quality
    }

    /// What this machine does not show, and what the model leaves out of it.
    private var absences: [String] {
        var sentences: [String] = []
        if measured.fit.boost.isEmpty {
            sentences.append("Boost is not available: no frequency above base is offered on every core.")
        }
        if isEmulated {
            sentences.append(
                "There is no transition latency: an emulated frequency is a share of the cores' time.")
        } else if measured.latency == nil {
            sentences.append("Transition latency is not available: no change of frequency can be read back.")
        }
        if Set(machine.cores.map(\.kind)).count > 1 {
            sentences.append("The machine has several kinds of cores; the model is one for all of them.")
        }
        if Set(machine.cores.map(\.package)).count > 1 {
            sentences.append("The machine has several packages; uncore power is counted once for all.")
        }
        if let drift = measured.fit.idleDrift, abs(drift) > 0.05 {
            sentences.append(
                "Idle power changed by \(decimal(drift * 100, places: 0)) % meanwhile: was it left alone?")
        }
        if let error = measured.fit.crossValidation?.high, error > 0.1 {
            sentences.append("The model fits badly: calibrate again while nothing else runs.")
        }
        return sentences + slowCores
    }

    /// Points at which the cores ran at something else than was asked for.
    private var slowCores: [String] {
        let missed = Set(
            measured.windows.compactMap { window -> Hertz? in
                guard case .busy(_, _, let frequency, isBoost: false) = window.point,
                    let effective = window.effective, abs(effective / frequency - 1) > 0.03
                else { return nil }
                return frequency
            })
        guard !missed.isEmpty else { return [] }
        let words = missed.sorted().map(\.description).joined(separator: ", ")
        return ["The cores did not run at what was held at \(words): power or heat may be limited."]
    }

    private static func coefficient(_ known: CalibrationFit.Coefficient) -> CalibrationView.Coefficient {
        let unit =
            switch known.name {
            case .idle, .uncore, .constant: "W"
            case .cubic: "W/GHz^3"
            case .linear: "W/GHz"
            }
        return CalibrationView.Coefficient(
            name: known.name.rawValue, value: known.value, unit: unit, standardError: known.standardError,
            doubt: known.doubt)
    }

    private static func window(_ window: CalibrationWindow) -> CalibrationView.Window {
        var view = CalibrationView.Window(lengthS: window.length.value, energyJ: window.energy.value)
        guard case .busy(let load, let cores, let frequency, _) = window.point else { return view }
        view.load = load.rawValue
        view.cores = cores
        view.frequencyKhz = frequency.kilohertz
        view.busyS = window.busy.value
        return view
    }
}
