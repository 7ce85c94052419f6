import PacerUnits

/// Why a text is not the results of a replay, as the end of a sentence that starts with the name of the file.
public struct ReportDataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rest of the sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension ReportData {
    /// Checks that every index leads somewhere and that no time runs backwards.
    ///
    /// - Throws: ``ReportDataError`` with the place of the first fault.
    public func validate() throws(ReportDataError) {
        guard horizon.isFinite, horizon >= .zero else {
            throw ReportDataError("its 'horizon_s' is below zero")
        }
        guard machine.cores > 0 else { throw ReportDataError("its machine has no cores") }
        for (index, kind) in kinds.enumerated() {
            guard kind.hull.allSatisfy(kind.points.indices.contains) else {
                throw ReportDataError("the hull of 'kinds[\(index)]' names a point that is not there")
            }
        }
        for (index, job) in jobs.enumerated() where !kinds.indices.contains(job.kind) {
            throw ReportDataError("'jobs[\(index)]' is of kind \(job.kind), which is not there")
        }
        for (index, policy) in policies.enumerated() { try check(policy, "policies[\(index)]") }
    }

    private func check(_ policy: ReportPolicy, _ place: String) throws(ReportDataError) {
        for (index, outcome) in policy.outcomes.enumerated() {
            let name = "'\(place).outcomes[\(index)]'"
            guard jobs.indices.contains(outcome.job) else {
                throw ReportDataError("\(name) is of job \(outcome.job), which is not there")
            }
            guard let finished = outcome.finished else { continue }
            guard let started = outcome.started, started <= finished else {
                throw ReportDataError("\(name) finished before it started")
            }
        }
        for (index, segment) in policy.segments.enumerated() {
            let name = "'\(place).segments[\(index)]'"
            guard jobs.indices.contains(segment.job) else {
                throw ReportDataError("\(name) is of job \(segment.job), which is not there")
            }
            guard segment.start <= segment.end else {
                throw ReportDataError("\(name) ends before it starts")
            }
            guard segment.cores.allSatisfy((0..<machine.cores).contains) else {
                throw ReportDataError("\(name) has a core that the machine does not have")
            }
        }
    }
}
