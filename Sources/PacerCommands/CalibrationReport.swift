import PacerAPI
import PacerUnits

/// What `pacer calibrate` prints.
struct CalibrationReport {
    let view: CalibrationView

    init(_ view: CalibrationView) { self.view = view }

    func lines(style: Style = .plain) -> [String] {
        let count = "\(view.windows.count) windows in \(Words.length(view.durationS.rounded()))"
        let head = style.bold(view.machine) + ": \(CoreCount(view.cores)), \(frequencies); \(count)"
        let source =
            style.bold("energy: \(view.energySource)") + EnergyWords.explanation(view.energySource)
        let rest = [fit, memory].compactMap(\.self) + boost + [latency].compactMap(\.self)
        return [head, source, ""] + coefficients(style) + [""] + rest
            + (view.notes.isEmpty ? [] : ["", style.bold("notes")] + view.notes.map { "  \($0)" })
            + ["", output]
    }

    private var frequencies: String {
        guard let all = view.frequenciesKhz, let first = all.first, let last = all.last else {
            return "frequency cannot be chosen"
        }
        guard all.count > 1 else { return "one frequency, \(Hertz(kilohertz: first))" }
        return "\(all.count) frequencies from \(Hertz(kilohertz: first)) to \(Hertz(kilohertz: last))"
    }

    private func coefficients(_ style: Style) -> [String] {
        var table = TextTable([
            ("COEFFICIENT", .left), ("VALUE", .right), ("UNIT", .left), ("STANDARD ERROR", .right),
            ("", .left),
        ])
        for coefficient in view.coefficients {
            let isKnown = coefficient.value > 0 || coefficient.doubt == nil
            table.add([
                coefficient.name, isKnown ? decimal(coefficient.value, places: 4) : "not known",
                coefficient.unit, coefficient.standardError.map { decimal($0, places: 4) } ?? "–",
                coefficient.doubt ?? "",
            ])
        }
        return table.lines(style: style)
    }

    private var fit: String {
        let quality = view.quality
        let repeats = quality.repeatRatio.map { ", one window from the next by \(Self.percent($0))" } ?? ""
        let miss = "windows deviate from the model by \(Self.percent(quality.deviationRatio))\(repeats)"
        guard let median = quality.medianErrorRatio, let high = quality.highErrorRatio else {
            return "fit         \(miss); too few points to cross-validate"
        }
        return "fit         power at points left out of the fit: median error \(Self.percent(median)), "
            + "95th percentile \(Self.percent(high)), of \(quality.crossValidatedPoints); \(miss)"
    }

    private var memory: String? {
        view.memoryActivity.map { activity in
            let error = view.memoryActivityError.map { " ± \(decimal($0, places: 3))" } ?? ""
            return
                "memory      memory-bound load draws \(decimal(activity, places: 3))\(error) times the core "
                + "power of compute-bound load"
        }
    }

    private var boost: [String] {
        view.boost.map { boost in
            let effective =
                boost.effectiveKhz.map { "ran at \(Hertz(kilohertz: $0))" }
                ?? "what they ran at cannot be read"
            return "boost       \(CoreCount(boost.cores)) at \(Hertz(kilohertz: boost.frequencyKhz)): "
                + "\(Watts(boost.powerW)), the model says \(Watts(boost.modelledW)); \(effective)"
        }
    }

    private var latency: String? {
        let seen = view.transitionLatencyS.map { "\(Words.length($0)) until a frequency is read back" }
        let declared = view.declaredLatencyS.map { "the driver declares \(Words.length($0))" }
        let parts = [seen, declared].compactMap(\.self)
        return parts.isEmpty ? nil : "latency     \(parts.joined(separator: "; "))"
    }

    private var output: String {
        guard let path = view.output else { return "not written: --output FILE would write the description" }
        return "written to \(path)"
    }

    private static func percent(_ share: Double) -> String { Words.percent(share, places: 2) }
}
