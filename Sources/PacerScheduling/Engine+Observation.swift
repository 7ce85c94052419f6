import PacerModels
import PacerPlatform
import PacerUnits

// MARK: - What happened since the last look

extension Engine {
    mutating func observe(_ snapshot: Snapshot, at now: Instant, _ commands: inout [Command]) {
        account(snapshot)
        let alone = activeJobs.count == 1
        for id in activeJobs {
            guard var job = jobs[id], let allocation = job.state.allocation else { continue }
            if case .stopping(_, _, _, let killAt) = job.state, now >= killAt {
                commands.append(.signal(id, .kill))
            }
            guard let sample = snapshot.samples[id] else { continue }
            if snapshot.slept { discardSleep(&job, until: sample.at, at: now) }
            let changed = follow(&job, sample, allocation)
            job.lastSample = sample
            guard job.isRunning else {
                jobs[id] = job
                continue
            }
            if changed {
                job.table.removeAll()
                job.belief = nil
                job.work = WorkBelief()
                job.speed = .same
                job.lifeline = nil
                job.skippedProbes = []
                job.window = nil
                openWindow(&job, allocation.configuration, purpose: .probe, changed: false, at: now)
            }
            job.window?.add(sample, energy: snapshot.energy, progress: job.progress.latest, alone: alone)
            jobs[id] = job
            if let limit = job.request.outputLimit, sample.outputBytes > limit {
                stop(id, .outputLimit, at: now, &commands)
            } else {
                steer(id, at: now, &commands)
            }
        }
        closeHorizons(at: now, &commands)
    }

    /// Begins a job's window anew, as if it had only been looked at after the machine's sleep.
    private func discardSleep(_ job: inout ActiveJob, until end: Instant, at now: Instant) {
        job.lastSample?.at = end
        guard let window = job.window else { return }
        openWindow(&job, window.configuration, purpose: window.purpose, changed: true, at: now)
    }

    /// Splits the energy since the last reading among the jobs; learns idle power where there were none.
    private mutating func account(_ snapshot: Snapshot) {
        guard let before = lastReading, snapshot.energy.at > before.at else {
            lastReading = lastReading ?? snapshot.energy
            return
        }
        lastReading = snapshot.energy
        let length = snapshot.energy.at - before.at
        let counted = snapshot.energy.microjoules - min(before.microjoules, snapshot.energy.microjoules)
        let isKnown = snapshot.energy.unknown <= before.unknown && !snapshot.slept
        let active = activeJobs
        for id in active {
            guard var job = jobs[id] else { continue }
            job.machineMicrojoules += counted
            job.energy.machineDuringRun = Joules(microjoules: job.machineMicrojoules)
            if !isKnown { job.energy.unknown += length }
            jobs[id] = job
        }
        if isKnown {
            if active.isEmpty { learnIdle(Joules(microjoules: counted) / length, over: length) }
            let uses = active.compactMap { use(of: $0, in: snapshot, since: before.at) }
            ledger.add(counted, over: length, uses: uses)
        } else {
            ledger.addUnknown(counted, over: length)
        }
        enterLines()
    }

    private mutating func enterLines() {
        for line in ledger.openLines { jobs.enter(line) }
    }

    /// Makes what is attributed to a job final. Until its deadline a job that has ended waits for what its
    /// co-runners still show of themselves.
    mutating func closeLine(of job: inout ActiveJob) {
        guard let line = ledger.close(job.id) else { return }
        job.energy.enter(line)
        enterLines()
    }

    /// A second of idling is a thousand updates of the counter; older knowledge counts half.
    private mutating func learnIdle(_ seen: Watts, over length: Seconds) {
        guard length >= Seconds(1), machine.energySource == .measured else { return }
        let miss = seen - power.idle
        power.idle += miss * 0.5
        let doubt = ledger.doubt.idle.value
        let error = Watts((0.5 * (doubt * doubt + miss.value * miss.value)).squareRoot())
        // Leakage follows temperature: idle power is never known better than a described machine's.
        ledger.setIdle(power.idle, error: max(error, EnergyLedger<JobID>.Doubt.described(power).idle))
    }

    private func use(of id: JobID, in snapshot: Snapshot, since: Instant) -> EnergyLedger<JobID>.Use? {
        guard let job = jobs[id], let allocation = job.state.allocation else { return nil }
        var busy = Seconds.zero
        if let sample = snapshot.samples[id] {
            if let last = job.lastSample {
                busy = max(.zero, sample.busyTime - last.busyTime)
            } else if let started = job.started, started >= since {
                // Of one that was taken over nobody knows when it used what it had used before.
                busy = sample.busyTime
            }
        }
        return EnergyLedger.Use(
            job: id, cores: allocation.cores.count, frequency: effectiveFrequency(of: allocation),
            busyTime: busy)
    }

