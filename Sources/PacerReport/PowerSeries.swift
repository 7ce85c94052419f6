import PacerUnits

/// Power of the machine over time as the mean over bins of equal length, so that area is energy.
struct PowerSeries: Hashable {
    /// Length of a bin; the last one may be cut by the end of the policy's horizon.
    let step: Seconds
    /// One a bin that has begun before the horizon was over.
    let means: [Watts]

    /// Power under `policy` in `bins` bins over the span of the report; `nil` without segments.
    init?(_ policy: ReportPolicy, of data: ReportData, bins: Int) {
        guard !policy.segments.isEmpty, data.horizon > .zero else { return nil }
        let width = data.horizon.value / Double(bins)
        let end = policy.horizon.value
        var energies = [Double](repeating: 0, count: bins)
        func add(_ power: Double, _ start: Double, _ stop: Double) {
            guard power != 0, stop > start else { return }
            let first = max(0, min(bins - 1, Int(start / width)))
            let last = max(first, min(bins - 1, Int(stop / width)))
            for bin in first...last {
                let from = bin == first ? start : Double(bin) * width
                let to = bin == last ? stop : Double(bin + 1) * width
                energies[bin] += power * max(0, to - from)
            }
        }
        add(data.machine.idle.value, 0, end)
        // Live, a job's energy has its part of the uncore's in it.
        let uncore = data.kind == .replay ? data.machine.uncore.value : 0
        var busyUntil = 0.0
        for segment in policy.segments.sorted(by: { ($0.start, $0.job) < ($1.start, $1.job) }) {
            add(segment.power.value, segment.start.value, segment.end.value)
            add(uncore, max(busyUntil, segment.start.value), segment.end.value)
            busyUntil = max(busyUntil, segment.end.value)
        }
        let begun = min(bins, Int((end / width).rounded(.up)))
        step = Seconds(width)
        means = (0..<begun).map { bin in
            let length = min(width, end - Double(bin) * width)
            return Watts(length > 0 ? energies[bin] / length : 0)
        }
    }
}
