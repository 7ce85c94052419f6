import PacerAPI
import PacerUnits

/// What jobs are sorted by.
enum TopOrder: String, CaseIterable {
    /// Jobs that run by number, then those that wait in the order in which they will be served.
    case service
    /// The least first; jobs without a deadline last.
    case slack
    /// The most first.
    case energy
    /// The most first.
    case progress

    /// The order after this one.
    var next: TopOrder {
        let all = TopOrder.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }
}

/// A key that `pacer top` knows.
enum TopKey: Hashable {
    case up
    case down
    case pageUp
    case pageDown
    case escape
    case enter
    /// Ctrl-C.
    case interrupt
    /// Ctrl-Z.
    case suspend
    case character(Character)

    /// The keys in what a terminal sent.
    static func parse(_ bytes: [UInt8]) -> [TopKey] {
        var keys: [TopKey] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x1b where rest.first == UInt8(ascii: "[") || rest.first == UInt8(ascii: "O"):
                rest = rest.dropFirst()
                let end = rest.firstIndex { (0x40...0x7e).contains($0) } ?? rest.endIndex
                if let key = sequence(rest[rest.startIndex..<end], end < rest.endIndex ? rest[end] : 0) {
                    keys.append(key)
                }
                rest = end < rest.endIndex ? rest[(end + 1)...] : []
            case 0x1b: keys.append(.escape)
            case 0x03: keys.append(.interrupt)
            case 0x1a: keys.append(.suspend)
            case 0x0a, 0x0d: keys.append(.enter)
            case 0x20...0x7e: keys.append(.character(Character(Unicode.Scalar(byte))))
            default: break
            }
        }
        return keys
    }

    private static func sequence(_ parameters: ArraySlice<UInt8>, _ end: UInt8) -> TopKey? {
        switch (String(decoding: parameters, as: UTF8.self), end) {
        case ("", UInt8(ascii: "A")): .up
        case ("", UInt8(ascii: "B")): .down
        case ("5", UInt8(ascii: "~")): .pageUp
        case ("6", UInt8(ascii: "~")): .pageDown
        default: nil
        }
    }
}

/// What the edge of `pacer top` is to do.
enum TopAction: Hashable {
    case quit
    case refresh
    case suspend
    case cancel(Int64)
}

/// Everything that a frame of `pacer top` is made of. It has no clock and no terminal.
struct TopModel {
    /// What the bottom line and the keys are about.
    enum Mode: Hashable {
        case normal
        /// Asks whether a job is to be cancelled.
        case confirm(Int64)
        case help
    }

    /// The newest overview.
    private(set) var overview: OverviewView
    /// Mean power of the machine between the two newest readings of its energy; `nil` while it is not known.
    private(set) var power: Watts?
    /// The same of each counter, in their order.
    private(set) var zonePowers: [Watts] = []
    private(set) var order = TopOrder.service
    private(set) var mode = Mode.normal
    /// The job that keys are about.
    private(set) var selected: Int64?
    /// What is said at the bottom: what came of a cancellation, or why nothing new is shown.
    var note: String?

    init(_ overview: OverviewView) {
        self.overview = overview
        keepSelection(among: [])
    }

    /// The jobs in the order in which they are shown.
    var jobs: [JobView] {
        let all = overview.active + overview.waiting
        switch order {
        case .service: return all
        case .slack: return sorted(all) { $0.slackS ?? .infinity }
        case .energy: return sorted(all) { -($0.energy.attributedJ ?? -1) }
        case .progress: return sorted(all) { -($0.progress ?? -1) }
        }
    }

    private func sorted(_ jobs: [JobView], by key: (JobView) -> Double) -> [JobView] {
        jobs.sorted { (key($0), $0.id) < (key($1), $1.id) }
    }

    // MARK: What happens

    /// A newer overview came.
    mutating func update(_ newer: OverviewView) {
        let before = overview
        let shown = jobs.map(\.id)
        overview = newer
        note = nil
        let length = Double(newer.energyAtUnixNs - before.energyAtUnixNs) / 1e9
        // Whoever may see whole joules only, may get the same reading twice.
        if length > 0 {
            let isKnown = newer.unknownS <= before.unknownS && newer.totalJ >= before.totalJ
            power = isKnown ? Watts((newer.totalJ - before.totalJ) / length) : nil
            let sameZones = newer.zones.map(\.name) == before.zones.map(\.name)
            zonePowers =
                isKnown && sameZones
                ? zip(newer.zones, before.zones).map { Watts(($0.totalJ - $1.totalJ) / length) } : []
        }
        keepSelection(among: shown)
        if case .confirm(let id) = mode, !jobs.contains(where: { $0.id == id }) { mode = .normal }
    }

    /// A key was pressed; returns what is to be done besides drawing.
    mutating func press(_ key: TopKey, pageLength: Int) -> TopAction? {
        if key == .interrupt { return .quit }
        if key == .suspend { return .suspend }
        switch mode {
        case .help:
            mode = .normal
            return nil
        case .confirm(let id):
            mode = .normal
            return key == .character("y") ? .cancel(id) : nil
        case .normal: return pressNormally(key, pageLength)
        }
    }

    private mutating func pressNormally(_ key: TopKey, _ pageLength: Int) -> TopAction? {
        switch key {
        case .character("q"): return .quit
        case .character("s"): order = order.next
        case .character("k"): if let selected { mode = .confirm(selected) }
        case .character("?"), .character("h"): mode = .help
        case .character("r"), .character(" "): return .refresh
        case .up: select(by: -1)
        case .down: select(by: 1)
        case .pageUp: select(by: -max(1, pageLength))
        case .pageDown: select(by: max(1, pageLength))
        default: break
        }
        return nil
    }

    private mutating func select(by step: Int) {
        let ids = jobs.map(\.id)
        guard !ids.isEmpty else { return }
        let index = ids.firstIndex { $0 == selected } ?? 0
        selected = ids[min(max(0, index + step), ids.count - 1)]
    }

    /// Keeps the job that was chosen, or else the one that takes its place among those that were shown.
    private mutating func keepSelection(among shown: [Int64]) {
        let ids = jobs.map(\.id)
        if let selected, ids.contains(selected) { return }
        let place = shown.firstIndex { $0 == selected } ?? 0
        selected = ids.isEmpty ? nil : ids[min(place, ids.count - 1)]
    }
}
