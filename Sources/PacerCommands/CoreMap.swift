import PacerAPI
import PacerUnits

/// The cores of a machine with what they run at and whose they are, on a few lines.
struct CoreMap {
    private struct Core {
        let id: Int
        /// What it is held at; `nil` while it is not.
        let frequencyKhz: Int?
        /// `12` for a job, `+` for somebody else's, `-` for none.
        let owner: String

        var frequency: String { frequencyKhz.map { Hertz(kilohertz: $0).description } ?? "not held" }
    }

    private let cores: [Core]

    init(_ overview: OverviewView) {
        var owners: [Int: String] = [:]
        for core in overview.othersCores { owners[core] = "+" }
        for job in overview.active {
            for core in job.allocation?.coreIDs ?? [] { owners[core] = "\(job.id)" }
        }
        cores = overview.domains.flatMap { domain in
            domain.cores.map {
                Core(
                    id: $0, frequencyKhz: domain.readBackKhz ?? domain.heldKhz, owner: owners[$0] ?? "-")
            }
        }.sorted { $0.id < $1.id }
    }

    /// At most `height` lines of at most `width` columns: a cell a core where they fit, else cores that run
    /// at the same frequency together, a character a core.
    func lines(width: Int, height: Int) -> [String] {
        let cells = cells(width)
        if cells.count <= height { return cells }
        let groups = groups(width)
        guard groups.count > height, height > 0 else { return Array(groups.prefix(max(0, height))) }
        let left = groups.count - (height - 1)
        return groups.prefix(height - 1) + ["… \(left) more lines of cores"]
    }

    /// `0 2.4 GHz job 12`, as many a line as fit.
    private func cells(_ width: Int) -> [String] {
        let texts = cores.map { core in
            let owner =
                switch core.owner {
                case "-": "free"
                case "+": "other user"
                default: "job \(core.owner)"
                }
            return "\(core.id): \(core.frequency), \(owner)"
        }
        let cell = (texts.map(displayWidth).max() ?? 0) + 3
        let perLine = max(1, (width + 3) / cell)
        return stride(from: 0, to: texts.count, by: perLine).map { start in
            let row = texts[start..<min(start + perLine, texts.count)].map { text in
                text + String(repeating: " ", count: cell - displayWidth(text))
            }.joined()
            return truncated(trimmed(row), to: width)
        }
    }

    /// `0-31 2.4 GHz 1122-+`: the last digit of each core's job.
    private func groups(_ width: Int) -> [String] {
        var groups: [[Core]] = []
        for core in cores {
            if groups.last?.last?.frequencyKhz == core.frequencyKhz, !groups.isEmpty {
                groups[groups.count - 1].append(core)
            } else {
                groups.append([core])
            }
        }
        return groups.flatMap { group -> [String] in
            guard let first = group.first, let last = group.last else { return [] }
            let head = "\(first.id)-\(last.id) \(first.frequency) "
            let marks = group.map { String($0.owner.suffix(1)) }
            let room = max(8, width - displayWidth(head))
            return stride(from: 0, to: marks.count, by: room).map { start in
                let part = marks[start..<min(start + room, marks.count)].joined()
                let indent = String(repeating: " ", count: displayWidth(head))
                return truncated((start == 0 ? head : indent) + part, to: width)
            }
        }
    }

    private func trimmed(_ text: String) -> String {
        var text = text
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
