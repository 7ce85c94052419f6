/// Rigid jobs that wait, first come, first served, in a form in which the next one that fits is found without
/// looking at all of them.
///
/// A binary tree over the places of the line holds the least number of cores and the least estimate of every
/// stretch of it, so that stretches without a candidate are passed over: a search that finds something takes
/// about log n steps where few are turned down.
public struct WaitingLine: Sendable {
    /// A job that waits.
    public struct Entry: Hashable, Sendable {
        /// Whose it is: the caller's own number.
        public var job: Int
        /// Cores that it needs.
        public var cores: Int
        /// What it is said to take, in nanoseconds.
        public var estimate: Int64

        /// An entry of the job `job`.
        public init(job: Int, cores: Int, estimate: Int64) {
            self.job = job
            self.cores = cores
            self.estimate = estimate
        }
    }

    private struct Least: Sendable {
        var cores = Int.max
        var estimate = Int64.max
    }

    /// Places in the order of arrival; those that were left are empty.
    private var places: [Entry?] = []
    /// A heap-shaped tree over `capacity` places: the leaves are the last `capacity` nodes.
    private var tree: [Least] = []
    private var capacity = 0
    /// The first place that is not empty, if any is.
    private var head = 0
    /// How many wait.
    public private(set) var count = 0

    /// A line in which nobody waits.
    public init() {}

    /// Whether nobody waits.
    public var isEmpty: Bool { count == 0 }

    /// Who has waited longest.
    public var first: Entry? { count == 0 ? nil : places[head] }

    /// Where the first is.
    public var firstPlace: Int { head }

    /// Puts a job at the end.
    public mutating func append(_ entry: Entry) {
        if places.count == capacity { makeRoom() }
        places.append(entry)
        count += 1
        set(places.count - 1, Least(cores: entry.cores, estimate: entry.estimate))
    }

    /// Takes the job at `place` out of the line.
    @discardableResult
    public mutating func remove(at place: Int) -> Entry? {
        guard let entry = places[place] else { return nil }
        places[place] = nil
        count -= 1
        set(place, Least())
        while head < places.count, places[head] == nil { head += 1 }
        return entry
    }

    /// The first place behind `place` whose job needs at most `narrow` cores, or at most `cores` of them and
    /// has an estimate of at most `estimate`; `nil` when there is none.
    public func next(after place: Int, narrow: Int, cores: Int, estimate: Int64) -> Int? {
        guard count > 0, place + 1 < places.count else { return nil }
        return search(
            1, 0, capacity, from: place + 1, Limits(narrow: narrow, cores: cores, estimate: estimate))
    }

    private struct Limits {
        var narrow: Int
        var cores: Int
        var estimate: Int64

        func admit(_ least: Least) -> Bool {
            least.cores <= narrow || (least.cores <= cores && least.estimate <= estimate)
        }
    }

    private func search(
        _ node: Int, _ first: Int, _ width: Int, from: Int, _ limits: Limits
    ) -> Int? {
        guard first + width > from, limits.admit(tree[node]) else { return nil }
        guard width > 1 else { return first }
        let half = width / 2
        return search(2 * node, first, half, from: from, limits)
            ?? search(2 * node + 1, first + half, half, from: from, limits)
    }

    private mutating func set(_ place: Int, _ least: Least) {
        var node = capacity + place
        tree[node] = least
        while node > 1 {
            node /= 2
            let (left, right) = (tree[2 * node], tree[2 * node + 1])
            tree[node] = Least(
                cores: min(left.cores, right.cores), estimate: min(left.estimate, right.estimate))
        }
    }

    /// Drops the empty places, and doubles the room if that is not enough.
    private mutating func makeRoom() {
        let waiting = places.compactMap { $0 }
        if waiting.count * 2 >= capacity { capacity = max(64, capacity * 2) }
        places = waiting
        places.reserveCapacity(capacity)
        head = 0
        tree = Array(repeating: Least(), count: 2 * capacity)
        for (place, entry) in waiting.enumerated() {
            tree[capacity + place] = Least(cores: entry.cores, estimate: entry.estimate)
        }
        for node in stride(from: capacity - 1, through: 1, by: -1) {
            tree[node].cores = min(tree[2 * node].cores, tree[2 * node + 1].cores)
            tree[node].estimate = min(tree[2 * node].estimate, tree[2 * node + 1].estimate)
        }
    }
}
