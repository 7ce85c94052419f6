import Foundation
import Glibc

/// One run: jobs are submitted, something goes wrong, and the machine is left to itself.
final class Course {
    let scenario: Scenario
    let site: Site
    /// The knobs before anything was started.
    let original: [String]
    private(set) var violations: [String] = []
    /// What became of the submissions, by the name of the job.
    private(set) var accepted: [String: Int] = [:]
    private(set) var cancelled: Set<String> = []
    /// Jobs whose shepherd or program we have killed.
    private(set) var struckJobs: Set<String> = []
    private(set) var hasStruck = false
    /// Where the strike hit, in words.
    private(set) var account = ""
    /// Database files that the fault took from the daemon: what was in them may be gone.
    private(set) var lostRecords = false
    /// Whether a daemon was told to end.
    private(set) var wasTerminated = false

    private var pending: [JobSpec]
    private var submissions: [(job: JobSpec, client: Child)] = []
    private var cancellations: [(job: String, id: Int, at: ContinuousClock.Instant)] = []
    private var cancelling: [Child] = []
    private var begun = ContinuousClock.now
    private var repair: (at: ContinuousClock.Instant, action: () throws -> Void)?
    private var openConnections: [Int32] = []

    init(_ scenario: Scenario, means: Means, original: [String]) throws {
        self.scenario = scenario
        site = try Site(means: means, scenario: scenario)
        self.original = original
        pending = scenario.jobs
    }

    func violate(_ sentence: String) { violations.append(sentence) }

    // MARK: The course of things

    func run() throws {
        guard try site.start() else { throw Impasse("the first daemon does not start: \(site.log)") }
        begun = .now
        arm()
        let end = begun + .seconds(60)
        while !isOver {
            guard ContinuousClock.now < end else { return violate("the run does not come to an end") }
            try submitWhatIsDue()
            try strikeIfDue()
            try repairIfDue()
            try replaceDaemonIfDead()
            usleep(5_000)
        }
        try settle()
        try finish()
    }

