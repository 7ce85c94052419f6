import Foundation
import Glibc

/// Seeded runs of the real programs, each of which kills or fails something; see docs/testing.md.
@main
enum FaultHarness {
    static let usage = """
        Usage: FaultHarness --programs FOLDER --shim FILE [--seeds FIRST-LAST] [--keeper] [--mounts] [--keep]
          --seeds   the seeds of the runs, one or a range; default 1-300
          --keeper  this machine's cpufreq is for us to change
          --mounts  file systems mounted here are seen by nobody else
          --keep    leave the folder of a run that found something

        """

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        guard let (means, seeds, keeps) = parse(Array(CommandLine.arguments.dropFirst())) else {
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
        say("fault harness: seeds \(seeds), \(means.hasKeeper ? "cpufreq and a keeper" : "emulated machine")")
        let begun = ContinuousClock.now
        let original = Machine.knobs()
        var failed: [UInt64] = []
        for seed in seeds where !run(seed, means, original, keeps) { failed.append(seed) }
        let (seconds, _) = (ContinuousClock.now - begun).components
        say("\(seeds.count) runs in \(seconds) s, \(failed.count) with findings")
        guard !failed.isEmpty else { exit(0) }
        say("seeds with findings: \(failed.map(String.init).joined(separator: " "))")
        say("one of them again: make test-faults SEED=\(failed[0])")
        exit(1)
    }

    /// Returns whether the run found nothing.
    private static func run(_ seed: UInt64, _ means: Means, _ original: [String], _ keeps: Bool) -> Bool {
        let scenario = Scenario(seed: seed, hasKeeper: means.hasKeeper, mayMount: means.mayMount)
        let begun = ContinuousClock.now
        var findings: [String]
        var log = ""
        var account = ""
        do {
            // What the last run may have left is not this one's fault.
            Machine.setKnobs(original)
            let course = try Course(scenario, means: means, original: original)
            defer {
                course.closeConnections()
                course.site.daemon?.kill()
                for process in Machine.processes(of: course.site) { kill(process.pid, SIGKILL) }
                if !keeps { course.site.remove() }
            }
            do {
                try course.run()
                findings = course.violations
            } catch {
                findings = course.violations + ["\(error)"]
            }
            account = course.account
            log = findings.isEmpty ? "" : course.site.log
        } catch {
            findings = ["\(error)"]
        }
        let (seconds, attoseconds) = (ContinuousClock.now - begun).components
        let time = "\(seconds).\(attoseconds / 100_000_000_000_000_000) s"
        say(
            "seed \(seed): \(scenario)\(account.isEmpty ? "" : " (\(account))"); "
                + "\(findings.isEmpty ? "ok" : "FOUND"), \(time)")
        for finding in findings { say("  \(finding)") }
        for line in log.split(separator: "\n").suffix(60) { say("  | \(line)") }
        return findings.isEmpty
    }

    /// A line at once: whoever watches a run wants to see it go on.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    private static func parse(_ arguments: [String]) -> (Means, ClosedRange<UInt64>, Bool)? {
        var means = Means(programs: "", shim: "", hasKeeper: false, mayMount: false)
        var seeds: ClosedRange<UInt64> = 1...300
        var keeps = false
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--programs": means.programs = rest.popFirst() ?? ""
            case "--shim": means.shim = rest.popFirst() ?? ""
            case "--keeper": means.hasKeeper = true
            case "--mounts": means.mayMount = true
            case "--keep": keeps = true
            case "--seeds":
                let ends = (rest.popFirst() ?? "").split(separator: "-").compactMap { UInt64($0) }
                guard let first = ends.first, let last = ends.last, first <= last else { return nil }
                seeds = first...last
            default: return nil
            }
        }
        return means.programs.isEmpty || means.shim.isEmpty ? nil : (means, seeds, keeps)
    }
}
