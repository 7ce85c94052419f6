import PacerPlatform
import PacerScheduling
import PacerUnits

/// Several energy counters read together as one machine total.
///
/// When one counter's interval is unknown the whole interval is: the others' energy in it is not added, or
/// the mean power over the known time would be too high or too low without anybody seeing it.
struct CounterBank {
    /// What one count is worth.
    enum Unit: Hashable {
        case microjoule
        case joules(Double)
    }

    /// One counter and how it is read.
    struct Source {
        let domain: EnergyDomain
        let unit: Unit
        var track: CounterTrack
        /// `nil` when the reading failed.
        let read: () -> UInt64?
    }

    /// The clocks behind it are read one after the other, so a little is not sleep.
    private static let leastSleep = Seconds(0.05)

    private var sources: [Source]
    private var counts: [UInt64]
    private var last: Instant
    private var unknown = Duration.zero
    private let asleep: () -> Seconds
    private var lastAsleep: Seconds

    /// Takes the first reading of every counter.
    ///
    /// - Parameter asleep: how long the machine has slept so far: counters may have been reset meanwhile, so
    ///   an interval with sleep in it is unknown.
    init(_ sources: [Source], at now: Instant, asleep: @escaping () -> Seconds = systemAsleep) {
        self.sources = sources
        self.asleep = asleep
        self.lastAsleep = asleep()
        self.counts = sources.map { _ in 0 }
        self.last = now
        for index in self.sources.indices {
            _ = self.sources[index].track.observe(self.sources[index].read(), at: now)
        }
    }

    mutating func read(at now: Instant) -> EnergyReading {
        // Nothing can be said about an interval without length; what was counted in it comes with the next.
        if now > last {
            var counted: [UInt64?] = []
            for index in sources.indices {
                switch sources[index].track.observe(sources[index].read(), at: now) {
                case .counted(let count): counted.append(count)
                case .unknown: counted.append(nil)
                }
            }
            let sleep = asleep()
            let slept = sleep - lastAsleep > Self.leastSleep
            lastAsleep = sleep
            if slept || counted.contains(nil) {
                unknown += last.duration(to: now)
            } else {
                for (index, count) in counted.enumerated() { counts[index] += count ?? 0 }
            }
            last = now
        }
        return EnergyReading(at: now, microjoules: microjoules, unknown: Seconds(unknown))
    }

    /// Microjoules as they were counted; other units are rounded once, in the sum.
    private var microjoules: UInt64 {
        var whole: UInt64 = 0
        var rest = 0.0
        for (source, count) in zip(sources, counts) {
            switch source.unit {
            case .microjoule: whole += count
            case .joules(let each): rest += Double(count) * each
            }
        }
        return whole + UInt64(max(0, (rest * 1_000_000).rounded()))
    }
}
