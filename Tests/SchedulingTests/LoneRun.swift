import PacerModels
import PacerPlatform
import PacerScheduling
import PacerTestSupport
import PacerUnits

/// A job alone on the machine, looked at when the engine asks for it and no more often.
struct LoneRun {
    var engine = Engine(
        machine: exampleMachine(cores: 4), power: examplePower, policies: examplePolicies)
    /// Work per second at a configuration, so many seconds after the start.
    private let rate: (Configuration, Double) -> Double
    /// How often the job reports.
    var reporting = 0.02
    private var now = Instant.zero
    private var energy = Joules.zero
    private var done = 0.0
    private var busy = Seconds.zero
    private var reported: Progress
    private var wake: Instant?
    private var inbox: [Event] = []
    private(set) var looks = 0
    /// What is remembered of its class.
    private(set) var learnt: ClassProfile?
    /// What the job says of its progress instead of the truth, where it is not to declare that.
    var says: ((_ done: Double, _ now: Instant) -> Progress?)?
    private static let id = JobID(1)

    init(
        work: Double, deadline: Double, prior: ClassProfile? = nil, estimate: Seconds? = nil,
        rate: @escaping (Configuration, Double) -> Double
    ) {
        self.rate = rate
        reported = Progress(done: 0, total: work, at: .zero, source: .declared)
        inbox = [
            .submitted(
                JobRequest(
                    id: Self.id, className: "class", submitted: .zero,
                    deadline: .zero + Seconds(deadline), shape: .malleable(limit: nil),
                    policy: "minimum-energy", estimate: estimate), prior: prior)
        ]
    }

    var record: JobRecord? { engine.record(Self.id, at: now) }

    /// Runs until `end` seconds or until the work is done.
    mutating func run(until end: Double) {
        work()
        while now < .zero + Seconds(end), done < (reported.total ?? 0) {
            tick()
            guard let wake, wake <= now else { continue }
            looks += 1
            var sample = JobSample(at: now)
            sample.busyTime = busy
            sample.userTime = busy
            if let says {
                sample.progress = says(done, now)
            } else if reported.at > .zero {
                // Until the first report nobody knows that there will be any.
                // The time of a report is converted between clocks, and never quite the same.
                sample.progress = Progress(
                    done: reported.done, total: reported.total,
                    at: reported.at + Seconds(Double(looks % 5) * 1e-5), source: .declared)
            }
            inbox.append(
                .observed(
                    Snapshot(
                        energy: EnergyReading(at: now, total: energy, unknown: .zero),
                        samples: [Self.id: sample])))
            work()
        }
        if done >= (reported.total ?? 0) {
            inbox.append(.exited(Self.id, .exited(code: 0)))
            work()
        }
    }

    private mutating func tick() {
        let step = Seconds(0.005)
        now = now + step
        guard let at = engine.allocation(of: Self.id)?.configuration else { return }
        let seconds = (now - .zero).value
        done = min(reported.total ?? 0, done + rate(at, seconds) * step.value)
        busy += step * Double(at.cores)
        energy += examplePower.power(cores: at.cores, at: at.frequency) * step
        if (now - reported.at).value >= reporting - 1e-9 {
            reported = Progress(done: done, total: reported.total, at: now, source: .declared)
        }
    }

    private mutating func work() {
        while !inbox.isEmpty {
            for command in engine.handle(inbox.removeFirst(), at: now) {
                switch command {
                case .remember(let profile): learnt = profile
                case .launch(let id, _): inbox.append(.launched(id))
                case .hold(let domain, let frequency):
                    inbox.append(.held(domain, actual: frequency))
                case .wake(let instant): wake = instant
                default: break
                }
            }
        }
    }
}
