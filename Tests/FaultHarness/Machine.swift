import Foundation
import Glibc

/// What a run may have left on the machine.
enum Machine {
    private static let cpufreq = "/sys/devices/system/cpu/cpufreq"

    /// The text of every knob by its file, in the order of names.
    static func knobs() -> [String] {
        let files = FileManager.default
        let policies = ((try? files.contentsOfDirectory(atPath: cpufreq)) ?? []).sorted()
        return policies.flatMap { policy in
            ["scaling_min_freq", "scaling_max_freq", "scaling_governor", "scaling_setspeed"].map { knob in
                let path = "\(cpufreq)/\(policy)/\(knob)"
                let text = files.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
                return "\(policy)/\(knob)=\(text ?? "unreadable")"
            }
        }
    }

    /// Writes every knob that is not as in `wanted`, and forgets what a keeper remembers.
    static func setKnobs(_ wanted: [String]) {
        guard knobs() != wanted else { return }
        unlink("/run/pacer/keeper.state")
        for setting in wanted {
            let parts = setting.split(separator: "=", maxSplits: 1)
            guard let name = parts.first, let value = parts.last else { continue }
            let file = open("\(cpufreq)/\(name)", O_WRONLY | O_CLOEXEC)
            // Some cannot be written in the present governor: then the next run says that they differ.
            guard file >= 0 else { continue }
            _ = Array(value.utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            close(file)
        }
    }

    /// Processes of a run, by the variable that they inherit or a file of its folder that they have open.
    static func processes(of site: Site) -> [(pid: pid_t, name: String)] {
        let files = FileManager.default
        let numbers = ((try? files.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
        return numbers.filter { $0 != getpid() }.sorted().compactMap { pid in
            let variables = files.contents(atPath: "/proc/\(pid)/environ") ?? Data()
            let isMarked = variables.split(separator: 0)
                .contains { String(decoding: $0, as: UTF8.self) == "\(Site.variable)=\(site.mark)" }
            guard isMarked || hasFile(pid, below: site.folder), !isZombie(pid) else { return nil }
            return (pid, arguments(of: pid).joined(separator: " "))
        }
    }

    /// Processes of one job's program.
    static func processes(of site: Site, job: String) -> [pid_t] {
        processes(of: site).filter { process in
            process.name.contains("\(site.ledgers)/\(job)") && !process.name.contains("submit")
        }.map(\.pid)
    }

    /// Processes that `parent` started and whose program is called `name`.
    static func children(of parent: pid_t, named name: String) -> [pid_t] {
        let files = FileManager.default
        let numbers = ((try? files.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
        return numbers.sorted().filter { pid in
            let data = files.contents(atPath: "/proc/\(pid)/status") ?? Data()
            let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
            return lines.contains("Name:\t\(name)") && (parent == 0 || lines.contains("PPid:\t\(parent)"))
        }
    }

    /// What a process was started with.
    static func arguments(of pid: pid_t) -> [String] {
        let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init)
    }

    /// Cgroups of jobs of a run that are still there.
    static func cgroups(of site: Site) -> [String] {
        let files = FileManager.default
        let hierarchies = ((try? files.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []).sorted() + ["."]
        let root = "\(site.state)/jobs"
        return ((try? files.contentsOfDirectory(atPath: root)) ?? []).sorted().flatMap { job in
            // As the executor names them: by the number and the folder of the job.
            let hash = "\(root)/\(job)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01b3
            }
            return hierarchies.map { "/sys/fs/cgroup/\($0)/pacer/job-\(job)-\(String(hash, radix: 16))" }
                .filter { files.fileExists(atPath: $0) }
        }
    }

    private static func isZombie(_ pid: pid_t) -> Bool {
        let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data()
        let text = String(decoding: data, as: UTF8.self)
        return text.split(separator: ")").last?.hasPrefix(" Z") != false
    }

    private static func hasFile(_ pid: pid_t, below folder: String) -> Bool {
        let files = FileManager.default
        let descriptors = (try? files.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        return descriptors.contains { descriptor in
            (try? files.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(descriptor)"))?
                .hasPrefix("\(folder)/") == true
        }
    }
}
