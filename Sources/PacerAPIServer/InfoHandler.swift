import Glibc
import PacerAPI
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits

/// `GET /v1/info`.
enum InfoHandler {
    /// A job that has not finished is among the newest this many.
    private static let newest = 1000

    static func answer(_ desk: Desk) throws(APIError) -> Reply {
        let service = desk.service
        let report = try desk.asking { () throws(ServiceError) in try service.machineReport() }
        let jobs = try desk.asking { () throws(ServiceError) in try service.jobs(limit: newest) }
        let info = InfoView(
            version: desk.settings.version, mode: desk.settings.mode, processID: getpid(), userID: geteuid(),
            startedUnixNs: desk.settings.started.nanoseconds, nowUnixNs: service.now.nanoseconds,
            machineName: report.machine.name, coreCount: report.machine.coreCount,
            isEmulated: report.isEmulated, hasFrequencyControl: report.machine.hasFrequencyControl,
            energySource: EnergySourceName(report.machine.energySource), defaultPolicy: service.defaultPolicy,
            unfinishedJobs: jobs.count { $0.record.finished == nil }, summary: summary(of: report))
        return Reply(info)
    }

    /// What can and cannot be controlled, in one line.
    static func summary(of report: MachineReport) -> String {
        let energy =
            switch report.machine.energySource {
            case .measured: "joules are measured"
            case .emulated: "joules are emulated, not measured"
            case .modelled: "joules are modelled, not measured"
            }
        let containment = "jobs are held together by \(report.containment.method)"
        return [report.frequencySummary, containment, energy]
            .map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
            .joined(separator: "; ")
    }
}
