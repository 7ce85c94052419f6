import PacerAPI
import PacerUnits

/// A frame of `pacer top`: lines from data, no terminal.
struct TopFrame {
    /// Columns that lines may have.
    let width: Int
    /// Lines; `nil` for as many as there is to show.
    let height: Int?
    let style: Style
    /// A time of the daemon in words.
    let clock: (Int64) -> String

    private static let help = [
        "up, down          choose a job; page up and page down by a screenful",
        "k                 cancel the chosen job, after a question",
        "s                 sort by the order of service, slack, energy or progress",
        "r, space          look now; without it every second",
        "?                 this help",
        "q, Ctrl-C         quit",
        "",
        "DONE              of the work, as far as it is known how much there is",
        "SLACK             between the expected end and the deadline; negative when late",
        "J                 attributed to the job, above idle; not the machine's energy",
        "MEAN W            the same by the time that it has run",
        "power             of the machine, since the frame before",
        "cores             frequency that is held, and whose they are: a job's, free, or another",
        "                  user's; in short form the last digit of the job, -, or +",
        "",
        "Press any key to go back.",
    ]

    /// The lines of the frame, at most `height` of them.
    func lines(_ model: TopModel) -> [String] {
        let head = self.head(model)
        guard let height else { return head + [""] + table(model, room: nil) }
        guard height > 1 else { return [bottom(model)] }
        if model.mode == .help {
            return fitted([self.title(model)] + Self.help, to: height - 1) + [bottom(model)]
        }
        // The jobs are what one looks for: on a low screen the cores give way first.
        let above = head.count + 5 <= height ? head + [""] : Array(head.prefix(max(0, height - 5)))
        let jobs = table(model, room: height - 1 - above.count)
        return fitted(above + jobs, to: height - 1) + [bottom(model)]
    }

    /// How many jobs fit; what a page is for those who turn pages.
    func pageLength(_ model: TopModel) -> Int { max(1, (height ?? 24) - head(model).count - 4) }

    private func fitted(_ lines: [String], to count: Int) -> [String] {
        let lines = lines.prefix(count).map { truncated($0, to: width) }
        return lines + [String](repeating: "", count: max(0, count - lines.count))
    }

    // MARK: The machine

    private func head(_ model: TopModel) -> [String] {
        let label = "cores   "
        let room = height.map { max(1, $0 / 3) } ?? .max
        let map = CoreMap(model.overview).lines(width: max(1, width - label.count), height: room)
        let indent = String(repeating: " ", count: label.count)
        let cores = map.enumerated().map { ($0.offset == 0 ? label : indent) + $0.element }
        return [title(model), power(model), counts(model)].map { truncated($0, to: width) } + cores
    }

    private func title(_ model: TopModel) -> String {
        let overview = model.overview
        let cores = CoreCount(overview.domains.reduce(0) { $0 + $1.cores.count })
        let left = "pacer top  \(printable(overview.machineName)), \(cores)"
        let right = clock(overview.nowUnixNs)
        let space = width - displayWidth(left) - displayWidth(right)
        guard space > 0, height != nil else { return style.bold(truncated("\(left)  \(right)", to: width)) }
        return style.bold(left + String(repeating: " ", count: space) + right)
    }

    private func power(_ model: TopModel) -> String {
        let overview = model.overview
        let source = overview.energySource
        var text = "power   \(model.power.map(\.description) ?? "?") \(source)"
        if overview.zones.count > 1, model.zonePowers.count == overview.zones.count {
            let parts = zip(overview.zones, model.zonePowers).map { "\($0.name) \($1)" }
            text += " (\(parts.joined(separator: ", ")))"
        }
        text += "; \(Words.energy(overview.totalJ, source)) since the daemon started"
        if overview.unknownS > 0 { text += ", unknown for \(Words.length(overview.unknownS))" }
        return text
    }

    private func counts(_ model: TopModel) -> String {
        let counts = model.overview.counts
        var parts = ["\(counts.running + counts.starting) running", "\(counts.queued) waiting"]
        let paused = counts.paused ?? 0
        if paused > 0 { parts.append("\(paused) paused") }
        if counts.stopping > 0 { parts.append("\(counts.stopping) stopping") }
        let all = counts.running + counts.starting + counts.queued + paused + counts.stopping
        let shown = model.overview.active.count + model.overview.waiting.count
        if shown < all { parts.append("\(shown) of them shown") }
        return "jobs    \(parts.joined(separator: ", "))"
    }

    // MARK: The jobs

