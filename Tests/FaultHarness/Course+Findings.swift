import Foundation
import Glibc

// MARK: - What must be true whatever happened

extension Course {
    /// No job is lost, and none runs twice.
    func checkJobs(_ jobs: [JobView]) {
        for job in scenario.jobs {
            let ledger = lines(of: job.name)
            let starts = ledger.filter { $0 == "start" }.count
            if starts > 1 { violate("\(job.name) ran \(starts) times") }
            guard let id = accepted[job.name] else { continue }
            guard let view = jobs.first(where: { $0.id == id }) else {
                if !lostRecords { violate("\(job.name) was accepted as job \(id), which is not known") }
                continue
            }
            check(view, of: job, starts: starts, ends: ledger.count - starts)
        }
        for view in jobs where !view.isFinished { violate("job \(view.id) is \(view.state)") }
        if Set(accepted.values).count != accepted.count, !lostRecords {
            violate("a job number was given twice: \(accepted.sorted { $0.value < $1.value })")
        }
    }

    private func check(_ view: JobView, of job: JobSpec, starts: Int, ends: Int) {
        guard let outcome = view.outcome else { return violate("\(job.name) has no outcome") }
        let isStruck = struckJobs.contains(job.name)
        let isExplained: Bool =
            switch outcome.kind {
            case "exited": outcome.exitCode == job.exitCode && starts == 1 && ends == 1
            // That it was Pacer's signal may have been in the records that are lost.
            case "signalled": isStruck || (lostRecords && cancelled.contains(job.name))
            case "cancelled": cancelled.contains(job.name)
            case "notStarted": starts == 0 && mayNotStart && outcome.reason?.isEmpty == false
            case "lost": isStruck || lostRecords
            default: false
            }
        guard !isExplained else { return }
        violate("\(job.name) (job \(view.id)), \(starts) starts, \(ends) ends, came to \(outcome)")
    }

    private var mayNotStart: Bool {
        switch scenario.fault {
        case .disk, .fullDisk, .shepherd: true
        default: false
        }
    }

    private func lines(of job: String) -> [String] {
        let data = FileManager.default.contents(atPath: "\(site.ledgers)/\(job)") ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The database is whole.
    func checkDatabase() throws {
        let check = try Child(
            ["sqlite3", site.database, "PRAGMA integrity_check"], environment: ["PATH": "/usr/bin:/bin"],
            folder: "\(site.folder)/logs", name: "sqlite3")
        guard check.ends(within: 20) else { throw Impasse("sqlite3 does not end") }
        let text = String(decoding: check.output, as: UTF8.self)
        if text != "ok\n" { violate("the database is corrupt: \(text)\(check.errors)") }
    }

    /// Nothing is left of the run but what is meant to stay.
    func checkLeftovers(_ jobs: [JobView]) {
        if !wait(6, until: { Machine.processes(of: site).isEmpty }) {
            for process in Machine.processes(of: site) {
                violate("process \(process.pid) is left: \(process.name)")
                kill(process.pid, SIGKILL)
            }
        }
        if !wait(3, until: { Machine.cgroups(of: site).isEmpty }), scenario.endsPolitely {
            violate("cgroups are left: \(Machine.cgroups(of: site))")
        }
        if site.means.hasKeeper {
            for name in ["keeper.state", "keeper.state.new"] where exists("/run/pacer/\(name)") {
                violate("/run/pacer/\(name) is left")
            }
        }
        if scenario.endsPolitely, exists(site.socket) { violate("the socket is left") }
        checkFiles(jobs)
    }

    private func checkFiles(_ jobs: [JobView]) {
        var expected: Set = ["pacer.sqlite", "pacer.sqlite.lock", "jobs", "journal", "keeper.state.lock"]
        if !scenario.endsPolitely { expected.formUnion(["pacer.sqlite-wal", "pacer.sqlite-shm"]) }
        for name in names(in: site.state) where !expected.contains(name) {
            if case .database = scenario.fault, name.hasPrefix("pacer.sqlite.corrupt-") { continue }
            violate("\(name) is left in the state directory")
        }
        let known = Set(jobs.map { "\($0.id)" })
        for folder in names(in: "\(site.state)/jobs") {
            if !known.contains(folder), !lostRecords {
                violate("the folder of unknown job \(folder) is left")
            }
            let usual: Set = ["stdout", "stderr", "progress", "status", "progress-pattern"]
            for name in names(in: "\(site.state)/jobs/\(folder)") where !usual.contains(name) {
                violate("\(name) is left of job \(folder)")
            }
        }
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}
