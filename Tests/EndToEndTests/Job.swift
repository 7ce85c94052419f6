/// A job as `pacer status --json` tells it: the fields that users can rely on.
struct Job: Decodable {
    struct Configuration: Decodable, Hashable {
        var cores: Int
        var frequencyKhz: Int?
    }

    struct Allocation: Decodable {
        var coreIDs: [Int]
        var frequencyKhz: Int?
    }

    struct Outcome: Decodable, Equatable {
        var kind: String
        var exitCode: Int?
        var signal: Int?
        var reason: String?
    }

    struct Plan: Decodable {
        struct Segment: Decodable {
            var configuration: Configuration
        }

        var segments: [Segment]
        var meetsDeadline: Bool
        var reason: String
    }

    struct Shape: Decodable, Equatable {
        var kind: String
        var cores: Int?
    }

    struct Work: Decodable {
        var done: Double
        var total: Double?
        var basis: String
        var source: String?
    }

    struct Speedup: Decodable {
        var cores: Int
        var speedup: Double
        var origin: String
    }

    struct Learnt: Decodable {
        var knownRuns: Int
        var speedups: [Speedup]
        var verdict: String?
        var evidence: [String]
    }

    struct Energy: Decodable {
        var source: String
        var machineDuringRunJ: Double
        var attributedJ: Double
        var horizonJ: Double?
        var unknownS: Double
    }

    struct Decision: Decodable {
        var atUnixNs: Int
        var kind: String
        var configuration: Configuration?
        var reason: String
    }

    struct Admission: Decodable {
        var basis: String
        var missing: String?
        var finishUnixNs: Int?
        var finishQuantileUnixNs: Int?
        var finishQuantile: Double?
        var modelledEnergyJ: Double?
        var keepsDeadline: Bool?
        var earliestDeadlineUnixNs: Int?
    }

    var id: Int
    var className: String
    var policy: String
    var shape: Shape
    var state: String
    var outcome: Outcome?
    var nowUnixNs: Int
    var submittedUnixNs: Int
    var startedUnixNs: Int?
    var finishedUnixNs: Int?
    var deadlineUnixNs: Int?
    var predictedFinishUnixNs: Int?
    var deadlineKept: Bool?
    var allocation: Allocation?
    var plan: Plan?
    var work: Work
    var learnt: Learnt
    var probes: [Configuration]
    var decisions: [Decision]
    var admission: Admission?
    var energy: Energy

    var isFinished: Bool { state == "finished" }
    var isSuccess: Bool { outcome?.kind == "exited" && outcome?.exitCode == 0 }

    /// Whether other programs took the cores while they were measured, as far as Pacer saw.
    var isDisturbed: Bool { learnt.evidence.contains { $0.contains("another program") } }

    /// The configuration of the last decision that chose one.
    var lastConfiguration: Configuration? { decisions.last { $0.configuration != nil }?.configuration }
}

/// The body of answers with several jobs.
struct JobList: Decodable {
    var jobs: [Job]
}

/// The machine as `pacer inspect --json` tells it.
struct MachineView: Decodable {
    struct Core: Decodable {
        var id: Int
        var cpus: [Int]
    }

    struct Knob: Decodable {
        var path: String
        var now: String
        var original: String?
        var wanted: String?
        var owner: String
        var reason: String?
        var sinceUnixS: Int?
    }

    struct Energy: Decodable {
        var source: String
    }

    var notes: [String]
    var isEmulated: Bool
    var cores: [Core]
    var knobs: [Knob]
    var energy: Energy
    var frequencySummary: String
    var containmentMethod: String
}
