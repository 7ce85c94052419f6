import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
@testable import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct AdmissionTests {
    private static let cores = 4

    private func engine() -> Engine {
        Engine(
            machine: exampleMachine(cores: Self.cores), power: examplePower, policies: examplePolicies)
    }

    /// A job of the class "known", whose law is `law`.
    private func known(
        _ number: Int64, _ law: Law, deadline: Double?, policy: String = "minimum-energy",
        shape: JobShape = .malleable(limit: nil)
    ) -> SimulatedJob {
        simulated(
            number, work: 60, deadline: deadline, law: law, policy: policy, shape: shape, className: "known")
    }

    /// What one run of the class "known" teaches.
    private func profile(_ law: Law) throws -> ClassProfile {
        try #require(run([known(1, law, deadline: 120)], cores: Self.cores).profiles["known"])
    }

    private func prediction(
        _ job: SimulatedJob, _ profile: ClassProfile?, in engine: Engine
    ) throws -> Admission.Prediction {
        let admission = engine.admission(of: job.request, prior: profile, at: .zero)
        guard case .predicted(let prediction) = admission else {
            throw Unpredicted(admission: admission)
        }
        return prediction
    }

    private struct Unpredicted: Error { var admission: Admission }

    /// An engine on which a job is submitted and, where there are cores for it, started.
    private func submit(_ job: SimulatedJob, _ profile: ClassProfile?, to engine: inout Engine) {
        for command in engine.handle(.submitted(job.request, prior: profile), at: .zero) {
            guard case .launch(let id, _) = command else { continue }
            _ = engine.handle(.launched(id), at: .zero)
        }
    }

    private static let shapes: [JobShape] = [
        .malleable(limit: nil), .moldable(limit: nil), .rigid(cores: 3), .malleable(limit: 2),
    ]

    @Test(arguments: examplePolicies.map(\.name), shapes)
    func `the earliest deadline that is told is kept, and one a tenth earlier is not promised`(
        _ policy: String, _ shape: JobShape
    ) throws {
        for law in [Law(), Law(sigma: 0.2, kappa: 0.01, sensitivity: 0.6), Law(sigma: 0.6, scale: 0.4)] {
            var profile = try profile(law)
            // How much work there is, is hardly in doubt.
            profile.work = Array(repeating: try #require(profile.work.first), count: 5)
            let job = known(2, law, deadline: nil, policy: policy, shape: shape)
            let earliest = try prediction(job, profile, in: engine()).earliestDeadline - .zero

            let inTime = known(2, law, deadline: earliest.value, policy: policy, shape: shape)
            let promise = try prediction(inTime, profile, in: engine())
            #expect(promise.keepsDeadline == true)
            #expect(promise.finish <= .zero + earliest)
            let result = run([inTime], cores: Self.cores, profiles: ["known": profile])
            #expect(result.records.first?.keptDeadline == true, "\(policy), \(shape), \(law)")

            // Where the fastest was not measured, the deadline that can be relied on is further off.
            if shape == .malleable(limit: 2) { continue }
            let tooEarly = known(2, law, deadline: earliest.value * 0.9, policy: policy, shape: shape)
            #expect(try prediction(tooEarly, profile, in: engine()).keepsDeadline == false)
        }
    }

    /// Until then the machine idles at least.
    @Test(arguments: ["minimum-energy", "race-to-idle"], [1.5, 3, 6])
    func `the joules that are promised are those up to the deadline`(
        _ policy: String, _ factor: Double
    ) throws {
        let law = Law(sigma: 0.1)
        var profile = try profile(law)
        profile.work = Array(repeating: try #require(profile.work.first), count: 5)
        let earliest = try prediction(known(2, law, deadline: nil), profile, in: engine()).earliestDeadline
        let job = known(2, law, deadline: (earliest - .zero).value * factor, policy: policy)
        let promised = try #require(try prediction(job, profile, in: engine()).energy)
        let record = run([job], cores: Self.cores, profiles: ["known": profile]).records.first
        let taken = try #require(record?.energy.horizon)
        #expect(abs(promised / taken - 1) < 0.03, "\(promised), \(taken)")
        let told = engine().forecast(job.request, prior: profile, at: .zero).plans
        #expect(
            told.values.allSatisfy { ($0.energy ?? .zero) > examplePower.idle * (earliest - .zero) * factor })
    }

    @Test(arguments: [1, 2, 3])
    func `the earliest deadline has room for a larger run, less where more runs are known`(
        _ runs: Int
    ) throws {
        let law = Law(sigma: 0.1)
        var profile = try profile(law)
        let work = try #require(profile.work.first)
        let job = known(2, law, deadline: nil)
        let earliest = try [runs, runs + 1].map { count in
            profile.work = Array(repeating: work, count: count)
            return try prediction(job, profile, in: engine()).earliestDeadline
        }
        #expect(earliest[0] > earliest[1])
        profile.work = Array(repeating: work, count: runs)
        let most = try #require(WorkForecast(of: profile.work, source: profile.source)).most
        var larger = known(2, law, deadline: (earliest[0] - .zero).value)
        larger.work *= most / work
        let result = run([larger], cores: Self.cores, profiles: ["known": profile])
        #expect(result.records.first?.keptDeadline == true)
    }

    @Test func `the finish and the joules are those that come of it`() throws {
        let law = Law(sigma: 0.1, kappa: 0.01)
        let profile = try profile(law)
        let job = known(2, law, deadline: 60)
        let promise = try prediction(job, profile, in: engine())
        let record = try #require(
            run([job], cores: Self.cores, profiles: ["known": profile]).records.first)
        let finished = try #require(record.finished)
        #expect(promise.start == .zero)
        #expect(promise.basis == .history)
        #expect(abs((finished - promise.finish).value) < 0.05 * (finished - .zero).value)
        #expect(finished <= (try #require(promise.finishQuantile)) + Seconds(0.5))
        let (told, spent) = (try #require(promise.energy), try #require(record.energy.horizon))
        #expect(abs(told / spent - 1) < 0.08)
    }

    @Test func `the quantile is later than the expectation, and a kept deadline bounds it`() throws {
        let law = Law(sigma: 0.1)
        let profile = try profile(law)
        for deadline in [nil, 30, 60, 200] as [Double?] {
            let promise = try prediction(known(2, law, deadline: deadline), profile, in: engine())
            let quantile = try #require(promise.finishQuantile)
            #expect(quantile > promise.finish)
            if promise.keepsDeadline == true, let deadline {
                #expect(quantile <= .zero + Seconds(deadline))
            }
        }
    }

    @Test func `without a deadline none is said to be kept, and the earliest is told all the same`() throws {
        let law = Law()
        let promise = try prediction(known(2, law, deadline: nil), try profile(law), in: engine())
        #expect(promise.keepsDeadline == nil)
        #expect(promise.earliestDeadline > .zero + Seconds(60.0 / 4))
    }

    @Test func `jobs ahead make the start later, each of them`() throws {
        let law = Law()
        let profile = try profile(law)
        var engine = engine()
        let last = known(9, law, deadline: 400)
        var starts = [try prediction(last, profile, in: engine).start]
        var deadlines = [try prediction(last, profile, in: engine).earliestDeadline]
        for number in Int64(2)...3 {
            submit(known(number, law, deadline: 60, shape: .rigid(cores: 4)), profile, to: &engine)
            let promise = try prediction(last, profile, in: engine)
            starts.append(promise.start)
            deadlines.append(promise.earliestDeadline)
        }
        #expect(starts[0] < starts[1] && starts[1] < starts[2])
        #expect(deadlines[0] < deadlines[1] && deadlines[1] < deadlines[2])
        // Those with a later deadline are no obstacle.
        let urgent = try prediction(known(9, law, deadline: 50), profile, in: engine)
        #expect(urgent.start < starts[2])
    }

    @Test func `an earliest deadline behind other jobs is kept`() throws {
        let law = Law(sigma: 0.1)
        let profile = try profile(law)
        let ahead = (2...3).map { known(Int64($0), law, deadline: 60, shape: .rigid(cores: 4)) }
        var engine = engine()
        for job in ahead { submit(job, profile, to: &engine) }
        let free = try prediction(known(9, law, deadline: nil), profile, in: engine).earliestDeadline
        let result = run(
            ahead + [known(9, law, deadline: (free - .zero).value)], cores: Self.cores,
            profiles: ["known": profile])
        #expect(result.records.allSatisfy { $0.keptDeadline == true })
    }

    @Test func `of an unknown class nothing is promised, and an estimate is taken at its word`() throws {
        let job = simulated(2, work: 60, deadline: 5, className: "unknown")
        let admission = engine().admission(of: job.request, prior: nil, at: .zero)
        #expect(admission == .unknown(.work))
        #expect(!admission.missesDeadline)

        let guessed = simulated(2, work: 60, deadline: 5, className: "unknown", estimate: Seconds(15))
        let promise = try prediction(guessed, nil, in: engine())
        #expect(promise.basis == .estimate)
        #expect(promise.keepsDeadline == false)
        #expect(promise.finish == .zero + Seconds(15))
        #expect(promise.finishQuantile == nil && promise.energy == nil)
        #expect(promise.earliestDeadline > .zero + Seconds(15))
        #expect(promise.earliestDeadline < .zero + Seconds(20))
    }

    @Test func `behind a job that ends nobody knows when nothing is promised`() throws {
        let law = Law()
        let profile = try profile(law)
        var engine = engine()
        submit(simulated(3, work: 60, deadline: nil, className: "unknown"), nil, to: &engine)
        let job = known(2, law, deadline: 100)
        #expect(engine.admission(of: job.request, prior: profile, at: .zero) == .unknown(.wait))
    }

    @Test func `asking changes nothing`() throws {
        let law = Law()
        let profile = try profile(law)
        var asked = engine()
        submit(known(3, law, deadline: 60), profile, to: &asked)
        var other = asked
        _ = asked.admission(of: known(2, law, deadline: 100).request, prior: profile, at: .zero)
        let next = Event.submitted(known(4, law, deadline: 90).request, prior: profile)
        #expect(asked.handle(next, at: .zero) == other.handle(next, at: .zero))
    }
}
