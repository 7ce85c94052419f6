import PacerModels
import PacerPlatform
public import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
public import Testing

/// Machines that differ in what matters to a replay: cores, frequencies, and who shares a clock.
enum ReplayMachines {
    static let power = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)

    static func machine(_ name: String, cores: Int, perDomain: Int?, _ gigahertz: [Double]) -> ReplayMachine {
        ReplayMachine(
            MachineDescription(
                name: name, summary: "", frequencies: gigahertz.map { Hertz($0 * 1e9) },
                boostFrequencies: [Hertz(4e9)], coresPerDomain: perDomain, cores: cores, power: power,
                counterRangeMicrojoules: 1))
    }

    static let four = machine("four", cores: 4, perDomain: 1, [0.8, 1.6, 2.4, 3.2])

    static let all = [
        machine("one", cores: 1, perDomain: 1, [1, 2, 3]), four,
        machine("eight by four", cores: 8, perDomain: 4, [1, 2, 3]),
        machine("six with one clock", cores: 6, perDomain: nil, [1, 3]), ReplayMachine(plainCores: 3),
    ]
}

extension ReplayMachine: CustomTestStringConvertible {
    /// The name of the machine, in the lists of tests.
    public var testDescription: String { machine.name }
}

/// How the jobs of a random workload may use cores.
enum ReplayShapes: String, CaseIterable, Sendable {
    case rigid
    case moldable
    case malleable
    case mixed
}

/// Reproducible workloads.
struct RandomWorkload {
    static let kinds = [
        ShippedKinds.plain,
        JobKind(
            name: "contending", scalability: ScalabilityModel(base: 1, contention: 0.15, coherency: 0.01),
            clockShare: 0.7, activity: 1.3),
    ]

    var seed: UInt64
    var jobs = 20
    var cores: Int
    var shape = ReplayShapes.mixed
    /// Work that comes over what the machine could do; the arrivals are spread accordingly.
    var load = 1.5
    /// Deadlines, as multiples of the run time; every fifth job has none where the range is wider than a point.
    var factors = 0.8...6.0
    /// Whether times are whole seconds, so that many things happen at once.
    var isCoarse = false
    var widest: Int?
    /// Whether some jobs need more cores than there are.
    var isWide = true

    var workload: Workload {
        var generator = SeededGenerator(seed: seed)
        var drafts: [ReplayJob] = []
        var area = 0.0
        for number in 0..<jobs {
            let most = isWide && number % 9 == 8 ? cores + 2 : min(cores, widest ?? cores)
            let width = Int.random(in: 1...most, using: &generator)
            var runTime = number % 11 == 7 ? 0 : Double.random(in: 0.5...60, using: &generator)
            if isCoarse { runTime = (runTime / 4).rounded() }
            if width <= cores { area += Double(width) * runTime }
            drafts.append(
                ReplayJob(
                    number: number / 2, submitted: .zero, runTime: Seconds(runTime), cores: width,
                    requestedTime: nil, shape: shape(number, width),
                    deadline: nil, kind: Int.random(in: 0..<Self.kinds.count, using: &generator)))
        }
        let span = area / (load * Double(cores))
        for index in drafts.indices {
            var submitted = Double.random(in: 0...max(1, span), using: &generator)
            if isCoarse { submitted.round() }
            drafts[index].submitted = .zero + Seconds(submitted)
            let runTime = drafts[index].runTime
            let factor = Double.random(in: factors, using: &generator)
            if index % 5 != 4 || factors.lowerBound == factors.upperBound {
                drafts[index].deadline = drafts[index].submitted + runTime * factor
            }
            let said = Double.random(in: 0.5...4, using: &generator)
            if index % 3 != 0 {
                let estimate = runTime.value * said
                drafts[index].requestedTime = Seconds(isCoarse ? estimate.rounded() : estimate)
            }
        }
        return Workload(name: "random", kinds: Self.kinds, jobs: drafts)
    }

    private func shape(_ number: Int, _ width: Int) -> JobShape {
        switch shape {
        case .rigid: .rigid(cores: width)
        case .moldable: .moldable(limit: number % 4 == 0 ? width : nil)
        case .malleable: .malleable(limit: number % 4 == 0 ? width : nil)
        case .mixed:
            [.rigid(cores: width), .moldable(limit: nil), .malleable(limit: width), .malleable(limit: nil)][
                number % 4]
        }
    }
}
