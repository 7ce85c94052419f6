import Glibc
import PacerConfig

/// Where the files that come with Pacer are, seen from the running program.
struct Installation {
    let policies: String
    let machines: String
    let keeper: String
    let shepherd: String
    /// What keeps cores busy for a calibration; `nil` where it is not installed.
    let workload: String?

    /// Beside the program (a build tree, or `make install`'s prefix), else where the package puts them.
    static func located() -> Installation {
        let program = readLink("/proc/self/exe") ?? "/usr/sbin/pacerd"
        let folder = parent(program)
        let packaged = DaemonConfiguration.Installation.packaged
        let beside = { (name: String, otherwise: String) in
            first(["\(folder)/\(name)", "\(parent(folder))/libexec/pacer/\(name)"]) ?? otherwise
        }
        return Installation(
            policies: first(["\(parent(folder))/share/pacer/policies"])
                ?? ancestor(of: folder, with: "policies/minimum-energy.yaml").map { "\($0)/policies" }
                ?? packaged.policies,
            machines: first(["\(parent(folder))/share/pacer/machines"])
                ?? ancestor(of: folder, with: "Sources/pacerd/Support/machines").map {
                    "\($0)/Sources/pacerd/Support/machines"
                } ?? "/usr/share/pacer/machines",
            keeper: beside("pacer-keeper", packaged.keeper),
            shepherd: beside("pacer-shepherd", packaged.shepherd),
            workload: first([beside("pacer-workload", "/usr/libexec/pacer/pacer-workload")]))
    }

    /// What `file` says, or the system's configuration file for root, where it is there; else the defaults.
    func configuration(file: String?) throws(ConfigurationError) -> DaemonConfiguration {
        var environment: [String: String] = [:]
        for name in ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "HOME"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        let isRoot = geteuid() == 0
        let defaults = DaemonConfiguration.defaults(
            forRoot: isRoot, environment: environment, userID: geteuid(),
            installation: .init(policies: policies, keeper: keeper, shepherd: shepherd))
        let usual = "/etc/pacer/pacerd.yaml"
        guard let path = file ?? (isRoot && isThere(usual) ? usual : nil) else { return defaults }
        return try DaemonConfiguration.load(path: path, defaults: defaults)
    }

    /// The path of a machine description: a file as given, else a name of one that came with Pacer.
    func machine(_ nameOrPath: String) -> String {
        nameOrPath.contains("/") ? nameOrPath : "\(machines)/\(nameOrPath).yaml"
    }
}

private func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

private func first(_ paths: [String]) -> String? { paths.first(where: isThere) }

private func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
}

private func ancestor(of folder: String, with name: String) -> String? {
    var folder = folder
    while folder != "/" {
        if isThere("\(folder)/\(name)") { return folder }
        folder = parent(folder)
    }
    return nil
}

private func readLink(_ path: String) -> String? {
    let target = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) {
        buffer -> [UInt8]? in
        guard let start = buffer.baseAddress else { return nil }
        let count = readlink(path, start, buffer.count)
        return count > 0 ? buffer[..<count].map { UInt8(bitPattern: $0) } : nil
    }
    return target.map { String(decoding: $0, as: UTF8.self) }
}