    private var elapsed: Int {
        let (seconds, attoseconds) = (ContinuousClock.now - begun).components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    private var isOver: Bool {
        pending.isEmpty && submissions.isEmpty && cancellations.isEmpty && hasStruck && repair == nil
            && site.daemon?.hasEnded == false
    }

    private func submitWhatIsDue() throws {
        for job in pending where job.submitAt <= elapsed {
            submissions.append((job, try site.submission(of: job)))
        }
        pending.removeAll { $0.submitAt <= elapsed }
        for (job, client) in submissions where client.hasEnded {
            guard client.status == 0 else {
                let isKilled = client.status == 128 + SIGKILL
                if !isKilled, client.errors.isEmpty { violate("\(job.name) was refused without a word") }
                continue
            }
            let view = try JSONDecoder().decode(JobView.self, from: client.output)
            accepted[job.name] = view.id
            if let delay = job.cancelAfter {
                cancellations.append((job.name, view.id, .now + .milliseconds(delay)))
            }
        }
        submissions.removeAll { $0.client.hasEnded }
        for (job, id, at) in cancellations where at <= .now {
            // Whether it is heard or not: from now on the job may be stopped.
            cancelled.insert(job)
            cancelling.append(try site.client(["cancel", "\(id)"]))
        }
        cancellations.removeAll { $0.at <= .now }
        _ = cancelling.map(\.hasEnded)
    }

    var isRepairDue: Bool { repair != nil }

    func repairIfDue() throws {
        guard let due = repair, due.at <= .now else { return }
        repair = nil
        try due.action()
    }

    func repair(in milliseconds: Int, _ action: @escaping () throws -> Void) {
        repair = (.now + .milliseconds(milliseconds), action)
    }

    // MARK: What goes wrong

    /// Prepares what is to happen at a call.
    private func arm() {
        guard case .call(let number, let after) = scenario.moment else { return }
        switch scenario.fault {
        case .daemon(let signal):
            wasTerminated = signal == SIGTERM
            site.daemonControl.strike(at: number, signal: signal, after: after)
        case .keeper: site.keeperControl.strike(at: number, signal: SIGKILL, after: after)
        case .shepherd: site.shepherdControl.strike(at: number, signal: SIGKILL, after: after)
        case .disk(let error, let half, _): site.daemonControl.fail(error, half: half, from: number)
        default: break
        }
    }

    private func strikeIfDue() throws {
        guard !hasStruck else { return }
        let isLate = pending.isEmpty && submissions.isEmpty && elapsed > 2500
        switch scenario.moment {
        case .time(let milliseconds):
            guard elapsed >= milliseconds else { return }
            hasStruck = true
            try strike()
        case .call(let number, _):
            if case .disk(_, _, let lasts) = scenario.fault {
                guard site.daemonControl.failed > 0 || isLate else { return }
                hasStruck = true
                account = site.daemonControl.failed > 0 ? "" : unreached(number)
                repair(in: lasts) { [site] in site.daemonControl.doNotFail() }
                return
            }
            let control = [site.daemonControl, site.keeperControl, site.shepherdControl]
            guard control.contains(where: \.hasStruck) || isLate else { return }
            hasStruck = true
            if !control.contains(where: \.hasStruck) {
                account = unreached(number)
                control.forEach { $0.doNotStrike() }
                try strike()
            } else if case .shepherd = scenario.fault {
                struckJobs.formUnion(scenario.jobs.map(\.name))
            }
        }
    }

    private func unreached(_ call: Int) -> String {
        let controls = [site.daemonControl, site.keeperControl, site.shepherdControl]
        return "call \(call) was not reached: \(controls.map { "\($0.calls)" }.joined(separator: " "))"
    }

    private func strike() throws {
        switch scenario.fault {
        case .daemon(let signal):
            wasTerminated = signal == SIGTERM
            site.daemon?.send(signal)
        case .keeper: strikeKeeper()
        case .both(let keeperFirst):
            if keeperFirst { strikeKeeper() }
            let keepers = keepers
            site.daemon?.kill()
            if !keeperFirst { for keeper in keepers { kill(keeper, SIGKILL) } }
        case .shepherd: strikeShepherd()
        case .nursery:
            guard let nursery else { return account = "there was no nursery" }
            kill(nursery, SIGKILL)
        case .spareShepherd:
            guard let spare = shepherds(spare: true).last else { return account = "there was none" }
            kill(spare, SIGKILL)
        case .job: strikeJob()
        case .disk(let error, let half, let lasts):
            site.daemonControl.fail(error, half: half, from: 1)
            repair(in: lasts) { [site] in site.daemonControl.doNotFail() }
        case .fullDisk(let lasts):
            let filler = "\(site.state)/filler"
            fill(filler)
            repair(in: lasts) { unlink(filler) }
        case .database(let damage):
            site.daemon?.kill()
            account = try Damaging.damage(site.database, damage, seed: scenario.seed)
            lostRecords = true
        case .socket(let rudeness): try offend(rudeness)
        case .clock(let seconds):
            for control in [site.daemonControl, site.clientControl] { control.setClock(ahead: seconds) }
            try site.announceClock()
        case .clockWhileDown(let seconds):
            site.daemon?.kill()
            for control in [site.daemonControl, site.clientControl] { control.setClock(ahead: seconds) }
        case .asleep(let seconds):
            for control in [site.daemonControl, site.clientControl] { control.sleep(seconds) }
            try site.announceClock()
        }
    }

    private var keepers: [pid_t] {
        Machine.children(of: site.daemon?.pid ?? -1, named: "pacer-keeper")
    }

    private func strikeKeeper() {
        let keepers = keepers
        if keepers.isEmpty { account = "there was no keeper" }
        for keeper in keepers { kill(keeper, SIGKILL) }
    }

    private var nursery: pid_t? {
        Machine.children(of: site.daemon?.pid ?? -1, named: "pacer-shepherd").last
    }

    private func shepherds(spare: Bool) -> [pid_t] {
        Machine.children(of: nursery ?? -1, named: "pacer-shepherd").filter {
            Machine.arguments(of: $0).contains("--spare") == spare
        }
    }

    private func strikeShepherd() {
        guard let shepherd = shepherds(spare: false).last else { return account = "there was no shepherd" }
        let programs = Machine.children(of: shepherd, named: "sh")
        for job in scenario.jobs
        where !Set(Machine.processes(of: site, job: job.name)).isDisjoint(with: programs) {
            struckJobs.insert(job.name)
        }
        // Its program may be about to start: then we could not tell whose it is.
        if struckJobs.isEmpty { struckJobs.formUnion(scenario.jobs.map(\.name)) }
        kill(shepherd, SIGKILL)
    }

    private func strikeJob() {
        for job in scenario.jobs {
            guard let program = Machine.processes(of: site, job: job.name).first else { continue }
            struckJobs.insert(job.name)
            account = job.name
            kill(program, SIGKILL)
            return
        }
        account = "no job ran"
    }

    private func fill(_ path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let zeros = [UInt8](repeating: 0, count: 4096)
        while write(file, zeros, zeros.count) > 0 {}
        close(file)
    }

    // MARK: A rude client

    private func offend(_ rudeness: Fault.Rudeness) throws {
        switch rudeness {
        case .removed:
            unlink(site.socket)
            wasTerminated = true
            repair(in: 300) { [site] in site.daemon?.send(SIGTERM) }
        case .clientGone:
            for (_, client) in submissions { client.kill() }
            let connection = try connect()
            send(connection, "GET /v1/jobs HTTP/1.1\r\nhost: pacer\r\n\r\n")
            close(connection)
        case .halfRequest:
            let connection = try connect()
            send(connection, "POST /v1/jobs HTTP/1.1\r\nhost: pacer\r\ncontent-length: 4000\r\n\r\n{\"argum")
            openConnections.append(connection)
        case .garbage:
            let connection = try connect()
            var dice = Dice(seed: scenario.seed ^ 0xbad)
            send(
                connection,
                String((0..<5000).map { _ in Character(UnicodeScalar(UInt8(dice.number(1...127)))) }))
            openConnections.append(connection)
        }
    }

    private func connect() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(site.socket.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Impasse("nobody answers on \(site.socket): errno \(errno)") }
        return descriptor
    }

    func closeConnections() {
        openConnections.forEach { close($0) }
        openConnections = []
    }

    private func send(_ connection: Int32, _ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
