import PacerAPI
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits

/// `GET /v1/overview`.
enum OverviewHandler {
    static func answer(waiting limit: Int, _ peer: Peer, _ desk: Desk) throws(APIError) -> Reply {
        let seesAll = desk.authorisation.seesEverything(peer)
        let overview = desk.service.overview(waiting: limit, of: seesAll ? nil : peer.userID)
        let energy =
            seesAll
            ? (at: overview.at, figure: overview.energy)
            : desk.safeEnergy.shown(overview.energy, at: overview.at)
        var view = OverviewView(
            nowUnixNs: overview.at.nanoseconds, machineName: overview.machine.name,
            energySource: EnergySourceName(overview.machine.energySource),
            energyAtUnixNs: energy.at.nanoseconds, totalJ: energy.figure.counted.value.finite ?? 0,
            unknownS: energy.figure.unknown.value.finite ?? 0)
        view.zones = energy.figure.zones.map {
            OverviewView.Zone(name: $0.domain.name, totalJ: $0.counted.value.finite ?? 0)
        }
        view.domains = zip(overview.machine.domains, overview.domains).map { domain, figure in
            var view = OverviewView.Domain(id: domain.id.number, cores: domain.cores.map(\.number))
            view.heldKhz = figure.held?.kilohertz
            view.readBackKhz = figure.readBack?.kilohertz
            return view
        }
        view.counts = OverviewView.Counts(overview.jobs)
        for job in overview.active {
            if desk.authorisation.may(peer, see: job) {
                view.active.append(try brief(job, peer, desk))
            } else {
                view.othersCores += job.record.state.allocation?.cores.map(\.number) ?? []
            }
        }
        view.othersCores.sort()
        for job in overview.waiting where desk.authorisation.may(peer, see: job) {
            view.waiting.append(try brief(job, peer, desk))
        }
        return Reply(view)
    }

    /// Without what nobody looks at who looks every second.
    private static func brief(_ job: StoredJob, _ peer: Peer, _ desk: Desk) throws(APIError) -> JobView {
        var job = job
        job.record.estimates = []
        job.record.decisions = []
        return try desk.view(of: job, for: peer)
    }
}

extension OverviewView.Counts {
    init(_ jobs: JobCounts) {
        self.init()
        queued = jobs.queued
        starting = jobs.starting
        running = jobs.running
        paused = jobs.paused
        stopping = jobs.stopping
    }
}
