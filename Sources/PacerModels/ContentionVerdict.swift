import PacerUnits

/// What keeps a job from using more cores, in one word and with the numbers that say so.
///
/// The rules and their thresholds: docs/models/contention.md.
public struct ContentionVerdict: Hashable, Sendable, Codable {
    /// What the job's cores are lost to.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// More cores do more work.
        case scales
        /// Threads sleep on each other's locks.
        case lockContended
        /// Cores are busy without progress: waiting in loops.
        case spinning
        /// Cores wait for memory, which neither more cores nor a higher frequency speeds up.
        case memoryBound
        /// One thread works at a time.
        case serial
        /// Threads wait for disk or network.
        case waitingOnIO
        /// The signals do not say.
        case unknown
    }

    /// The verdict.
    public let kind: Kind
    /// Plain sentences with the numbers it rests on.
    public let evidence: [String]

    /// Judges the widest configuration in `signals`.
    public init(_ signals: [ContentionSignals]) {
        let ascending = signals.sorted { $0.cores < $1.cores }
        guard var widest = ascending.last else {
            self.init(.unknown, ["nothing was observed yet"])
            return
        }
        if widest.frequencySensitivity == nil {
            widest.frequencySensitivity = ascending.compactMap(\.frequencySensitivity).last
        }
        self = ContentionVerdict.judge(widest)
    }

    private init(_ kind: Kind, _ evidence: [String]) {
        self.kind = kind
        self.evidence = evidence
    }
}

extension ContentionVerdict {
    /// The cores count as busy above this share.
    private static let busyShare = 0.8
    /// Below this sensitivity most of what is lost is lost to memory.
    private static let memorySensitivity = 0.6

    private static func judge(_ seen: ContentionSignals) -> ContentionVerdict {
        if let speedup = seen.speedup, seen.cores > 1, speedup >= 0.8 * Double(seen.cores) {
            return ContentionVerdict(.scales, [gain(seen, speedup)])
        }
        return seen.onCPUShare >= busyShare ? judgeBusy(seen) : judgeWaiting(seen)
    }

    /// The cores are busy, yet the job is not as fast as they are many.
    private static func judgeBusy(_ seen: ContentionSignals) -> ContentionVerdict {
        guard seen.cores > 1 else {
            return ContentionVerdict(.unknown, [use(seen), "one core tells nothing of how cores get along"])
        }
        guard let speedup = seen.speedup else {
            return ContentionVerdict(.unknown, [use(seen), "the rate on one core is not known"])
        }
        var evidence = [use(seen), gain(seen, speedup)]
        if let system = seen.systemShare, system >= 0.3, locks(seen) || switches(seen) >= 100 {
            evidence.append("\(percent(system)) of the processor time is spent in the kernel")
            return ContentionVerdict(.lockContended, evidence + waits(seen))
        }
        if let ratio = seen.instructionRatio, ratio >= 1.5 {
            let times = decimal(ratio, places: 1, keepZeros: false)
            evidence.append("a unit of work takes \(times) times the instructions it takes on one core")
            return ContentionVerdict(.spinning, evidence)
        }
        if let sensitivity = seen.frequencySensitivity, sensitivity < memorySensitivity {
            evidence.append("only \(percent(sensitivity)) of the run time shrinks with the clock")
            return ContentionVerdict(.memoryBound, evidence)
        }
        // Without a second frequency a crowd at the memory looks like a crowd in a loop, unless nothing is
        // won.
        let limit = seen.frequencySensitivity == nil ? 1.1 : max(1.1, 0.6 * Double(seen.cores))
        if speedup < limit, !locks(seen), (seen.instructionRatio ?? .infinity) >= 1.2 {
            if let sensitivity = seen.frequencySensitivity {
                evidence.append("\(percent(sensitivity)) of the run time shrinks with the clock")
            }
            return ContentionVerdict(.spinning, evidence + ["no thread sleeps while the others work"])
        }
        return ContentionVerdict(.unknown, evidence + ["what the cores are busy with is not known"])
    }

    /// Cores stand idle although the job has them.
    private static func judgeWaiting(_ seen: ContentionSignals) -> ContentionVerdict {
        var evidence = [use(seen)]
        if let share = seen.uninterruptibleShare, share >= 0.2 {
            evidence.append("\(percent(share)) of the threads are in uninterruptible sleep")
            return ContentionVerdict(.waitingOnIO, evidence)
        }
        if let faults = seen.majorFaultsPerSecond, faults >= 10 {
            evidence.append("\(count(faults)) pages a second are read from disk")
            return ContentionVerdict(.waitingOnIO, evidence)
        }
        if locks(seen) {
            return ContentionVerdict(.lockContended, evidence + waits(seen))
        }
        if let system = seen.systemShare, system >= 0.3, switches(seen) >= 100 {
            evidence.append("\(percent(system)) of the processor time is spent in the kernel")
            return ContentionVerdict(.lockContended, evidence + waits(seen))
        }
        if let delay = seen.runQueueShare, delay >= 0.25 {
            evidence.append("runnable threads waited for a CPU for \(percent(delay)) of the cores' time")
            return ContentionVerdict(.unknown, evidence + ["another program takes the cores"])
        }
        let used = seen.onCPUShare * Double(seen.cores)
        let runnable = seen.runnableThreads ?? used
        if seen.cores > 1, used >= 0.75, used <= 1.25, runnable <= 1.5 {
            evidence.append("that is \(decimal(used, places: 1)) cores' worth: one thread works at a time")
            return ContentionVerdict(.serial, evidence)
        }
        if let runnable = seen.runnableThreads, used < 0.75, runnable < 1 {
            evidence.append(
                "\(decimal(runnable, places: 1)) threads are runnable on average, none waits for a lock")
            return ContentionVerdict(.waitingOnIO, evidence)
        }
        return ContentionVerdict(.unknown, evidence + ["what the threads wait for is not known"])
    }

    /// Threads that sleep in a futex and are woken all the time; a parked pool sleeps there too, but stays,
    /// and a thread that reports progress some dozens of times a second is no contention.
    private static func locks(_ seen: ContentionSignals) -> Bool {
        (seen.futexShare ?? 0) >= 0.5 && switches(seen) >= 150
    }

    private static func switches(_ seen: ContentionSignals) -> Double {
        seen.voluntarySwitchesPerSecond ?? 0
    }

    private static func waits(_ seen: ContentionSignals) -> [String] {
        var sentences: [String] = []
        if let futex = seen.futexShare {
            sentences.append("\(percent(futex)) of the sleeping threads wait in a futex")
        }
        if let switches = seen.voluntarySwitchesPerSecond {
            sentences.append("threads give up their CPU \(count(switches)) times a second")
        }
        return sentences
    }

    private static func use(_ seen: ContentionSignals) -> String {
        "\(CoreCount(seen.cores)): busy \(percent(seen.onCPUShare)) of the time"
    }

    private static func gain(_ seen: ContentionSignals, _ speedup: Double) -> String {
        "\(CoreCount(seen.cores)) work \(decimal(speedup, places: 2)) times as fast as one"
    }

    private static func percent(_ share: Double) -> String { "\(decimal(share * 100, places: 0)) %" }

    private static func count(_ number: Double) -> String { decimal(number, places: number < 10 ? 1 : 0) }
}
