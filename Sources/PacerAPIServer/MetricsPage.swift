import PacerAPI
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerUnits

/// The metrics of a daemon. docs/metrics.md is the reference; a test compares them.
struct MetricsPage {
    /// What is counted.
    let figures: ServiceFigures
    /// What the daemon itself takes.
    let process: ProcessFigures
    let settings: APIServerSettings
    /// Whether figures of users and counters are told apart.
    let isComplete: Bool

    private typealias Sample = OpenMetricsText.Sample

    /// The page as text.
    var text: String {
        var page = OpenMetricsText()
        addJobs(&page)
        addMachine(&page)
        addEnergy(&page)
        if isComplete { addUsers(&page) }
        addService(&page)
        addProcess(&page)
        return page.page
    }

    private func addJobs(_ page: inout OpenMetricsText) {
        let jobs = figures.jobs
        let tallies = figures.tallies
        page.add(
            .gauge, "pacer_jobs", help: "Jobs that have not ended, by state.",
            [
                ("queued", jobs.queued), ("running", jobs.running), ("starting", jobs.starting),
                ("paused", jobs.paused), ("stopping", jobs.stopping),
            ].map { Sample($0.1, [("state", $0.0)]) })
        page.add(
            .counter, "pacer_jobs_submitted", help: "Jobs that were accepted.", [Sample(tallies.submitted)])
        page.add(
            .counter, "pacer_jobs_finished", help: "Jobs that have ended, by how.",
            Tallies.End.allCases.map {
                Sample(tallies.finished[$0] ?? 0, [("outcome", $0.rawValue)])
            })
        page.add(
            .counter, "pacer_deadlines_kept", help: "Jobs that ended by themselves before their deadline.",
            [Sample(tallies.deadlinesKept)])
        page.add(
            .counter, "pacer_deadlines_missed", help: "Jobs that ended by themselves after their deadline.",
            [Sample(tallies.deadlinesMissed)])
        var count = 0
        let bounds = WaitHistogram.bounds.map(\.value) + [.infinity]
        page.addHistogram(
            "pacer_job_wait_seconds", unit: "seconds",
            help: "Time between the acceptance and the start of jobs.",
            buckets: zip(bounds, tallies.waits.counts).map {
                count += $1
                return ($0, count)
            }, sum: tallies.waits.sum.value)
        page.add(
            .counter, "pacer_job_core_seconds", unit: "seconds",
            help: "Cores times time of jobs that have ended.", [Sample(tallies.coreTime.value)])
        page.add(
            .counter, "pacer_probes",
            help: "Configurations that were tried on running jobs to learn from them.",
            [Sample(tallies.probes)])
        page.add(
            .counter, "pacer_plan_switches",
            help: "Changes of cores or frequency of running jobs that a plan asked for.",
            [Sample(tallies.planSwitches)])
    }

    private func addMachine(_ page: inout OpenMetricsText) {
        page.add(.gauge, "pacer_cores", help: "Physical cores of the machine.", [Sample(figures.cores)])
        page.add(.gauge, "pacer_cores_held", help: "Cores that jobs hold.", [Sample(figures.coresHeld)])
        let samples = { (value: (DomainFigure) -> Hertz?) in
            figures.domains.compactMap { domain in
                value(domain).map { Sample($0.value, [("domain", "\(domain.id.number)")]) }
            }
        }
        page.add(
            .gauge, "pacer_domain_frequency_held_hertz", unit: "hertz",
            help: "Frequency that Pacer holds a domain at; absent while it does not.", samples(\.held))
        page.add(
            .gauge, "pacer_domain_frequency_observed_hertz", unit: "hertz",
            help: "Frequency limit that was read back after a domain was last held; absent while it is not.",
            samples(\.readBack))
        page.add(
            .counter, "pacer_domain_refusals", help: "Times that a frequency domain did not obey.",
            [Sample(figures.tallies.refusals)])
        if let keeper = figures.keeper {
            page.add(
                .gauge, "pacer_keeper_up",
                help: "Whether the program that writes and restores frequency limits runs.",
                [Sample(keeper.isRunning ? 1 : 0)])
            page.add(
                .counter, "pacer_keeper_restarts", help: "Times that it was lost and another one started.",
                [Sample(keeper.restarts)])
        }
    }

