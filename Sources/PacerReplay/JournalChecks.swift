import PacerModels
import PacerPlatform
import PacerScheduling
import PacerUnits

/// What an engine can be given.
///
/// The daemon's own journals keep to all of this. A file may come from anywhere, and an engine is not made
/// for machines of negative power, or for times after the end of the clock.
enum JournalChecks {
    /// Instants up to here have differences that an instant can hold.
    private static let latest = Instant(nanoseconds: 1 << 62)
    /// Processor times, estimates and the like, in seconds: three thousand years.
    private static let longest = 1e11
    /// Work and rates: instructions of a large machine in a hundred years are fewer.
    private static let most = 1e24
    private static let mostWatts = 1e9
    private static let mostCores = 1 << 20
    private static let largestCount = 1 << 40

    static func isPossible(_ instant: Instant) -> Bool { instant >= .zero && instant <= latest }

    private static func isAmount(_ value: Double, most: Double) -> Bool { value >= 0 && value <= most }

    // MARK: The header

    static func check(_ start: EngineStart) throws(JournalError) {
        let power = start.power
        let watts = [
            power.idle.value, power.uncore.value, power.cubic, power.linear, power.constant,
        ]
        guard watts.allSatisfy({ isAmount($0, most: mostWatts) }), (start.idleError ?? .zero) >= .zero else {
            throw JournalError("the header's power model has a value that no machine has")
        }
        guard start.machine.coreCount <= mostCores, start.machine.cores.allSatisfy({ !$0.cpus.isEmpty }),
            start.machine.domains.allSatisfy({
                $0.operatingPoints.allSatisfy { $0.frequency <= Hertz(1e12) }
            })
        else { throw JournalError("the header's machine cannot be") }
        guard start.arrivals?.isPossible != false else {
            throw JournalError("the header's arrivals are none that can have been")
        }
        for profile in start.classes { try check(profile) }
        let constants = start.constants
        let periods = [
            constants.probeTick, constants.shortestWindow, constants.unsteadyWindow, constants.longestWindow,
            constants.shortestPeriod, constants.longestPeriod,
        ]
        let times = [
            constants.settling, constants.switchCost, constants.frequencySwitchCost, constants.dwell,
            constants.declarationGrace, constants.shortestReserve, constants.grace,
        ]
        let shares = [
            constants.tightness, constants.lastReserve, constants.probeShare, constants.surveyCost,
            constants.speedupCost,
        ]
        guard periods.allSatisfy({ $0 >= Seconds(1e-3) && $0 <= Seconds(1e6) }),
            times.allSatisfy({ isAmount($0.value, most: 1e6) }),
            shares.allSatisfy({ isAmount($0, most: 1) }), constants.lastReserve < 1,
            isAmount(constants.windowsLeft, most: 1e6), isAmount(constants.urgency, most: 1e6),
            (0...mostCores).contains(constants.fewCores)
        else { throw JournalError("the header's constants are out of their ranges") }
    }

    // MARK: Events

    static func check(_ event: Event, on machine: Machine) throws(JournalError) {
        switch event {
        case .submitted(let request, let prior):
            try check(request)
            try check(prior)
        case .adopted(let request, let allocation, let started, let prior):
            try check(request)
            try check(prior)
            let cores = machine.cores.map(\.id)
            guard !allocation.cores.isEmpty, allocation.cores.allSatisfy(cores.contains),
                Set(allocation.cores).count == allocation.cores.count,
                allocation.frequency > .zero, allocation.frequency <= Hertz(1e12), isPossible(started)
            else { throw JournalError("job \(request.id) has cores that the machine does not have") }
        case .observed(let snapshot):
            guard isPossible(snapshot.energy.at), snapshot.samples.values.allSatisfy({ isPossible($0.at) })
            else { throw JournalError("a time is not between 1970 and 2116") }
            guard snapshot.energy.microjoules <= 1 << 53,
                isAmount(snapshot.energy.unknown.value, most: longest)
            else { throw JournalError("the energy is beyond what a counter can have counted") }
            // order does not matter: all are checked
            for sample in snapshot.samples.values { try check(sample) }
        case .held(_, let actual), .disturbed(_, actual: .some(let actual), reason: _):
            guard actual > .zero, actual <= Hertz(1e12) else {
                throw JournalError("a frequency is above zero")
            }
        case .present(let cores):
            let all = machine.cores.map(\.id)
            guard !cores.isEmpty, cores.allSatisfy(all.contains) else {
                throw JournalError("cores are there that the machine does not have")
            }
        case .resumed(let length):
            guard isAmount(length.value, most: longest) else {
                throw JournalError("the machine slept for a time that cannot be")
            }
        case .launched, .launchFailed, .exited, .cancelRequested, .holdFailed, .disturbed: break
        }
    }

    private static func check(_ sample: JobSample) throws(JournalError) {
        let times = [sample.busyTime, sample.userTime, sample.systemTime, sample.runQueueDelay]
        let threads = sample.threads
        let counts = [
            threads.processes, threads.threads, threads.runnable, threads.inFutex, threads.uninterruptible,
        ]
        guard times.allSatisfy({ isAmount($0.value, most: longest) }),
            counts.allSatisfy({ (0...largestCount).contains($0) })
        else { throw JournalError("a sample has a time or a number of threads that cannot be") }
        guard let progress = sample.progress else { return }
        guard isAmount(progress.done, most: most), progress.total.map({ isAmount($0, most: most) }) ?? true,
            isPossible(progress.at)
        else { throw JournalError("a progress is not between 0 and 10²⁴, or its time cannot be") }
    }

    private static func check(_ request: JobRequest) throws(JournalError) {
        let cores =
            switch request.shape {
            case .rigid(let cores): cores
            case .moldable(let limit), .malleable(let limit): limit ?? 1
            }
        guard (1...mostCores).contains(cores) else { throw JournalError("job \(request.id) has no cores") }
        guard isPossible(request.submitted), request.deadline.map({ $0 >= .zero }) ?? true else {
            throw JournalError("a time is not between 1970 and 2116")
        }
        guard request.estimate.map({ isAmount($0.value, most: longest) }) ?? true else {
            throw JournalError("the estimate of job \(request.id) is no length of time")
        }
    }

    private static func check(_ prior: ClassProfile?) throws(JournalError) {
        guard let prior else { return }
        guard prior.measurements.allSatisfy(isPossible) else {
            throw JournalError("a measurement has no cores, or a rate or power that cannot be")
        }
        guard prior.signals.allSatisfy({ (1...mostCores).contains($0.cores) }),
            (0...largestCount).contains(prior.runs), prior.work.allSatisfy({ isAmount($0, most: most) })
        else { throw JournalError("what was known of class '\(prior.className)' cannot be") }
        if let inflation = prior.inflation {
            guard isAmount(inflation.rate, most: 1e6), isAmount(inflation.power, most: 1e6) else {
                throw JournalError("the errors of windows of class '\(prior.className)' cannot be")
            }
        }
        if let activity = prior.activity {
            guard isAmount(activity.value, most: 1e6), isAmount(activity.error, most: 1e6) else {
                throw JournalError("the activity of class '\(prior.className)' cannot be")
            }
        }
    }

    private static func isPossible(_ row: Measurement) -> Bool {
        (1...mostCores).contains(row.configuration.cores)
            && isAmount(row.configuration.frequency.value, most: 1e12) && isAmount(row.rate, most: most)
            && isAmount(row.rateError, most: 1e6) && isAmount(row.powerError, most: 1e6)
            && (row.power.map { isAmount($0.value, most: mostWatts) } ?? true)
            && isAmount(row.duration.value, most: longest)
    }
}
