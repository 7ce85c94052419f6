import PacerConfig
import PacerPolicies
import PacerScheduling

/// The policies of a configuration, as they are and as the event journal keeps them.
struct LoadedPolicies: Sendable {
    let policies: [GridPolicy]
    let recorded: [RecordedPolicy]

    /// Reads the files; the default policy must be among them.
    static func load(_ configuration: DaemonConfiguration) throws -> LoadedPolicies {
        let policies = try PolicyDirectory.load(path: configuration.policies)
        let texts = try PolicyDirectory.texts(of: policies, path: configuration.policies)
        guard policies.contains(where: { $0.name == configuration.defaultPolicy }) else {
            throw DaemonError(
                "the default policy '\(configuration.defaultPolicy)' is not in \(configuration.policies)")
        }
        return LoadedPolicies(
            policies: policies,
            recorded: zip(policies, texts).map { RecordedPolicy(name: $0.name, text: $1) })
    }
}
