import Glibc

/// `pacer` as process 1 of a PID namespace, as it is in a container.
enum FirstProcess {
    private static let namespaces = ["unshare", "--pid", "--fork", "--mount-proc"]

    /// Why there can be none here, or `nil`.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "not root, who alone may make PID namespaces" }
        guard Programs.isInstalled("unshare") else { return "unshare is not installed" }
        var reason: String?
        do {
            try Daemon.with(isStarted: false) { daemon in
                let result = try ChildProcess(
                    namespaces + ["true"], environment: daemon.environment, folder: "\(daemon.folder)/run"
                ).finish()
                if result.status != 0 { reason = "PID namespaces cannot be made: \(result.errors)" }
            }
        } catch {
            reason = "\(error)"
        }
        return reason
    }()

    /// Runs `pacer` to its end, as for a user who has no daemon.
    static func pacer(_ arguments: [String], _ daemon: Daemon) throws -> Finished {
        try ChildProcess(
            namespaces + [Programs.path("pacer")] + arguments,
            environment: daemon.environment.merging(["PACER_SOCKET": ""]) { _, new in new },
            folder: "\(daemon.folder)/run", workingDirectory: "\(daemon.folder)/tmp"
        ).finish()
    }
}