    private func addEnergy(_ page: inout OpenMetricsText) {
        let energy = figures.energy
        let source = ("source", energy.source.rawValue)
        let joules = { (value: Joules) in isComplete ? value.value : SafeEnergy.rounded(value).value }
        page.add(
            .counter, "pacer_machine_energy_joules", unit: "joules",
            help: "Energy of the machine, packages and memory.", [Sample(energy.counted.value, [source])])
        page.add(
            .counter, "pacer_machine_energy_unknown_seconds", unit: "seconds",
            help: "Time whose energy is not known and in no other metric.",
            [Sample(energy.unknown.value, [source])])
        page.add(
            .gauge, "pacer_energy_account_joules", unit: "joules",
            help: "Where the machine's energy went, as far as is known now; parts are put right as more is "
                + "learnt, and may shrink.",
            [
                ("attributed", energy.attributed), ("idle", energy.idle),
                ("unattributed", energy.unattributed),
            ].map { Sample($0.1.value, [source, ("kind", $0.0)]) })
        page.add(
            .counter, "pacer_jobs_energy_joules", unit: "joules",
            help: "Energy above idle attributed to jobs whose account is closed.",
            [Sample(joules(figures.tallies.attributed), [source, ("kind", "attributed")])])
        page.add(
            .counter, "pacer_zone_energy_joules", unit: "joules",
            help: "What each counter that counts towards the machine's energy has counted.",
            energy.zones.enumerated().map { index, zone in
                // Two packages' memory may have one name.
                Sample(
                    zone.counted.value, [source, ("zone", zone.domain.name), ("number", "\(index)")])
            })
    }

    private func addUsers(_ page: inout OpenMetricsText) {
        var users = figures.tallies.users.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value) }
        if figures.tallies.otherUsers.finished > 0 { users.append(("other", figures.tallies.otherUsers)) }
        page.add(
            .counter, "pacer_user_jobs_finished", help: "Jobs of a user that have ended.",
            users.map { Sample($0.1.finished, [("user", $0.0)]) })
        let source = ("source", figures.energy.source.rawValue)
        page.add(
            .counter, "pacer_user_energy_joules", unit: "joules",
            help: "Energy above idle attributed to a user's jobs whose account is closed.",
            users.map {
                Sample($0.1.attributed.value, [("user", $0.0), source, ("kind", "attributed")])
            })
    }

    private func addService(_ page: inout OpenMetricsText) {
        let tallies = figures.tallies
        page.add(
            .counter, "pacer_store_errors",
            help: "Records, profiles and sentences that the database did not take at once.",
            [Sample(tallies.storeErrors)])
        page.add(
            .gauge, "pacer_store_unsaved_records",
            help: "Records that wait in memory for the database to take them.",
            [Sample(figures.unsavedRecords)])
        if let errors = figures.journalErrors {
            page.add(
                .counter, "pacer_journal_errors",
                help: "Times that recording of the event journal stopped or could not begin.",
                [Sample(errors)])
        }
        page.add(
            .counter, "pacer_effect_errors",
            help: "Other effects that did not happen: signals, moves of jobs, releases of frequencies.",
            [Sample(tallies.effectErrors)])
        page.add(
            .info, "pacer_build", help: "The daemon.",
            [
                Sample(
                    1, [("version", settings.version), ("api", "\(APIVersion.current)")])
            ])
    }

    private func addProcess(_ page: inout OpenMetricsText) {
        page.add(
            .counter, "process_cpu_seconds", unit: "seconds",
            help: "Processor time that the daemon has used.", process.cpuSeconds.map { [Sample($0)] } ?? [])
        page.add(
            .gauge, "process_resident_memory_bytes", unit: "bytes", help: "Memory of the daemon in RAM.",
            process.residentBytes.map { [Sample($0)] } ?? [])
        page.add(
            .gauge, "process_open_fds", help: "Files that the daemon has open.",
            process.openFiles.map { [Sample($0)] } ?? [])
        page.add(
            .gauge, "process_start_time_seconds", unit: "seconds",
            help: "When the daemon started, in seconds since the Unix epoch.",
            [Sample(Double(settings.started.nanoseconds) / 1e9)])
    }
}
