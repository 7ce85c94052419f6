import PacerModels
import PacerPlatform
import PacerPolicies
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

@Suite struct JobTableTests {
    private func job(_ id: Int64, known: Bool, deadline: Double?) -> ActiveJob {
        let request = JobRequest(
            id: JobID(id), className: "class", submitted: .zero,
            deadline: deadline.map { .zero + Seconds($0) },
            shape: .malleable(limit: nil), policy: "minimum-energy", estimate: nil)
        var job = ActiveJob(request: request, policy: examplePolicies[0], prior: nil)
        guard known else { return job }
        job.table.add(
            Measurement(
                configuration: Configuration(cores: 1, frequency: Hertz(2e9)), rate: 5, rateError: 0.1,
                power: nil,
                powerError: 1, duration: Seconds(1)), at: .zero)
        return job
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `how many of those that wait are known is counted as they come and go`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = JobTable(queue: .edf)
        for _ in 0..<400 {
            let id = Int64.random(in: 1...30, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: table[JobID(id)] = nil
            case 1:
                guard var job = table[JobID(id)] else { continue }
                job.state = .running(Allocation(cores: [], frequency: Hertz(2e9)), since: .zero)
                table[JobID(id)] = job
            case 2:
                guard var job = table[JobID(id)] else { continue }
                job.state = .paused(Allocation(cores: [], frequency: Hertz(2e9)), since: .zero)
                table[JobID(id)] = job
            case 3: table.order(by: Bool.random(using: &random) ? .fcfs : .edf)
            default:
                let deadline: Double? = Bool.random(using: &random) ? Double(id % 7) : nil
                table[JobID(id)] = job(id, known: Bool.random(using: &random), deadline: deadline)
            }
            let states = (1...30).compactMap { table[JobID($0)] }
            #expect(table.active == states.filter(\.isActive).map(\.id))
            #expect(table.paused == states.filter(\.isPaused).map(\.id))
            let waiting = (1...30).compactMap { table.waiting(JobID($0)) }
            #expect(table.waitingCount == waiting.count)
            #expect(table.knownWaitingCount == waiting.count { $0.isKnown })
            let few = waiting.prefix(5).map(\.request.id)
            let short = table.shortened(to: few + [JobID(99)])
            #expect(short.waitingCount == few.count)
            #expect(short.active == table.active && short.paused == table.paused)
            #expect(short.knownWaitingCount == waiting.prefix(5).count { $0.isKnown })
        }
    }
}
