public import PacerPolicies
import PacerScheduling
import PacerUnits
import Yams

/// Reads one policy file; the format is described in docs/policies.md.
public enum PolicyFile {
    /// The policy in the file at `path`.
    public static func load(path: String) throws(ConfigurationError) -> GridPolicy {
        try parse(try TextFile.read(path), file: path)
    }

    /// The policy in `text`.
    ///
    /// - Parameter file: The path that errors name; its last component without `.yaml` must be the policy's
    ///   name.
    public static func parse(_ text: String, file: String) throws(ConfigurationError) -> GridPolicy {
        let root = try Section(try Document.compose(text, file: file), file: file, keys: keys)
        let policy = GridPolicy(
            name: try root.required("name", .name(equalTo: TextFile.baseName(of: file))),
            summary: try root.required("summary", .line),
            cores: try root.required("cores", cores),
            frequency: try root.required("frequency", frequency),
            mix: try root.optional("mix", .word) ?? .none,
            objective: try root.optional("objective", .word) ?? .energy,
            accounting: try root.optional("accounting", .word) ?? .horizon,
            margin: try root.optional("margin", .percentage(in: 0...90)) ?? defaultMargin,
            queue: try root.optional("queue", .word) ?? .edf,
            haste: try root.optional("haste", .percentage(in: 100...1000)) ?? 1,
            patience: try root.optional("patience", patience) ?? nil,
            preempts: try root.optional("preemption", preemption) ?? false,
            references: try root.optional("references", Format<String>.identifier.list) ?? [])
        try refuseImpossible(policy, in: root)
        return policy
    }

    /// The margin of a policy that does not say: 5 %.
    public static let defaultMargin = 0.05

    /// The largest core count that a policy may fix.
    static let mostCores = 4096

    private static let keys = [
        "name", "summary", "cores", "frequency", "mix", "objective", "accounting", "margin", "queue", "haste",
        "patience", "preemption", "references",
    ]

    private static var cores: Format<GridPolicy.Cores> {
        Format(
            accepted: "widest, narrowest, any or { fixed: N } with N from 1 to \(mostCores)"
        ) { field throws(ConfigurationError) in
            switch field.text {
            case "widest": return .widest
            case "narrowest": return .narrowest
            case "any": return .any
            case nil where field.node.mapping != nil:
                let choice = try field.section(keys: ["fixed"])
                return .fixed(try choice.required("fixed", .integer(in: 1...mostCores)))
            default: return nil
            }
        }
    }

    private static var preemption: Format<Bool> {
        Format("none or pause") { ["none": false, "pause": true][$0] }
    }

    private static var patience: Format<Double?> {
        Format("none or a share from 100 % to 1000 %, e.g. \"150 %\"") { text in
            if text == "none" { return .some(nil) }
            let share = try fraction(parsing: text)
            return (1...10).contains(share) ? .some(share) : nil
        }
    }

    private static var frequency: Format<GridPolicy.Frequency> {
        Format(
            accepted: "highest, lowest, lowest-feasible, any or { governor: \(governors) }"
        ) { field throws(ConfigurationError) in
            switch field.text {
            case "highest": return .highest
            case "lowest": return .lowest
            case "lowest-feasible": return .lowestFeasible
            case "any": return .any
            case nil where field.node.mapping != nil:
                let choice = try field.section(keys: ["governor"])
                return .governor(try choice.required("governor", .word))
            case let text?:
                // The mapping in quotes, as one writes it who met YAML's complaint about the second colon.
                guard text.hasPrefix("governor: ") else { return nil }
                return GridPolicy.Governor(rawValue: String(text.dropFirst("governor: ".count)))
                    .map(GridPolicy.Frequency.governor)
            case nil: return nil
            }
        }
    }

    private static var governors: String {
        GridPolicy.Governor.allCases.map(\.rawValue).joined(separator: "|")
    }

    /// Refuses values that contradict each other, at the value that is easier to change.
    private static func refuseImpossible(
        _ policy: GridPolicy, in root: Section
    ) throws(ConfigurationError) {
        if policy.preempts, policy.queue != .edf {
            throw root.impossible("preemption", "only 'queue: edf' knows whose job is more urgent")
        }
        guard policy.mix == .twoConfigurations else { return }
        if case .governor = policy.frequency {
            throw root.impossible("mix", "a governor chooses one frequency, so there is nothing to mix")
        }
        if policy.frequency == .lowestFeasible || policy.cores == .narrowest {
            throw root.impossible(
                "mix", "'lowest-feasible' and 'narrowest' ask for one configuration; use any")
        }
        if policy.cores != .any, policy.frequency != .any {
            throw root.impossible(
                "mix", "two configurations need 'cores: any' or 'frequency: any' to differ in")
        }
        if policy.objective != .energy {
            throw root.impossible("mix", "only 'objective: energy' gains from a mix")
        }
    }
}
