public import PacerPolicies

/// Reads every policy file of a directory.
public enum PolicyDirectory {
    /// The policies in the `.yaml` files of the directory at `path`, by name in ascending order.
    public static func load(path: String) throws(ConfigurationError) -> [GridPolicy] {
        try load(paths: [path])
    }

    /// The texts of the files of `policies` in the directory at `path`, in their order.
    public static func texts(
        of policies: [GridPolicy], path: String
    ) throws(ConfigurationError) -> [String] {
        var texts: [String] = []
        for policy in policies { texts.append(try TextFile.read("\(path)/\(policy.name).yaml")) }
        return texts
    }

    /// The policies of several directories, by name in ascending order; a name may be given only once.
    public static func load(paths: [String]) throws(ConfigurationError) -> [GridPolicy] {
        var policies: [GridPolicy] = []
        var files: [String: String] = [:]
        for directory in paths {
            for name in try TextFile.names(inDirectory: directory) {
                let file = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
                if name.hasSuffix(".yml") {
                    throw ConfigurationError(
                        .unreadable("the names of policy files end in .yaml"), file: file)
                }
                guard name.hasSuffix(".yaml") else { continue }
                let policy = try PolicyFile.load(path: file)
                if let other = files.updateValue(file, forKey: policy.name) {
                    throw ConfigurationError(.duplicateName(policy.name, otherFile: other), file: file)
                }
                policies.append(policy)
            }
        }
        return policies.sorted { $0.name < $1.name }
    }
}
