import PacerUnits

/// The table of jobs: its first rows as they are, the rest as data for the script.
struct PageJobs {
    let context: PageContext
    let rows: PageRows

    static let firstRows = 25

    private var data: ReportData { context.data }

    var html: String {
        guard !data.jobs.isEmpty else {
            return """
                <section id="jobs" aria-labelledby="jobs-h">
                <h2 id="jobs-h">Jobs</h2>
                <p class="none">There are none.</p>
                </section>
                """
        }
        return """
            <section id="jobs" aria-labelledby="jobs-h">
            <h2 id="jobs-h">Jobs</h2>
            <p class="figcap">Energy of a job is \(context.source), above idle: its cores and its part of \
            the uncore. \(times) \
            Choose a job to see what it could have run at.</p>
            \(notes)
            \(controls)
            <div class="scroll wide" tabindex="0" role="region" aria-label="Jobs">
            <table id="table">
            <caption class="hidden">Jobs and what became of them</caption>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(firstRows)
            </tbody>
            </table>
            </div>
            <noscript><p class="note">The first \(PageJobs.firstRows) jobs; sorting, filtering and the \
            others need JavaScript.</p></noscript>
            <div class="pager" hidden><button type="button" id="prev">Previous</button>\
            <output id="place" aria-live="polite"></output><button type="button" id="next">Next</button></div>
            </section>
            """
    }

    private var times: String {
        let units = context.units
        return units.clock == nil
            ? "Times are \(units.lengthUnit) since the first submission."
            : "Times are local, slack is in \(units.lengthUnit)."
    }

    private var notes: String {
        rows.omissions.map { "<p class=\"note\">\(escaped($0))</p>" }.joined(separator: "\n")
    }

    private var controls: String {
        let options = context.order.map { index in
            """
            <option value="\(index)"\(index == context.best && data.kind == .replay ? " selected" : "")>\
            \(escaped(data.policies[index].name))</option>
            """
        }
        let isAll = data.kind == .live ? " selected" : ""
        return """
            <form class="controls" hidden aria-label="Filter jobs">
            <label>Search <input type="search" id="find" placeholder="job or kind" autocomplete="off"></label>
            <label>Policy <select id="which"><option value="-1"\(isAll)>all</option>\(options.joined())\
            </select></label>
            <label class="check"><input type="checkbox" id="late"> only missed deadlines</label>
            <output id="found" aria-live="polite"></output>
            </form>
            """
    }

    /// Name, whether its cells are numbers, and a unit.
    private var columns: [(name: String, isNumber: Bool, unit: String)] {
        [
            ("Job", false, ""), ("Policy", false, ""), ("Kind", false, ""), ("Submitted", true, ""),
            ("Started", true, ""), ("Finished", true, ""), ("Deadline", true, ""),
            ("Slack", true, ""), ("Cores", true, ""), ("GHz", true, ""),
            ("Energy", true, "\(context.units.energy.name)"), ("Outcome", false, ""),
        ]
    }

    private var heads: String {
        columns.enumerated().map { index, column in
            let unit = column.unit.isEmpty ? "" : " <small>\(column.unit)</small>"
            let sorted = index == 3 ? " aria-sort=\"ascending\"" : ""
            return """
                <th scope="col"\(column.isNumber ? " class=\"n\"" : "")\(sorted)>\
                <button type="button" data-c="\(index)">\(column.name)\(unit)</button></th>
                """
        }.joined()
    }

    private var firstRows: String {
        let chosen = data.kind == .replay ? context.best.map { [$0] } ?? [] : Array(data.policies.indices)
        let all = chosen.flatMap { policy in rows.rows[policy].map { (policy, $0) } }
        let sorted = all.sorted {
            (data.jobs[$0.1.job].submitted, $0.1.job, $0.0) < (data.jobs[$1.1.job].submitted, $1.1.job, $1.0)
        }
        return sorted.prefix(PageJobs.firstRows).map { row($0.1, $0.0) }.joined(separator: "\n")
    }

    private func row(_ outcome: ReportOutcome, _ policy: Int) -> String {
        let job = data.jobs[outcome.job]
        let units = context.units
        let main = outcome.ranAt.max { ($0.length, $1.configuration) < ($1.length, $0.configuration) }
        let others = outcome.ranAt.count - 1
        let more = others > 0 ? "<sup>+\(others)</sup>" : ""
        let frequency = main?.configuration.frequencyKilohertz
        let standing = data.standing(of: outcome)
        let cells: [String] = [
            escaped(data.policies[policy].name), escaped(data.kinds[job.kind].name),
            units.point(job.submitted), outcome.started.map(units.point) ?? "–",
            outcome.finished.map(units.point) ?? "–", job.deadline.map(units.point) ?? "–",
            slack(of: outcome).map(units.length) ?? "–",
            main.map { "\($0.configuration.cores)\(more)" } ?? "–",
            frequency.map { gigahertz($0, places: units.frequencyPlaces) } ?? "–",
            outcome.energy.map(units.energy.number) ?? "–",
            PageJobs.words(standing, outcome.remark),
        ]
        let shown = zip(cells, columns.dropFirst()).map { cell, column in
            "<td\(column.isNumber ? " class=\"n\"" : "")>\(cell)</td>"
        }
        let group = standing == .late ? " class=\"late\"" : ""
        return "<tr\(group)><th scope=\"row\">\(escaped(job.name))</th>\(shown.joined())</tr>"
    }

    /// From the times that are shown, as the script does.
    private func slack(of outcome: ReportOutcome) -> Seconds? {
        guard let finished = outcome.finished, let deadline = data.jobs[outcome.job].deadline else {
            return nil
        }
        return PageUnits.toMilliseconds(deadline) - PageUnits.toMilliseconds(finished)
    }

    /// Standing and remark; late in more than colour.
    static func words(_ standing: ReportStanding, _ remark: String?) -> String {
        let mark = standing == .late ? "✕ late" : standing.rawValue
        return remark.map { "\(mark), \(escaped($0))" } ?? mark
    }
}

/// The rows of the table that a page has room for.
struct PageRows {
    /// What all policies together may have.
    static let most = 100_000

    /// Outcomes by policy, in the order of the jobs.
    let rows: [[ReportOutcome]]
    /// What was left out, one sentence each.
    let omissions: [String]

    init(_ data: ReportData) {
        let total = data.policies.reduce(0) { $0 + $1.outcomes.count }
        guard total > PageRows.most else {
            rows = data.policies.map(\.outcomes)
            omissions = []
            return
        }
        let room = PageRows.most / data.policies.count
        rows = data.policies.map { policy in
            guard policy.outcomes.count > room else { return policy.outcomes }
            // What is most worth looking at: the late ones, then what took most.
            let weights = policy.outcomes.map { outcome -> (late: Int, energy: Double) in
                (data.standing(of: outcome) == .late ? 0 : 1, -(outcome.energy?.value ?? 0))
            }
            let order = policy.outcomes.indices.sorted {
                (weights[$0].late, weights[$0].energy, $0) < (weights[$1].late, weights[$1].energy, $1)
            }
            return order.prefix(room).sorted().map { policy.outcomes[$0] }
        }
        omissions = [
            "There are too many jobs for one page: of each policy the table holds "
                + "\(count(room)), late ones first, then those that took most energy. All figures, bars and "
                + "histograms are of all jobs."
        ]
    }
}
