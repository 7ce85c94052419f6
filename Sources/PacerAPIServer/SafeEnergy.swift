import PacerRuntime
import PacerUnits

/// What is shown of joules to those who may not see everybody's jobs.
///
/// Energy that is read often and exactly tells what other programs compute (PLATYPUS, CVE-2020-8694): so
/// these see whole joules that are new once a second at most, whoever asks and how, and neither counters nor
/// cores.
struct SafeEnergy {
    /// No reading is newer than the one before by less.
    static let interval = Seconds(1)

    private var last: (at: Instant, figure: EnergyFigure)?

    /// What is shown of `figure`, which was read at `now`: it, or what was shown last.
    mutating func shown(_ figure: EnergyFigure, at now: Instant) -> (at: Instant, figure: EnergyFigure) {
        if let last, now - last.at < Self.interval { return last }
        var safe = figure
        safe.counted = Self.rounded(figure.counted)
        safe.attributed = Self.rounded(figure.attributed)
        safe.idle = Self.rounded(figure.idle)
        safe.unattributed = Self.rounded(figure.unattributed)
        safe.zones = []
        last = (now, safe)
        return (now, safe)
    }

    /// Whole joules.
    static func rounded(_ energy: Joules) -> Joules { Joules(energy.value.rounded()) }

    /// The joules of a job that ran for so long; `nil` for one that was too short for them to be told.
    static func ofJob(_ energy: Joules, ran: Seconds?) -> Joules? {
        guard let ran, ran >= interval else { return nil }
        return rounded(energy)
    }
}
