import FoundationEssentials
import Glibc
import PacerConfig

/// Where the files that come with Pacer are, seen from the running program.
enum InstalledFiles {
    /// The folder of the running program.
    static var programFolder: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink("/proc/self/exe", $0, characters.count) } ?? 0
            }
        }
        return count > 0 ? parent(String(decoding: buffer.prefix(count), as: UTF8.self)) : "/usr/bin"
    }

    /// A program of Pacer: beside the running one, or where the same installation has daemons and what only other
    /// programs start; else where it is installed, else on the path.
    static func program(_ name: String, installed: String? = nil) -> String? {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map {
            "\($0)/\(name)"
        }
        let prefix = parent(programFolder)
        let candidates =
            ["\(programFolder)/\(name)", "\(prefix)/sbin/\(name)", "\(prefix)/libexec/pacer/\(name)"]
            + (installed.map { [$0] } ?? []) + path
        return candidates.first { access($0, X_OK) == 0 }
    }

    /// The directory of policy files: in an installation, in a build tree, or where a package puts it.
    static var policies: String {
        var folder = programFolder
        let installed = "\(parent(folder))/share/pacer/policies"
        if access(installed, F_OK) == 0 { return installed }
        while folder != "/" {
            if access("\(folder)/policies/minimum-energy.yaml", F_OK) == 0 { return "\(folder)/policies" }
            folder = parent(folder)
        }
        return DaemonConfiguration.Installation.packaged.policies
    }

    /// The directory of machine descriptions: in an installation, a build tree, or where a package puts it.
    static var machines: String {
        var folder = programFolder
        let installed = "\(parent(folder))/share/pacer/machines"
        if access(installed, F_OK) == 0 { return installed }
        while folder != "/" {
            let candidate = "\(folder)/Sources/pacerd/Support/machines"
            if access("\(candidate)/server.yaml", F_OK) == 0 { return candidate }
            folder = parent(folder)
        }
        return "/usr/share/pacer/machines"
    }

    /// The names of the machines in ``machines``, ascending; `nil` when the directory cannot be read.
    static var machineNames: [String]? {
        let files = try? FileManager.default.contentsOfDirectory(atPath: machines)
        return files?.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }.sorted()
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
