/// A kind of workload: its name on the command line, what it is for, and how to make one.
///
/// Each kind is declared in its own file as an extension of `Kind`; `all` is the only list.
struct Kind: Sendable {
    let name: String
    /// One line: what the threads do.
    let summary: String
    /// One line: what a reader of the measurements should see.
    let demonstrates: String
    /// Work items that take about four seconds on one fast core.
    let defaultWork: Int
    let make: @Sendable (Plan) -> any Workload

    static let all: [Kind] = [
        .independent, .stream, .serial, .amdahl, .spinlock, .mcs, .mutex, .partitioned, .io,
    ]
}

/// How much work, by how many threads; the numbers that every kind is made from.
struct Plan: Sendable {
    let threads: Int
    /// Work items in total, whatever the number of threads.
    let work: Int
    /// Share of the items that `amdahl` does on one thread, 0...1.
    let serialFraction: Double
    /// Length of each of the three arrays of `stream`, in MiB.
    let arrayMebibytes: Int
}
