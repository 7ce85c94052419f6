import Foundation
import Glibc

// MARK: - The daemon is started again, as init would, and the machine is left to itself

extension Course {
    /// Starts another daemon where there is none.
    func replaceDaemonIfDead() throws {
        guard let daemon = site.daemon, daemon.hasEnded else { return }
        checkEnd(of: daemon)
        usleep(UInt32(scenario.pause) * 1000)
        if let call = scenario.secondCall, site.daemons.count == 1 {
            site.daemonControl.strike(at: call, signal: SIGKILL, after: false)
        } else {
            site.daemonControl.doNotStrike()
        }
        let patience = ContinuousClock.now + .seconds(20)
        while try !site.start() {
            guard let failed = site.daemon, failed.ends(within: 5) else {
                return violate("a daemon that is not ready does not end")
            }
            if site.daemonControl.hasStruck {
                site.daemonControl.doNotStrike()
            } else if !isDiskFailing {
                violate("the next daemon does not start: \(failed.errors)")
            }
            guard ContinuousClock.now < patience else { throw Impasse("no daemon starts any more") }
            try repairIfDue()
            usleep(50_000)
        }
    }

    private var isDiskFailing: Bool {
        switch scenario.fault {
        case .disk, .fullDisk: isRepairDue
        default: false
        }
    }

    /// What must be true once a daemon has gone and before another one comes.
    private func checkEnd(of daemon: Child) {
        let wasKilled = daemon.status == 128 + SIGKILL || (daemon.status == 0 && wasTerminated)
        if !wasKilled {
            violate("the daemon ended by itself, status \(daemon.status ?? -1): \(daemon.errors)")
        }
        guard site.means.hasKeeper else { return }
        if case .both = scenario.fault, site.daemons.count == 1 {
            restoreByHandIfWanted()
        } else if case .keeper = scenario.fault, daemon.status != 0 {
            // The keeper that could have restored may be gone too.
            restoreByHandIfWanted()
        } else {
            expectOriginalKnobs("after the end of the daemon")
        }
    }

    private func restoreByHandIfWanted() {
        guard scenario.restoresByHand else { return }
        do {
            let client = try site.client(["restore"])
            guard client.ends(within: 20), client.status == 0 else {
                return violate("`pacer restore` fails: \(client.errors)")
            }
            expectOriginalKnobs("after `pacer restore`")
        } catch {
            violate("\(error)")
        }
    }

    func expectOriginalKnobs(_ when: String) {
        guard site.means.hasKeeper, !wait(3, until: { Machine.knobs() == original }) else { return }
        let changed = zip(Machine.knobs(), original).filter { $0 != $1 }.map(\.0)
        violate("knobs left changed \(when): \(changed.joined(separator: " "))")
    }

    /// Waits until every job that was accepted has ended.
    func settle() throws {
        let patience = ContinuousClock.now + .seconds(40)
        while true {
            try replaceDaemonIfDead()
            if let jobs = try site.jobs(), jobs.allSatisfy(\.isFinished) { return }
            guard ContinuousClock.now < patience else { return violate("the jobs do not come to an end") }
            usleep(30_000)
        }
    }

    /// Ends the last daemon and looks at what there is.
    func finish() throws {
        closeConnections()
        site.daemonControl.doNotStrike()
        try settle()
        guard let daemon = site.daemon, let jobs = try site.jobs() else {
            return violate("the daemon does not answer: \(site.daemon?.errors ?? "")")
        }
        checkJobs(jobs)
        daemon.send(scenario.endsPolitely ? SIGTERM : SIGKILL)
        guard daemon.ends(within: 15) else { return violate("the daemon does not end") }
        if scenario.endsPolitely, daemon.status != 0 {
            violate("the daemon ends with status \(daemon.status ?? -1): \(daemon.errors)")
        }
        expectOriginalKnobs("at the end")
        try checkDatabase()
        checkLeftovers(jobs)
    }
}
