import PacerPlatform
import PacerUnits

/// What all parts of a page share.
struct PageContext {
    let data: ReportData
    let units: PageUnits
    let colours: FrequencyColours
    let timeAxis: PageTimeAxis
    /// Indices of policies, by energy where they ran the same jobs, else as they are.
    let order: [Int]
    /// Index of the policy that others are compared with: race-to-idle, or the one that took most; `nil`
    /// where there is nothing to compare.
    let baseline: Int?
    /// Index of the policy that took least of those that miss no more deadlines than the baseline; where the
    /// baseline alone does so, of all.
    let best: Int?

    init(_ data: ReportData) {
        self.data = data
        units = PageUnits(data)
        colours = FrequencyColours(data)
        timeAxis = PageTimeAxis(to: data.horizon, units)
        let policies = data.policies
        let isCompared = data.kind == .replay
        let byEnergy = policies.indices.sorted {
            (policies[$0].energy.total.value, $0) < (policies[$1].energy.total.value, $1)
        }
        order = isCompared ? byEnergy : Array(policies.indices)
        let isBaseline = isCompared && policies.count > 1
        let chosen = isBaseline ? policies.firstIndex { $0.name == "race-to-idle" } ?? byEnergy.last : nil
        baseline = chosen
        let reliable = order.first { index in
            guard let chosen else { return true }
            let (own, other) = (policies[index].summary, policies[chosen].summary)
            return index != chosen && own.misses <= other.misses && own.neverRan <= other.neverRan
        }
        let takesLess = reliable.map { index in
            chosen.map { policies[index].energy.total <= policies[$0].energy.total } ?? true
        }
        best = takesLess == true ? reliable : order.first
    }

    /// How the joules came to be: `modelled`.
    var source: String { data.energySource.rawValue }

    /// The same as a sentence.
    var sourceSentence: String {
        switch data.energySource {
        case .measured: "All joules are measured: read from the machine’s energy counters."
        case .emulated:
            "All joules are emulated: an emulated machine’s counter, driven by CPU time really used; not "
                + "measured."
        case .modelled: "All joules are modelled: computed from the machine’s power model, not measured."
        }
    }

    /// `total` against the baseline's as a signed share; `nil` without one.
    func change(of total: Joules) -> Double? {
        guard let baseline, data.policies[baseline].energy.total > .zero else { return nil }
        return total / data.policies[baseline].energy.total - 1
    }

    /// A group of radio buttons, one a policy, that choose which part of a chart is shown.
    func choice(_ name: String, label: String) -> String {
        guard data.policies.count > 1 else { return "" }
        let buttons = order.map { index in
            """
            <label><input type="radio" name="\(name)" id="\(name)\(index)"\
            \(index == best ?? order.first ? " checked" : "")>\
            <span>\(escaped(data.policies[index].name))</span></label>
            """
        }
        return """
            <fieldset class="chips"><legend>\(escaped(label))</legend>\(buttons.joined(separator: "\n"))\
            </fieldset>
            """
    }

    /// Rules that show the part of the chosen policy alone.
    func choiceRules(_ name: String) -> String {
        guard data.policies.count > 1 else { return "" }
        return data.policies.indices.map { index in
            "section:has(#\(name)\(index):not(:checked)) .pane[data-p=\"\(index)\"]{display:none}"
        }.joined()
    }
}
