import PacerModels
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

/// Everything that a schedule says, computed again from its segments and nothing else.
struct ScheduleAudit {
    let machine: ReplayMachine
    let workload: Workload
    let result: ReplayResult
    /// Whether its policy may pause malleable jobs.
    let preempts: Bool

    /// Says what is wrong with the schedule.
    func check(_ label: String) {
        checkEnergy(label)
        checkCores(label)
        for index in workload.jobs.indices { checkJob(index, label) }
    }

    // MARK: Energy

    private struct Energies {
        var uncore = 0.0
        var cores: [Double]
        var shares: [Double]
        /// Core-seconds in use.
        var used = 0.0
    }

    /// Goes through time from one start or end of a segment to the next.
    private func sweep(_ label: String) -> Energies {
        var energies = Energies(
            cores: Array(repeating: 0, count: workload.jobs.count),
            shares: Array(repeating: 0, count: workload.jobs.count))
        let times = Set(result.segments.flatMap { [$0.start, $0.end] }).sorted()
        for (from, to) in zip(times, times.dropFirst()) {
            let running = result.segments.filter { $0.start <= from && $0.end >= to }
            let busy = running.reduce(0) { $0 + $1.cores.count }
            guard busy > 0 else { continue }
            let length = (to - from).value
            energies.uncore += machine.power.uncore.value * length
            energies.used += Double(busy) * length
            for segment in running {
                let kind = workload.kinds[workload.jobs[segment.job].kind]
                let power = machine.power.corePower(at: segment.frequency, activity: kind.activity)
                let count = Double(segment.cores.count)
                energies.cores[segment.job] += power.value * count * length
                energies.shares[segment.job] +=
                    machine.power.uncore.value * length * count / Double(busy)
            }
            checkClocks(running, label)
        }
        return energies
    }

    private func checkEnergy(_ label: String) {
        let energy = result.energy
        let total = energy.total.value
        let tolerance = 1e-9 * max(1, total)
        func close(_ one: Double, _ other: Double) -> Bool { abs(one - other) <= tolerance }
        let parts = energy.idle.value + energy.uncore.value + energy.cores.value
        #expect(close(parts, total), "\(label)")
        let ofJobs = result.jobs.reduce(0) { $0 + $1.energy.value }
        #expect(close(ofJobs + energy.idle.value, total), "\(label)")
        #expect(close(energy.idle.value, machine.power.idle.value * (result.end - result.start).value))
        let again = sweep(label)
        #expect(close(again.uncore, energy.uncore.value), "\(label): uncore")
        #expect(close(again.cores.reduce(0, +), energy.cores.value), "\(label): cores")
        for (index, job) in result.jobs.enumerated() {
            #expect(close(again.cores[index], job.coreEnergy.value), "\(label), job \(index): cores")
            #expect(close(again.shares[index], job.uncoreEnergy.value), "\(label), job \(index): uncore")
        }
        let last = result.jobs.compactMap(\.finished).max() ?? result.start
        let span = (last - result.start).value * Double(machine.machine.coreCount)
        if span > 0 { #expect(abs(again.used / span - result.utilisation) < 1e-9, "\(label)") }
        let deadlines = zip(workload.jobs, result.jobs).compactMap { $1.refusal == nil ? $0.deadline : nil }
        #expect(result.end == max(last, deadlines.max() ?? last), "\(label)")
        #expect(result.start == workload.jobs.first?.submitted ?? result.start, "\(label)")
        #expect(result.switches == result.jobs.reduce(0) { $0 + $1.switches }, "\(label)")
    }

    /// Cores that share a clock run at one frequency.
    private func checkClocks(_ running: [ReplaySegment], _ label: String) {
        for domain in machine.machine.domains where domain.cores.count > 1 {
            let frequencies = running.filter { !Set($0.cores).isDisjoint(with: domain.cores) }
                .map(\.frequency)
            #expect(Set(frequencies).count <= 1, "\(label)")
        }
    }

    // MARK: Cores and work

    private func checkCores(_ label: String) {
        let known = Set(machine.machine.cores.map(\.id))
        for core in known.sorted() {
            let uses = result.segments.filter { $0.cores.contains(core) }.sorted { $0.start < $1.start }
            #expect(zip(uses, uses.dropFirst()).allSatisfy { $0.end <= $1.start }, "\(label), \(core)")
        }
        for segment in result.segments {
            #expect(segment.start < segment.end && !segment.cores.isEmpty, "\(label)")
            #expect(segment.cores == Set(segment.cores).sorted() && known.isSuperset(of: segment.cores))
            #expect(machine.machine.frequencies.contains(segment.frequency), "\(label)")
        }
        #expect(
            zip(result.segments, result.segments.dropFirst()).allSatisfy {
                ($0.start, $0.job) <= ($1.start, $1.job)
            })
    }

    private func checkJob(_ index: Int, _ label: String) {
        let job = workload.jobs[index]
        let outcome = result.jobs[index]
        let segments = result.segments.filter { $0.job == index }
        var most = machine.machine.coreCount
        if case .rigid(let cores) = job.shape, cores > most {
            #expect(outcome.refusal == .tooWide && segments.isEmpty, "\(label), job \(index)")
            #expect(outcome.started == nil && outcome.finished == nil && outcome.energy == .zero)
            return
        }
        #expect(outcome.refusal == nil, "\(label), job \(index)")
        guard let started = outcome.started, let finished = outcome.finished else {
            Issue.record("\(label): job \(index) never ends")
            return
        }
        #expect(started >= job.submitted && finished >= started, "\(label), job \(index)")
        if let first = segments.first, let last = segments.last {
            #expect(first.start == started && last.end == finished, "\(label), job \(index)")
        }
        // Once begun it always has cores, unless it may be paused.
        let mayPause = if case .malleable = job.shape { preempts } else { false }
        #expect(
            zip(segments, segments.dropFirst()).allSatisfy {
                $0.end == $1.start || (mayPause && $0.end < $1.start)
            }, "\(label), job \(index)")
        let counts = Set(segments.map(\.cores.count))
        switch job.shape {
        case .rigid(let cores): #expect(counts.isSubset(of: [cores]), "\(label), job \(index)")
        case .moldable(let limit):
            most = min(most, limit ?? most)
            #expect(counts.count <= 1, "\(label), job \(index)")
        case .malleable(let limit): most = min(most, limit ?? most)
        }
        #expect(counts.allSatisfy { $0 <= most }, "\(label), job \(index)")
        checkWork(job, segments, "\(label), job \(index)")
    }

    private func checkWork(_ job: ReplayJob, _ segments: [ReplaySegment], _ label: String) {
        let work = segments.reduce(0) { $0 + $1.work }
        #expect(abs(work - job.runTime.value) <= 1e-9 * max(1, job.runTime.value), "\(label)")
        let kind = workload.kinds[job.kind]
        let top = machine.machine.topFrequency
        let reference = kind.speed(Configuration(cores: job.cores, frequency: top), top: top)
        // Several changes at one instant are seen as one, so the costliest kind is allowed for.
        let lost = ControlConstants().changes.cores.value
        for segment in segments {
            let configuration = Configuration(cores: segment.cores.count, frequency: segment.frequency)
            let rate = kind.speed(configuration, top: top) / reference
            let length = (segment.end - segment.start).value
            // Times are whole nanoseconds.
            let rounding = rate * 2e-9 + 1e-12 * job.runTime.value
            #expect(segment.work <= rate * length + rounding, "\(label)")
            #expect(segment.work >= rate * max(0, length - lost) - rounding, "\(label)")
        }
    }
}
