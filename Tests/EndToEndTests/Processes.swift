import Foundation
import Glibc

/// Processes of one test, found by what they inherit: a variable in their environment, or an open file below
/// the test's folder (a shepherd has no environment).
struct Processes {
    static let variable = "PACER_END_TO_END"
    let mark: String
    let folder: String

    /// Those alive.
    var all: [pid_t] {
        numbers.filter { pid in
            environment(pid).contains("\(Self.variable)=\(mark)") || holdsFile(pid)
        }
    }

    /// Those of one job: its program and all that came from it.
    func ofJob(_ id: Int) -> [pid_t] {
        numbers.filter { pid in
            let environment = environment(pid)
            return environment.contains("\(Self.variable)=\(mark)") && environment.contains("PACER_JOB=\(id)")
        }
    }

    /// Ends all of them, again and again until none is left. Returns whether there were any.
    @discardableResult
    func killAll() -> Bool {
        var found = false
        for _ in 0..<200 {
            let left = all
            if left.isEmpty { return found }
            found = true
            for pid in left { kill(pid, SIGKILL) }
            usleep(10_000)
        }
        return found
    }

    static func isAlive(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        else { return false }
        // The state is behind the name, which may hold anything but ends with the last parenthesis.
        return status.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    /// The CPUs that each thread of a process may use.
    static func allowedCPUs(_ pid: pid_t) -> [Set<Int>] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.compactMap { thread in
            let file = "/proc/\(pid)/task/\(thread)/status"
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
            let line = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
            return line.map { list(String($0.dropFirst("Cpus_allowed_list:".count))) }
        }
    }

    /// The CPUs that this process may use.
    static let ownCPUs: Set<Int> = allowedCPUs(getpid()).first ?? []

    /// The part of the time of all CPUs that is used just now, by whomever; a hypervisor's too.
    static func load() throws -> Double {
        let before = try ticks()
        usleep(300_000)
        let after = try ticks()
        return Double(after.busy - before.busy) / Double(max(1, after.all - before.all))
    }

    private static func ticks() throws -> (busy: Int, all: Int) {
        let text = try String(contentsOfFile: "/proc/stat", encoding: .utf8)
        // user nice system idle iowait irq softirq steal
        let words = text.prefix { $0 != "\n" }.split(separator: " ")
        let columns = words.dropFirst().prefix(8).map { Int($0) ?? 0 }
        guard columns.count == 8 else { throw Impasse("/proc/stat begins with \(columns)") }
        let all = columns.reduce(0, +)
        return (all - columns[3] - columns[4], all)
    }

    /// The numbers of a list such as `0,2-5`.
    static func list(_ text: String) -> Set<Int> {
        let ranges = text.trimmingCharacters(in: .whitespaces).split(separator: ",")
        return Set(
            ranges.flatMap { range -> [Int] in
                let ends = range.split(separator: "-").compactMap { Int($0) }
                guard let first = ends.first, let last = ends.last, first <= last else { return [] }
                return Array(first...last)
            })
    }

    private var numbers: [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { $0 != getpid() }.sorted()
    }

    private func environment(_ pid: pid_t) -> Set<String> {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { return [] }
        return Set(data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }

    private func holdsFile(_ pid: pid_t) -> Bool {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        return descriptors.contains { descriptor in
            let file = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(pid)/fd/\(descriptor)")
            return file?.hasPrefix("\(folder)/") == true
        }
    }
}
