import PacerUnits

/// How busy the latest arrivals would keep a machine, to tell how much of what is shared one job will bear.
///
/// If jobs come at random and each runs for a time of its own beside the others, the number that runs at once
/// is Poisson distributed around A = arrivals per second × mean time (Little's law), and with probability e⁻ᴬ
/// nobody else runs. Where others run anyway, uncore power is drawn whatever the job does; so e⁻ᴬ of it is what
/// the job's own time costs.
struct ArrivalHistory: Sendable {
    private var arrivals: [(at: Double, length: Double)] = []
    private var next = 0
    private var total = 0.0

    /// What lies further back than this many arrivals says nothing of today.
    static let memory = 64

    /// A job came at `time`, in seconds on any clock, that runs for `length` seconds if nothing hurries it.
    mutating func add(at time: Double, length: Double) {
        total += length
        if arrivals.count < ArrivalHistory.memory {
            arrivals.append((time, length))
        } else {
            total -= arrivals[next].length
            arrivals[next] = (time, length)
            next = (next + 1) % ArrivalHistory.memory
        }
    }

    /// The number of jobs that run at once on average, A, as it looks at `time`.
    func concurrency(at time: Double) -> Double {
        guard arrivals.count > 1 else { return 0 }
        let first = arrivals.count < ArrivalHistory.memory ? arrivals[0] : arrivals[next]
        let span = time - first.at
        return span > 0 ? max(0, total) / span : 0
    }

    /// The probability that nobody else runs, e⁻ᴬ: within 1 % of it up to A = 3, where it hardly matters.
    func chanceOfBeingAlone(at time: Double) -> Double {
        // A sum of the series of eᴬ, since what libm computes may differ in the last bit between machines.
        let mean = concurrency(at: time)
        var term = 1.0
        var sum = 1.0
        for power in 1...12 {
            term *= mean / Double(power)
            sum += term
        }
        return 1 / sum
    }
}
