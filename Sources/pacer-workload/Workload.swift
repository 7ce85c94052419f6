import Synchronization

/// A fixed amount of checkable work that any number of threads share.
protocol Workload: Sendable {
    /// Does one thread's part of the work, publishing its progress through `worker`, and returns what it did.
    func run(_ worker: Worker) -> Tally

    /// A sentence that says what is wrong with the result of all threads together, or nil when it is right.
    func fault(in tally: Tally) -> String?
}

/// One thread's identity and the place where it publishes how many items it has finished.
struct Worker: Sendable {
    let index: Int
    private let published: Padded<Int>

    init(index: Int, published: Padded<Int>) {
        self.index = index
        self.published = published
    }

    /// Says that this thread has finished `items` items so far. Costs one store to a line of its own.
    @inline(__always)
    func publish(_ items: Int) {
        published.cell(index).pointee.store(items, ordering: .relaxed)
    }
}
