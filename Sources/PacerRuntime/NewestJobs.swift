import PacerPorts
import PacerScheduling

/// The newest jobs as they are shown, so that a list of them needs no look into the store.
///
/// Their environments are left out. Empty until it was filled from the store.
struct NewestJobs {
    /// At least so many are kept, where there are so many.
    static let least = 256

    /// Ascending by number, without a gap up to the newest; `nil` before it was filled.
    private var jobs: [StoredJob]?
    /// Whether there are no others.
    private var isWhole = false

    /// Takes over the newest jobs from the store, of which `least` were asked for.
    mutating func fill(_ stored: [StoredJob]) {
        jobs = stored
        isWhole = stored.count < Self.least
    }

    /// A job that is newer than all others.
    mutating func add(_ job: StoredJob) {
        guard jobs != nil else { return }
        var shown = job
        shown.submission.environment = [:]
        jobs?.append(shown)
        guard let count = jobs?.count, count >= 2 * Self.least else { return }
        jobs?.removeFirst(count - Self.least)
        isWhole = false
    }

    /// What became of a job, if it is among them.
    mutating func update(_ record: JobRecord) {
        guard let index = index(of: record.request.id) else { return }
        jobs?[index].record = record
    }

    private func index(of id: JobID) -> Int? {
        guard let jobs else { return nil }
        var low = 0
        var high = jobs.count
        while low < high {
            let middle = (low + high) / 2
            if jobs[middle].record.request.id < id { low = middle + 1 } else { high = middle }
        }
        return low < jobs.count && jobs[low].record.request.id == id ? low : nil
    }

    /// The newest `limit` jobs, ascending; `nil` when not all of them are here.
    func newest(_ limit: Int) -> ArraySlice<StoredJob>? {
        guard let jobs, isWhole || limit <= jobs.count else { return nil }
        return jobs.suffix(max(0, limit))
    }
}
