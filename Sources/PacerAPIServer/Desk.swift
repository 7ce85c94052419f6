import NIOCore
import PacerAPI
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling

/// What the handlers work with.
final class Desk {
    let service: any JobService
    var settings: APIServerSettings
    var authorisation: Authorisation
    let disclosure = EnergyDisclosure()
    let finishes: FinishWatch
    var isClosing = false
    private var knownTraits: MachineTraits?

    init(service: any JobService, settings: APIServerSettings, eventLoop: any EventLoop) {
        self.service = service
        self.settings = settings
        authorisation = Authorisation(adminGroupID: settings.adminGroupID)
        finishes = FinishWatch(service: service, eventLoop: eventLoop)
    }

    /// What never changes of the machine.
    func traits() throws(APIError) -> MachineTraits {
        if let knownTraits { return knownTraits }
        let report = try asking { () throws(ServiceError) in try service.machineReport() }
        let traits = MachineTraits(report.machine)
        knownTraits = traits
        return traits
    }

    /// The job `id`, when `peer` may see it.
    func job(_ id: Int64, for peer: Peer) throws(APIError) -> StoredJob {
        let job = try asking { () throws(ServiceError) in try service.job(JobID(id)) }
        try authorisation.check(peer, maySee: job)
        return job
    }

    /// What is shown of `job` to `peer`, who may see it.
    func view(of job: StoredJob, for peer: Peer) throws(APIError) -> JobView {
        let traits = try traits()
        let view = JobView(job, traits: traits, now: service.now)
        guard !authorisation.seesEverything(peer) else { return view }
        return try disclosure.restricted(view) { () throws(APIError) in
            try service.running.map { id throws(APIError) in
                let job = try asking { () throws(ServiceError) in try service.job(id) }
                return JobView(job, traits: traits, now: service.now)
            }
        }
    }

    /// Calls the service and puts its refusals into the words of the wire.
    func asking<Value>(_ body: () throws(ServiceError) -> Value) throws(APIError) -> Value {
        do {
            return try body()
        } catch {
            throw APIError(ErrorCode(name: error.code.rawValue), error.description, details: error.details)
        }
    }
}

/// What never changes of a machine and is needed to speak of a job.
struct MachineTraits: Hashable, Sendable {
    let energySource: EnergySource
    let choosesFrequency: Bool

    init(_ machine: Machine) {
        energySource = machine.energySource
        choosesFrequency = machine.hasFrequencyControl
    }
}
