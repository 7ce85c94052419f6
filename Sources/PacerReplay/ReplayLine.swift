import HeapModule

/// The jobs of a planned replay that wait behind those that are looked at, as in the live engine: who stands
/// farther back gets no cores now, whatever is planned, and an event costs the same however many there are.
struct ReplayLine {
    /// Where a job stands: by deadline, those without one last, then by its place in the workload.
    struct Place: Comparable {
        var deadline: Int64
        var job: Int

        static func < (left: Place, right: Place) -> Bool {
            left.deadline != right.deadline ? left.deadline < right.deadline : left.job < right.job
        }
    }

    private var timely = Heap<Place>()
    /// Those whose deadlines have passed: all of them stand before the others.
    private var overdue = Heap<Place>()

    /// Whether nobody stands in it.
    var isEmpty: Bool { timely.isEmpty && overdue.isEmpty }

    mutating func insert(_ place: Place) { timely.insert(place) }

    /// Takes out the first `limit` jobs; behind those whose deadlines have passed as many again, since they
    /// are not to keep the others from theirs.
    mutating func takeForemost(_ limit: Int, at now: Int64) -> [Int] {
        while let first = timely.min, first.deadline < now {
            timely.removeMin()
            overdue.insert(first)
        }
        var jobs: [Int] = []
        while jobs.count < limit, let place = overdue.popMin() { jobs.append(place.job) }
        let wanted = jobs.count == limit ? 2 * limit : limit
        while jobs.count < wanted, let place = timely.popMin() { jobs.append(place.job) }
        return jobs
    }
}
