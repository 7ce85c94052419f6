/// When how many cores become free, as far as a plan goes.
struct CoreTimeline: Hashable, Sendable {
    private struct Release: Hashable, Sendable {
        var time: Double
        var cores: Int
    }

    /// Ascending in time.
    private var releases: [Release] = []

    /// Forgets everything; `cores` are free from now on.
    mutating func reset(free cores: Int) {
        releases.removeAll(keepingCapacity: true)
        if cores > 0 { releases.append(Release(time: 0, cores: cores)) }
    }

    /// The earliest time at which `cores` are free, and how many more there are then; `nil` for never.
    func earliest(_ cores: Int) -> (time: Double, extra: Int)? {
        var free = 0
        for (index, release) in releases.enumerated() {
            free += release.cores
            guard free >= cores else { continue }
            var rest = free
            var next = index + 1
            while next < releases.count, releases[next].time == release.time {
                rest += releases[next].cores
                next += 1
            }
            return (release.time, rest - cores)
        }
        return nil
    }

    /// Takes the `cores` that are free first.
    mutating func take(_ cores: Int) {
        var rest = cores
        var emptied = 0
        while rest > 0, emptied < releases.count {
            let taken = min(rest, releases[emptied].cores)
            releases[emptied].cores -= taken
            rest -= taken
            if releases[emptied].cores == 0 { emptied += 1 }
        }
        releases.removeFirst(emptied)
    }

    /// Has `cores` become free at `time`.
    mutating func release(_ cores: Int, at time: Double) {
        guard cores > 0 else { return }
        var low = 0
        var high = releases.count
        while low < high {
            let middle = (low + high) / 2
            if releases[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        releases.insert(Release(time: time, cores: cores), at: low)
    }
}
