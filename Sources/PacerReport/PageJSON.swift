import PacerUnits

/// What the script needs, as JSON inside the page.
///
/// Columns instead of rows, and configurations by number: a hundred thousand rows stay below ten megabytes.
struct PageJSON {
    let context: PageContext
    let rows: PageRows
    let frontier: PageFrontier

    /// JSON without any character that could end the script element.
    var text: String {
        let data = context.data
        let units = context.units
        var numbers: [ReportConfiguration: Int] = [:]
        var configurations: [ReportConfiguration] = []
        func number(_ configuration: ReportConfiguration) -> Int {
            if let known = numbers[configuration] { return known }
            numbers[configuration] = configurations.count
            configurations.append(configuration)
            return configurations.count - 1
        }
        let policies = data.policies.indices.map { policyText($0, number) }
        let kinds = data.kinds.indices.map { kindText($0, number) }
        let shown = configurations.map { "[\($0.cores),\($0.frequencyKilohertz.map(String.init) ?? "null")]" }
        let clock = data.clock.map { String($0.unixSeconds + $0.zoneSeconds) } ?? "null"
        return """
            {"clock":\(clock),"short":\(units.isShort),"unit":\(coordinate(units.energy.joules)),\
            "places":\(units.frequencyPlaces),\
            "freqs":[\(context.colours.frequencies.map(String.init).joined(separator: ","))],\
            "source":\(quoted(context.source)),"replay":\(data.kind == .replay),\
            "conf":[\(shown.joined(separator: ","))],
            "kinds":[\(kinds.joined(separator: ",\n"))],
            "jobs":{"name":[\(data.jobs.map { quoted($0.name) }.joined(separator: ","))],
            "kind":[\(data.jobs.map { String($0.kind) }.joined(separator: ","))],
            "sub":[\(data.jobs.map { time($0.submitted) }.joined(separator: ","))],
            "dead":[\(data.jobs.map { time($0.deadline) }.joined(separator: ","))]},
            "policies":[\(policies.joined(separator: ",\n"))]}
            """
    }

    private func policyText(_ index: Int, _ number: (ReportConfiguration) -> Int) -> String {
        let data = context.data
        let own = rows.rows[index]
        let standings = own.map { data.standing(of: $0) }
        let order = ReportStanding.allCases
        let marks = standings.map { String(order.firstIndex(of: $0) ?? 0) }
        let ran = own.map { outcome -> String in
            if outcome.ranAt.count == 1 { return String(number(outcome.ranAt[0].configuration)) }
            let parts = outcome.ranAt.map { "\(number($0.configuration)),\(time($0.length))" }
            return "[\(parts.joined(separator: ","))]"
        }
        let remarks = own.enumerated().compactMap { place, outcome in
            outcome.remark.map { "\"\(place)\":\(quoted($0))" }
        }
        let energies = own.map { $0.energy.map { decimal($0.value, places: 2, keepZeros: false) } ?? "null" }
        return """
            {"name":\(quoted(data.policies[index].name)),\
            "job":[\(own.map { String($0.job) }.joined(separator: ","))],
            "start":[\(own.map { time($0.started) }.joined(separator: ","))],
            "end":[\(own.map { time($0.finished) }.joined(separator: ","))],
            "energy":[\(energies.joined(separator: ","))],
            "ran":[\(ran.joined(separator: ","))],
            "how":[\(marks.joined(separator: ","))],"remark":{\(remarks.joined(separator: ","))}}
            """
    }

    private func kindText(_ index: Int, _ number: (ReportConfiguration) -> Int) -> String {
        let kind = context.data.kinds[index]
        let isDrawn = frontier.kinds.contains(index)
        let places = PageFrontier.Places(kind, idle: context.data.machine.idle)
        let points = (isDrawn ? kind.points : []).map { point in
            let place = places.place(point.rate, point.power)
            let rate = decimal(point.rate, places: point.rate < 100 ? 3 : 0, keepZeros: false)
            return "[\(number(point.configuration)),\(coordinate(place.x)),\(coordinate(place.y)),"
                + "\(rate),\(decimal(point.power.value, places: 1, keepZeros: false))]"
        }
        return "{\"name\":\(quoted(kind.name)),\"unit\":\(quoted(kind.rateUnit)),"
            + "\"points\":[\(points.joined(separator: ","))]}"
    }

    private func time(_ seconds: Seconds?) -> String {
        seconds.map { decimal($0.value, places: 3, keepZeros: false) } ?? "null"
    }

    private func quoted(_ text: String) -> String { PageJSON.quoted(text) }

    /// A JSON string that is safe inside HTML, too: no `<`, `>` or `&`.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "<", ">", "&", "\u{2028}", "\u{2029}": result += escape(scalar)
            default:
                if scalar.value < 0x20 {
                    result += escape(scalar)
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