    /// A column, and how soon it gives way on a narrow terminal: the highest first, 0 never.
    private struct Column {
        let title: String
        let alignment: TextTable.Alignment
        let weight: Int
        let cell: (JobView) -> String
    }

    private func columns(_ source: EnergySourceName) -> [Column] {
        let style = style
        return [
            Column(title: "JOB", alignment: .right, weight: 0) { "\($0.id)" },
            Column(title: "CLASS", alignment: .left, weight: 1) {
                truncated(printable($0.className), to: 16)
            },
            Column(title: "USER", alignment: .right, weight: 9) { "\($0.userID)" },
            Column(title: "STATE", alignment: .left, weight: 3) { $0.state.rawValue },
            Column(title: "RUNS AT", alignment: .left, weight: 2) { Self.place($0) },
            Column(title: "DONE", alignment: .right, weight: 4) {
                $0.progress.map { Words.percent($0) } ?? "?"
            },
            Column(title: "TIME", alignment: .right, weight: 7) {
                $0.runTimeS.map { Words.length($0.rounded(.down)) } ?? ""
            },
            Column(title: "DEADLINE", alignment: .right, weight: 6) { Self.deadline($0) },
            Column(title: "SLACK", alignment: .right, weight: 0) { Self.slack($0, style) },
            Column(title: "J \(source)", alignment: .right, weight: 5) {
                $0.startedUnixNs == nil ? "" : $0.energy.attributedJ.map { Joules($0).description } ?? "?"
            },
            Column(title: "MEAN W", alignment: .right, weight: 8) { Self.meanPower($0) },
        ]
    }

    private func table(_ model: TopModel, room: Int?) -> [String] {
        let jobs = model.jobs
        guard !jobs.isEmpty else { return ["no jobs run or wait"] }
        // Enough of them to know how wide columns get, and no more.
        let visible = visibleRange(jobs, model.selected, room: room.map { max(1, $0 - 1) })
        var columns = columns(model.overview.energySource)
        var lines = render(jobs[visible], columns, model.selected)
        while lines.contains(where: { displayWidth($0) > width }),
            let widest = columns.indices.max(by: { columns[$0].weight < columns[$1].weight }),
            columns[widest].weight > 0
        {
            columns.remove(at: widest)
            lines = render(jobs[visible], columns, model.selected)
        }
        return lines.map { truncated($0, to: width) }
    }

    private func render(_ jobs: ArraySlice<JobView>, _ columns: [Column], _ selected: Int64?) -> [String] {
        var table = TextTable(columns.map { ($0.title, $0.alignment) })
        for job in jobs { table.add(columns.map { $0.cell(job) }) }
        let rows = table.lines(style: style)
        guard height != nil else { return rows }
        let marks = [" "] + jobs.map { $0.id == selected ? ">" : " " }
        return zip(marks, rows).map { "\($0)\($1)" }
    }

    /// The jobs that fit, the chosen one among them.
    private func visibleRange(_ jobs: [JobView], _ selected: Int64?, room: Int?) -> Range<Int> {
        guard let room, room < jobs.count else { return 0..<jobs.count }
        let index = jobs.firstIndex { $0.id == selected } ?? 0
        let start = min(max(0, index - room / 2), jobs.count - room)
        return start..<(start + room)
    }

    private static func place(_ job: JobView) -> String {
        if let allocation = job.allocation { return Words.configuration(allocation.configuration) }
        return Words.shape(job.shape)
    }

    private static func deadline(_ job: JobView) -> String {
        guard let deadline = job.deadlineUnixNs else { return "none" }
        let left = (Double(deadline - job.nowUnixNs) / 1e9).rounded(.down)
        return left >= 0 ? Words.length(left) : "\(Words.length(-left)) ago"
    }

    private static func slack(_ job: JobView, _ style: Style) -> String {
        guard let slack = job.slackS else { return job.deadlineUnixNs == nil ? "" : "?" }
        let text = Words.length(abs(slack))
        return slack >= 0 ? style.green(text) : style.red("-\(text)")
    }

    private static func meanPower(_ job: JobView) -> String {
        guard let time = job.runTimeS, time >= 1, let joules = job.energy.attributedJ else { return "" }
        return Watts(joules / time).description
    }

    // MARK: The bottom

    private func bottom(_ model: TopModel) -> String {
        let text: String
        switch model.mode {
        case .confirm(let id): text = "cancel job \(id)? y to cancel it, any other key to leave it"
        case .help: text = "any key to go back"
        case .normal:
            text =
                model.note ?? "q quit  s sort (\(model.order.rawValue))  k cancel  up/down choose  ? help"
        }
        return style.dim(truncated(printable(text), to: width))
    }
}
