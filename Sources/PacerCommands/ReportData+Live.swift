import PacerAPI
import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerReport
import PacerUnits

extension ReportData {
    /// The jobs of a daemon that were submitted since a time, as the API tells of them.
    ///
    /// - Parameter since: Unix nanoseconds.
    /// - Parameter now: Unix nanoseconds.
    /// - Parameter zoneSeconds: How far local time is ahead of UTC.
    init(live all: [JobView], machine: MachineView, since: Int64, now: Int64, zoneSeconds: Int64) {
        let source = machine.energy.source
        let views = all.filter { $0.submittedUnixNs >= since }.sorted {
            ($0.submittedUnixNs, $0.id) < ($1.submittedUnixNs, $1.id)
        }
        // By the clock, seconds are whole.
        let first = views.first?.submittedUnixNs ?? since
        let zero = first - first % 1_000_000_000
        let time = { (unixNs: Int64) in Seconds(Words.seconds(from: zero, to: unixNs)) }
        let ends = views.map { max($0.finishedUnixNs ?? now, min(now, $0.deadlineUnixNs ?? 0)) }
        let cores = max(1, machine.cores.count)
        self.init(
            title: "Jobs since \(Words.time(since, now: now, zone: { _ in zoneSeconds }))", kind: .live,
            energySource: EnergySource(rawValue: source.rawValue) ?? .modelled,
            energyCovers: "the jobs’ part above idle", horizon: time(ends.max() ?? now),
            machine: ReportMachine(machine, cores: cores))
        clock = ReportClock(unixSeconds: zero / 1_000_000_000, zoneSeconds: zoneSeconds)
        coresAreKnown = false
        let classes = Set(views.map(\.className)).sorted()
        jobs = views.map { view in
            ReportJob(
                name: ReportData.name(of: view),
                kind: classes.firstIndex(of: view.className) ?? 0, submitted: time(view.submittedUnixNs),
                deadline: view.deadlineUnixNs.map(time))
        }
        kinds = classes.map { name in
            // What was learnt last is what is known.
            let newest = views.last { $0.className == name && !$0.learnt.estimates.isEmpty }
            return ReportKind(
                name: name, learnt: newest?.learnt, unit: newest?.work.source,
                idle: Watts(machine.powerModel.idleW))
        }
        let names = Set(views.map(\.policy)).sorted()
        policies = names.map { name in
            let own = views.indices.filter { views[$0].policy == name }
            return ReportPolicy(name: name, own, of: views, source: source, cores: cores, time: time)
        }
        let horizon = horizon
        policies.indices.forEach { policies[$0].horizon = horizon }
        notes = ReportData.remarks(views, machine)
    }

    /// Number, program without its folder, and arguments.
    private static func name(of view: JobView) -> String {
        let program = view.command.first?.split(separator: "/").last.map(String.init) ?? ""
        return (["\(view.id)", program] + view.command.dropFirst()).joined(separator: " ")
    }

    private static func remarks(_ views: [JobView], _ machine: MachineView) -> [String] {
        var notes: [String] = []
        if let total = machine.energy.totalJ {
            notes.append(
                "The machine took \(Joules(total)) \(machine.energy.source) since its daemon "
                    + "started, idle time and everything else on it included.")
        }
        let withheld = views.count { $0.energy.attributedJ == nil }
        if withheld > 0 {
            notes.append(
                "The energy of \(withheld) of the jobs is not told: they ran for less than a second, or "
                    + "still run. It is missing from the sums.")
        }
        if machine.energy.unknownS > 0 {
            notes.append("The energy of \(Seconds(machine.energy.unknownS)) of that time is not known.")
        }
        notes.append("A job’s part of the energy is attributed by core-time, frequency and activity.")
        notes.append("Rates and powers of what jobs could run at are what was learnt of their class.")
        let others = views.count { $0.energy.source != machine.energy.source }
        if others > 0 {
            notes.append(
                "\(others) of the jobs have joules from another source than \(machine.energy.source); they "
                    + "are left out of every sum.")
        }
        return notes
    }
}

extension ReportMachine {
    fileprivate init(_ machine: MachineView, cores: Int) {
        let points = machine.domains.flatMap(\.operatingPoints).filter { !$0.isBoost }
        self.init(
            name: machine.name, cores: cores,
            frequenciesKilohertz: Set(points.map(\.frequencyKhz)).sorted(),
            idle: Watts(machine.powerModel.idleW), uncore: Watts(machine.powerModel.uncoreW),
            cubic: machine.powerModel.cubicWPerGhz3, linear: machine.powerModel.linearWPerGhz,
            constant: machine.powerModel.constantW)
    }
}

extension ReportKind {
    /// The idle machine is where the hull begins.
    fileprivate init(name: String, learnt: LearntView?, unit: String?, idle: Watts) {
        let views = learnt?.estimates ?? []
        let estimates = views.filter { $0.configuration.cores > 0 }.map { view in
            Estimate(
                configuration: Configuration(
                    cores: view.configuration.cores,
                    frequency: view.configuration.frequencyKhz.map { Hertz(kilohertz: $0) }
                        ?? Machine.nominalFrequency),
                rate: view.ratePerS, rateError: 0, power: Watts(view.powerW), origin: .predicted)
        }
        let frontier = Frontier(estimates: estimates, idlePower: idle)
        self.init(
            name: name, rateUnit: unit == "cpuTime" ? "s of CPU time per s" : "units/s",
            points: views.map {
                Point(ReportConfiguration($0.configuration), rate: $0.ratePerS, power: Watts($0.powerW))
            },
            hull: frontier.points.compactMap { point in
                estimates.firstIndex { $0.configuration == point.configuration }
            })
    }
}

