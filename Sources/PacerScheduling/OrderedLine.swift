import PacerUnits

/// Numbers of jobs in an order that holds for lines of any length.
///
/// Sorted blocks of bounded length: to add or to remove one moves a part of one block, and costs a binary
/// search over the blocks besides, so it takes about as long with 100,000 jobs as with 1,000.
struct OrderedLine: Sendable {
    /// Where a job stands: by `rank`, then by its number.
    struct Place: Hashable, Comparable, Sendable {
        var rank: Instant
        var id: JobID

        static func < (left: Place, right: Place) -> Bool { (left.rank, left.id) < (right.rank, right.id) }
    }

    private static let longestBlock = 512

    /// Ascending, none of them empty.
    private var blocks: [[Place]] = []
    /// How many jobs are in the line.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The first in the line.
    var first: Place? { blocks.first?.first }

    mutating func insert(_ place: Place) {
        count += 1
        guard !blocks.isEmpty else {
            blocks = [[place]]
            return
        }
        let block = max(0, blocks.partition { $0[0] <= place } - 1)
        blocks[block].insert(place, at: blocks[block].partition { $0 <= place })
        guard blocks[block].count > Self.longestBlock else { return }
        // What is added at the end usually stays there: full blocks behind it are left full.
        let isLast = block == blocks.count - 1
        let cut = isLast ? Self.longestBlock : Self.longestBlock / 2
        let rest = Array(blocks[block][cut...])
        blocks[block].removeSubrange(cut...)
        blocks.insert(rest, at: block + 1)
    }

    /// Removes a place; nothing happens when it is not there.
    mutating func remove(_ place: Place) {
        let block = blocks.partition { $0[0] <= place } - 1
        guard block >= 0 else { return }
        let index = blocks[block].partition { $0 < place }
        guard index < blocks[block].count, blocks[block][index] == place else { return }
        blocks[block].remove(at: index)
        if blocks[block].isEmpty { blocks.remove(at: block) }
        count -= 1
    }

    /// How many stand before `place`.
    func count(before place: Place) -> Int {
        let block = blocks.partition { $0[0] < place } - 1
        guard block >= 0 else { return 0 }
        return blocks[..<block].reduce(0) { $0 + $1.count } + blocks[block].partition { $0 < place }
    }

    /// The jobs of the first `limit` places from `start` on; from the first one for `nil`.
    func jobs(from start: Place? = nil, limit: Int) -> [JobID] {
        var found: [JobID] = []
        var block = start.map { start in max(0, blocks.partition { $0[0] <= start } - 1) } ?? 0
        while block < blocks.count, found.count < limit {
            let first = start.map { start in blocks[block].partition { $0 < start } } ?? 0
            found += blocks[block][first...].prefix(limit - found.count).map(\.id)
            block += 1
        }
        return found
    }
}

extension Array {
    /// How many elements there are for which `isBefore` holds; it holds for none behind one for which it does
    /// not.
    fileprivate func partition(_ isBefore: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