    /// How long a job of a class that reports its progress is waited for, before its processor time is taken
    /// for it.
    private static let knownReporterGrace = Seconds(30)

    /// Follows a job's progress; returns whether its source changed.
    private func follow(_ job: inout ActiveJob, _ sample: JobSample, _ allocation: Allocation) -> Bool {
        let busy = sample.busyTime - (job.lastSample?.busyTime ?? .zero)
        let elapsed = job.lastSample.map { sample.at - $0.at } ?? .zero
        if elapsed > .zero {
            let share = busy.value / (elapsed.value * Double(allocation.cores.count))
            job.utilisation = 0.5 * job.utilisation + 0.5 * min(1, max(0, share))
        }
        let running = job.started.map { sample.at - $0 } ?? .zero
        // One whose class reports may take its time for the first report.
        let grace =
            switch job.prior?.source {
            case .cpuTime, .instructions: Seconds.zero
            case .declared, .output: max(constants.declarationGrace, Self.knownReporterGrace)
            case nil: constants.declarationGrace
            }
        return job.progress.update(
            sample, busy: max(.zero, busy),
            relativeFrequency: effectiveFrequency(of: allocation) / machine.topFrequency,
            mayStillDeclare: running < grace)
    }

    /// Finished jobs whose deadline has passed get their horizon accounted, and leave the engine.
    private mutating func closeHorizons(at now: Instant, _ commands: inout [Command]) {
        for id in jobs.overdue(at: now) {
            guard var job = jobs[id] else { continue }
            closeHorizon(&job)
            closeLine(of: &job)
            jobs[id] = nil
            commands.append(.record(record(of: job, at: now)))
        }
    }

    // MARK: What is remembered

    /// Merges a window's result into what is known of the job.
    mutating func take(_ window: MeasuringWindow, into job: inout ActiveJob, at now: Instant) {
        guard window.span >= constants.shortestWindow, var measurement = window.measurement
        else { return }
        if let disturbed = noise?.disturb(measurement) { measurement = disturbed }
        if let allocation = job.state.allocation, machine.hasFrequencyControl {
            // By what was asked for: where the hardware does not run that, this is what asking for it yields.
            let frequency = askedFrequency(of: allocation)
            if allocation.configuration == window.configuration, machine.frequencies.contains(frequency) {
                measurement.configuration = Configuration(
                    cores: window.configuration.cores, frequency: frequency)
            }
        }
        let foretold =
            job.table.isEmpty ? belief(of: job, at: now).model.estimate(measurement.configuration) : nil
        job.table.add(measurement, at: now)
        rescale(&job, measurement, foretold, at: now)
        compare(&job, at: now)
        job.windowsTaken += 1
        if window.purpose == .probe { job.lastProbeSpan = window.span }
        job.belief = fit(job, at: now)
        if var signals = window.signals {
            if window.configuration.frequency == machine.topFrequency || job.signals[signals.cores] == nil {
                signals.speedup = nil
                job.signals[signals.cores] = signals
            }
        }
    }

    /// Finds by how much this run is faster than its class: by what was measured of both, else by the first
    /// window beside what the class foretold.
    private func rescale(
        _ job: inout ActiveJob, _ first: Measurement, _ foretold: Estimate?, at now: Instant
    ) {
        guard let prior = job.prior, prior.source == job.progress.source else { return }
        if let speed = RunSpeed(of: job.table.measurements(at: now), in: prior.measurements) {
            job.speed = speed
        } else if let foretold, foretold.rate > 0 {
            let variance = first.rateError * first.rateError + foretold.rateError * foretold.rateError
            job.speed = RunSpeed(ratio: first.rate / foretold.rate, error: variance.squareRoot())
        }
    }

    /// What the class will be remembered by after this run; `nil` when nothing was learnt.
    func profile(of job: ActiveJob, completed: Bool, at now: Instant) -> ClassProfile? {
        guard let source = job.progress.source, let latest = job.progress.latest else { return nil }
        let sameUnits = job.prior.map { $0.source == source } ?? false
        let measurements = job.knowledge(at: now)
        var signals = sameUnits ? job.prior?.signals.filter { job.signals[$0.cores] == nil } ?? [] : []
        signals += job.signals.values
        var work = sameUnits ? job.prior?.work ?? [] : []
        if completed, latest.done > 0 { work.append(job.progress.declaredTotal ?? latest.done) }
        guard !measurements.isEmpty || !work.isEmpty else { return nil }
        return ClassProfile(
            className: job.request.className, machineName: machine.name, source: source,
            measurements: measurements, signals: signals.sorted { $0.cores < $1.cores },
            work: Array(work.suffix(20)), runs: (job.prior?.runs ?? 0) + (completed ? 1 : 0),
            activity: ledger.activity(of: job.id) ?? job.prior?.activity, inflation: job.table.inflation(),
            user: job.request.user)
    }
}