extension ReportConfiguration {
    init(_ configuration: ConfigurationView) {
        self.init(
            cores: max(0, configuration.cores), frequencyKilohertz: configuration.frequencyKhz)
    }
}

extension ReportPolicy {
    fileprivate init(
        name: String, _ own: [Int], of views: [JobView], source: EnergySourceName, cores: Int,
        time: (Int64) -> Seconds
    ) {
        let counted = own.map { views[$0].energy }.filter { $0.source == source }.compactMap(\.attributedJ)
        self.init(
            name: name,
            energy: ReportEnergy(total: counted.map { Joules($0) }.total()),
            bound: nil, horizon: .zero, summary: ReportSummary(own.map { views[$0] }))
        outcomes = own.map { ReportOutcome(job: $0, views[$0], source: source, time: time) }
        segments = own.flatMap { ReportPolicy.stretches($0, views[$0], source: source, time: time) }
            .sorted { ($0.start, $0.job) < ($1.start, $1.job) }
        placeOnCores(cores)
    }

    /// The stretches of a job, on cores 0, 1, … as many as it had; its power is its mean.
    private static func stretches(
        _ index: Int, _ view: JobView, source: EnergySourceName, time: (Int64) -> Seconds
    ) -> [ReportSegment] {
        guard let started = view.startedUnixNs, let run = view.runTimeS, run > 0 else { return [] }
        let energy = view.energy.source == source ? view.energy.attributedJ ?? 0 : 0
        return view.stays.map { from, to, configuration in
            ReportSegment(
                job: index, start: time(max(started, from)), end: time(to),
                cores: Array(0..<max(0, configuration.cores)),
                frequencyKilohertz: configuration.frequencyKhz, power: Watts(energy / run))
        }
    }

    /// Gives every stretch the lowest cores that are free, or that soonest will be.
    private mutating func placeOnCores(_ cores: Int) {
        var freeAt = [Seconds](repeating: Seconds(-.infinity), count: cores)
        for index in segments.indices {
            let start = segments[index].start
            let order = freeAt.indices.sorted { left, right in
                (max(freeAt[left], start), left) < (max(freeAt[right], start), right)
            }
            let chosen = order.prefix(segments[index].cores.count).sorted()
            for core in chosen { freeAt[core] = segments[index].end }
            segments[index].cores = chosen
        }
    }
}

extension JobView {
    /// What the job ran at and when, in Unix nanoseconds: each choice until the next.
    var stays: [(from: Int64, to: Int64, configuration: ConfigurationView)] {
        guard let started = startedUnixNs else { return [] }
        let end = finishedUnixNs ?? nowUnixNs
        let choices = decisions.filter { $0.configuration != nil && $0.atUnixNs < end }
        return choices.enumerated().compactMap { index, choice in
            guard let configuration = choice.configuration else { return nil }
            let next = index + 1 < choices.count ? choices[index + 1].atUnixNs : end
            let from = max(started, choice.atUnixNs)
            return next > from ? (from, next, configuration) : nil
        }
    }
}

extension ReportOutcome {
    fileprivate init(job: Int, _ view: JobView, source: EnergySourceName, time: (Int64) -> Seconds) {
        self.init(job: job)
        started = view.startedUnixNs.map(time)
        finished = started == nil ? nil : view.finishedUnixNs.map(time)
        energy = view.energy.source == source ? view.energy.attributedJ.map { Joules($0) } : nil
        for stay in view.stays {
            add(ReportConfiguration(stay.configuration), time(stay.to) - time(stay.from))
        }
        if let outcome = view.outcome, !outcome.isSuccess { remark = Words.outcome(outcome) }
    }
}

extension ReportSummary {
    /// Figures over live jobs; one that still runs past its deadline has missed it.
    fileprivate init(_ views: [JobView]) {
        self.init(jobs: views.count)
        var waits: [Seconds] = []
        var slowdowns: [Double] = []
        for view in views {
            let finished = view.startedUnixNs == nil ? nil : view.finishedUnixNs
            if view.startedUnixNs == nil { neverRan += 1 }
            if let deadline = view.deadlineUnixNs {
                withDeadline += 1
                let end = finished ?? view.nowUnixNs
                if end > deadline || (view.isFinished && finished == nil) { misses += 1 }
                maxTardiness = max(maxTardiness, Seconds(Words.seconds(from: deadline, to: end)))
            }
            guard let started = view.startedUnixNs else { continue }
            waits.append(Seconds(Words.seconds(from: view.submittedUnixNs, to: started)))
            if let finished, finished > started {
                slowdowns.append(
                    Words.seconds(from: view.submittedUnixNs, to: finished)
                        / Words.seconds(from: started, to: finished))
            }
        }
        meanWait = waits.isEmpty ? nil : waits.total() / Double(waits.count)
        meanSlowdown = slowdowns.isEmpty ? nil : slowdowns.reduce(0, +) / Double(slowdowns.count)
        switches = views.reduce(0) { $0 + max(0, $1.stays.count - 1) }
    }
}
