/// A service that changes the same knobs as Pacer.
public struct Conflict: Hashable, Sendable, CustomStringConvertible {
    /// The service's name.
    public let service: String
    /// What it changes, as in "it sets …".
    public let knobs: String

    /// One sentence: which service, and what it changes.
    public var description: String { "\(service) is running: it sets \(knobs)" }

    /// The services that are running now, in alphabetical order.
    ///
    /// - Parameters:
    ///   - processRoot: where procfs is mounted.
    ///   - runtimeRoot: where services keep runtime files; TLP leaves one and no process.
    public static func running(processRoot: String = "/proc", runtimeRoot: String = "/run") -> [Conflict] {
        var found: Set<String> = []
        for process in names(in: processRoot) where process.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard let command = first(line: "\(processRoot)/\(process)/comm") else { continue }
            let words = arguments("\(processRoot)/\(process)/cmdline")
            if let service = known.first(where: { isProgram($0.service, command: command, words: words) }) {
                found.insert(service.service)
            }
        }
        if SystemFile.exists("\(runtimeRoot)/tlp/last_pwr") { found.insert("tlp") }
        return known.filter { found.contains($0.service) }
    }

    private static let known = [
        Conflict(service: "auto-cpufreq", knobs: "governors, turbo and frequency limits by load and battery"),
        Conflict(
            service: "power-profiles-daemon", knobs: "energy-performance preferences and the platform profile"
        ),
        Conflict(service: "thermald", knobs: "frequency and power limits when the processor gets hot"),
        Conflict(
            service: "tlp", knobs: "governors, frequency limits and turbo when the power supply changes"),
        Conflict(service: "tuned", knobs: "governors, frequency limits and energy-performance preferences"),
    ]

    /// Whether a process is `name`: by the name the kernel keeps (15 bytes), and by its program or, for an
    /// interpreter, its script.
    private static func isProgram(_ name: String, command: String, words: [String]) -> Bool {
        if command == String(name.prefix(15)) { return true }
        guard let program = words.first.map(lastComponent) else { return false }
        if program == name { return true }
        let interpreters = ["python", "bash", "sh", "perl"]
        guard interpreters.contains(where: program.hasPrefix) else { return false }
        let script = words.dropFirst().first { !$0.hasPrefix("-") }
        return script.map(lastComponent) == name
    }

    private static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    // Processes end while they are looked at; one that cannot be read is not there.
    private static func names(in folder: String) -> [String] { (try? SystemFile.names(in: folder)) ?? [] }
    private static func first(line path: String) -> String? { try? SystemFile.line(path) }
    private static func arguments(_ path: String) -> [String] {
        ((try? SystemFile.text(path)) ?? "").split(separator: "\0").map(String.init)
    }
}
