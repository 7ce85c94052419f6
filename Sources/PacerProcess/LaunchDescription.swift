import PacerPorts

/// What a shepherd must know to start its job, in the form that it reads.
struct LaunchDescription {
    /// The environment variable that names the progress file.
    static let progressVariable = "PACER_PROGRESS"
    /// The environment variable that names the descriptor on which the progress file is open.
    static let progressDescriptorVariable = "PACER_PROGRESS_FD"

    let bytes: [UInt8]

    init(_ request: LaunchRequest, mask: AffinityMask, hasVersion2: Bool, version1Count: Int)
        throws(PortError)
    {
        guard let program = request.arguments.first, !program.isEmpty else {
            throw PortError(.invalid, "start job \(request.job)", reason: "it names no program")
        }
        var environment = request.environment
        environment[Self.progressVariable] = "\(request.folder)/progress"
        environment[Self.progressDescriptorVariable] = "3"
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let cpus = mask.words.map { String($0, radix: 16) }.joined(separator: ",")
        let header =
            "pacer-job 2 umask=\(String(request.umask, radix: 8)) cgroup=\(hasVersion2 ? 1 : 0) "
            + "files=\(version1Count) cpus=\(cpus) "
            + "arguments=\(request.arguments.count) environment=\(variables.count) "
            + "identity=\(request.identity == nil ? 0 : 1)"
        var bytes: [UInt8] = []
        for text in [header, request.workingDirectory] + request.arguments + variables
            + (request.identity.map(Self.texts) ?? [])
        {
            guard !text.utf8.contains(0) else {
                throw PortError(
                    .invalid, "start job \(request.job)", reason: "a text of its request holds a NUL")
            }
            bytes += text.utf8
            bytes.append(0)
        }
        self.bytes = bytes
    }

    /// The user and the groups, then the limits.
    private static func texts(of identity: Identity) -> [String] {
        let numbers = [identity.userID, identity.groupID] + identity.groups
        let limits = identity.limits.map { limit in
            let values = [limit.soft, limit.hard].map { $0.map { "\($0)" } ?? "-" }
            return "\(limit.resource):\(values.joined(separator: ":"))"
        }
        return [numbers.map { "\($0)" }.joined(separator: " "), limits.joined(separator: " ")]
    }
}
