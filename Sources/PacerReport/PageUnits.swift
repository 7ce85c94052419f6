import PacerUnits

/// How times and energies are written on a page: one way in every column, so that digits stand below digits.
struct PageUnits {
    /// A unit of energy that a column is in.
    struct Energy {
        let name: String
        let joules: Double

        /// The largest unit in which `typical` is not below one.
        init(typical: Double) {
            let units = [("GJ", 1e9), ("MJ", 1e6), ("kJ", 1e3), ("J", 1)]
            (name, joules) = units.first { typical >= $0.1 * 0.9995 } ?? ("J", 1)
        }

        func number(_ energy: Joules) -> String { decimal(energy.value / joules, places: 2) }

        func text(_ energy: Joules) -> String { "\(number(energy))\u{A0}\(name)" }
    }

    /// Of the jobs.
    let energy: Energy
    /// Of policies as a whole.
    let total: Energy
    /// Times are seconds with two digits behind the point, else hours, minutes and seconds.
    let isShort: Bool
    let clock: ReportClock?
    /// Digits behind the point of frequencies in GHz.
    let frequencyPlaces: Int

    init(_ data: ReportData) {
        let energies = data.policies.flatMap { $0.outcomes.compactMap { $0.energy?.value } }.sorted()
        energy = Energy(typical: energies.isEmpty ? 0 : energies[energies.count / 2])
        total = Energy(typical: data.policies.map(\.energy.total.value).min() ?? 0)
        isShort = data.horizon.value < 600
        clock = data.clock
        let isRound = data.machine.frequenciesKilohertz.allSatisfy { $0 % 100_000 == 0 }
        frequencyPlaces = isRound ? 1 : 2
    }

    /// Times as the script knows them: to the millisecond.
    static func toMilliseconds(_ time: Seconds) -> Seconds {
        Seconds((time.value * 1000).rounded() / 1000)
    }

    /// A length of time: `12.34`, or `1:05:09`; with a minus sign when below zero.
    func length(_ length: Seconds) -> String {
        guard length.isFinite else { return "–" }
        let length = PageUnits.toMilliseconds(length)
        if isShort { return decimal(length.value, places: 2).replacingMinus }
        let whole = Int(abs(length.value).rounded())
        let text = "\(whole / 3600):\(twoDigits(whole / 60 % 60)):\(twoDigits(whole % 60))"
        return length.value < 0 && whole > 0 ? "−\(text)" : text
    }

    /// What lengths are in, for the heads of columns.
    var lengthUnit: String { isShort ? "s" : "h:mm:ss" }

    /// A point in time: since the start, or by the clock.
    func point(_ time: Seconds) -> String {
        guard let clock else { return length(time) }
        let (day, second) = local(time, clock)
        let text = "\(twoDigits(second / 3600)):\(twoDigits(second / 60 % 60)):\(twoDigits(second % 60))"
        return "\(date(day).suffix(5)) \(text)"
    }

    /// What points are in, for the heads of columns.
    var pointUnit: String { clock == nil ? lengthUnit : "local time" }

    /// The date of a point in time; empty without a clock.
    func day(_ time: Seconds) -> String { clock.map { date(local(time, $0).day) } ?? "" }

    private func local(_ time: Seconds, _ clock: ReportClock) -> (day: Int, second: Int) {
        let seconds =
            Int(clock.unixSeconds) + Int(clock.zoneSeconds)
            + Int(PageUnits.toMilliseconds(time).value.rounded(.down))
        let second = ((seconds % 86400) + 86400) % 86400
        return ((seconds - second) / 86400, second)
    }

    /// A day counted from 1970-01-01 in the Gregorian calendar, by whole cycles of 400 years.
    private func date(_ day: Int) -> String {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Years begin in March here, so that the leap day is the last.
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0)
        return "\(year)-\(twoDigits(calendarMonth))-\(twoDigits(dayOfMonth))"
    }
}

func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

extension String {
    /// With the sign that is as wide as a plus.
    var replacingMinus: String { hasPrefix("-") ? "−" + dropFirst() : self }
}
