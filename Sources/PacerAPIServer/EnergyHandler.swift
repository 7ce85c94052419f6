import PacerAPI
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerUnits

/// `GET /v1/energy`: everybody's jobs for those who may see them, else one's own.
enum EnergyHandler {
    static func answer(
        since: Int64, by grouping: EnergyGrouping, _ peer: Peer, _ desk: Desk
    ) throws(APIError) -> Reply {
        let seesAll = desk.authorisation.seesEverything(peer)
        let report = try desk.asking { () throws(ServiceError) in
            try desk.service.energyReport(
                by: AccountGrouping(grouping), since: Instant(nanoseconds: since),
                user: seesAll ? nil : peer.userID)
        }
        var view = EnergyReportView(
            sinceUnixNs: since, nowUnixNs: desk.service.now.nanoseconds, by: grouping, everybody: seesAll)
        let joules = { (energy: Joules) in
            (seesAll ? energy : SafeEnergy.rounded(energy)).value.finite ?? 0
        }
        let lines = report.sums.map { sum in
            var line = EnergyReportView.Line(key: sum.key, source: EnergySourceName(sum.source))
            line.jobs = sum.jobs
            line.attributedJ = joules(sum.attributed)
            line.attributedErrorJ = joules(sum.attributedError)
            line.jobsWithoutError = sum.withoutError
            line.unknownS = sum.unknown.value.finite ?? 0
            line.coreHours = sum.coreTime.value / 3600
            line.withDeadline = sum.withDeadline
            line.missed = sum.missed
            return line
        }
        view.lines = lines.sorted {
            ($0.source.rawValue, -$0.attributedJ, $0.key ?? "")
                < ($1.source.rawValue, -$1.attributedJ, $1.key ?? "")
        }
        view.totals = totals(view.lines)
        view.machine = report.machine.map(EnergyReportView.Machine.init)
        return Reply(view)
    }

    /// One for each source: their joules cannot be added.
    private static func totals(_ lines: [EnergyReportView.Line]) -> [EnergyReportView.Line] {
        var totals: [EnergyReportView.Line] = []
        for line in lines {
            if totals.last?.source != line.source {
                totals.append(EnergyReportView.Line(key: nil, source: line.source))
            }
            totals[totals.count - 1].add(line)
        }
        return totals
    }
}

extension EnergyReportView.Line {
    fileprivate mutating func add(_ other: Self) {
        jobs += other.jobs
        attributedJ += other.attributedJ
        attributedErrorJ += other.attributedErrorJ
        jobsWithoutError += other.jobsWithoutError
        unknownS += other.unknownS
        coreHours += other.coreHours
        withDeadline += other.withDeadline
        missed += other.missed
    }
}

extension EnergyReportView.Machine {
    fileprivate init(_ account: MachineAccount) {
        self.init(
            source: EnergySourceName(account.source), fromUnixNs: account.from.nanoseconds,
            untilUnixNs: account.until.nanoseconds)
        countedJ = account.counted.value
        attributedJ = account.attributed.value
        idleJ = account.idle.value
        unattributedJ = account.unattributed.value
        unknownS = account.unknown.value
    }
}

extension AccountGrouping {
    fileprivate init(_ grouping: EnergyGrouping) {
        switch grouping {
        case .user: self = .user
        case .className: self = .className
        case .policy: self = .policy
        }
    }
}
