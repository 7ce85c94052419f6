import PacerUnits

/// What a counter said about the interval since its last reading.
enum CounterObservation: Hashable {
    /// Units counted in the interval.
    case counted(UInt64)
    /// The interval's count cannot be known.
    case unknown
}

/// Follows one energy counter from reading to reading: wraps, failed readings and impossible jumps.
///
/// Counts are in the counter's own unit (µJ for powercap) and stay integers.
struct CounterTrack {
    /// The largest value of the counter; `nil` when it does not wrap.
    let range: UInt64?
    /// More units than this per second are impossible; `nil` when anything is believed.
    let peakPerSecond: Double?
    /// The last good reading; `nil` after a failed one.
    private var last: (at: Instant, value: UInt64)?

    /// The counter is refreshed about every millisecond and without a timestamp, so a reading may hold that
    /// much of its neighbour's energy; ten times that is allowed.
    static let refreshAllowance = Seconds(0.01)

    init(range: UInt64?, peakPerSecond: Double?) {
        self.range = range
        self.peakPerSecond = peakPerSecond
    }

    /// Takes a reading, `nil` for one that failed, and says what was counted since the last one.
    ///
    /// After a failed reading the interval up to the next good one is unknown too: what it holds belongs to
    /// an interval that has been reported already.
    mutating func observe(_ value: UInt64?, at now: Instant) -> CounterObservation {
        let earlier = last
        guard let value else {
            last = nil
            return .unknown
        }
        last = (now, value)
        guard let earlier else { return .unknown }
        let counted = delta(from: earlier.value, to: value)
        guard let counted else { return .unknown }
        guard let peakPerSecond else { return .counted(counted) }
        let length = max(.zero, now - earlier.at)
        let possible = peakPerSecond * (length + Self.refreshAllowance).value
        if Double(counted) > possible { return .unknown }
        // So long an interval may hide a whole turn of the counter.
        if let range, possible >= Double(range) { return .unknown }
        return .counted(counted)
    }

    private func delta(from earlier: UInt64, to value: UInt64) -> UInt64? {
        guard let range else { return value >= earlier ? value - earlier : nil }
        guard value <= range, earlier <= range else { return nil }
        return EnergyCounter(microjoules: value)
            .microjoules(since: EnergyCounter(microjoules: earlier), range: range)
    }
}
