import FoundationEssentials
import PacerModels
import PacerPlatform
import PacerPorts
@testable import PacerScheduling
import PacerUnits

/// Random values from a seed (SplitMix64), the awkward ones included.
struct Samples: RandomNumberGenerator {
    private var position: UInt64

    init(seed: UInt64) { position = seed }

    mutating func next() -> UInt64 {
        position &+= 0x9e37_79b9_7f4a_7c15
        var mixed = position
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }

    mutating func maybe<Value>(_ value: (inout Samples) -> Value) -> Value? {
        Bool.random(using: &self) ? value(&self) : nil
    }

    mutating func list<Value>(upTo count: Int, _ value: (inout Samples) -> Value) -> [Value] {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in value(&self) }
    }

    mutating func text() -> String {
        let pieces = [
            "", "a", "matrix multiply", "/usr/bin/env", "ünïcödé", "e\u{301}", "👩‍🚀",
            "line\nline",
            "'; DROP TABLE jobs; --",
            "\"quoted\"", "\\", "nul\0inside", "\t", "\u{2028}", "{cores}", "100 %",
        ]
        return list(upTo: 3) { $0.pick(pieces) }.joined(separator: " ")
    }

    mutating func number() -> Double {
        switch Int.random(in: 0..<8, using: &self) {
        case 0:
            pick([0, 1, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 1e22])
        case 1: Double(bitPattern: next() & 0x7fef_ffff_ffff_ffff)
        default: Double.random(in: -1e6...1e6, using: &self)
        }
    }

    mutating func instant() -> Instant {
        switch Int.random(in: 0..<10, using: &self) {
        case 0: pick([.zero, .distantFuture, Instant(nanoseconds: .min)])
        default: Instant(nanoseconds: Int64.random(in: 0...1 << 62, using: &self))
        }
    }

    mutating func configuration() -> Configuration {
        Configuration(cores: Int.random(in: 1...256, using: &self), frequency: Hertz(abs(number())))
    }

    mutating func allocation() -> Allocation {
        Allocation(
            cores: list(upTo: 8) { CoreID(Int.random(in: 0...511, using: &$0)) }, frequency: Hertz(number()))
    }

    mutating func shape() -> JobShape {
        let cores = Int.random(in: 1...64, using: &self)
        return pick([
            .rigid(cores: cores), .moldable(limit: nil), .moldable(limit: cores), .malleable(limit: nil),
            .malleable(limit: cores),
        ])
    }

    mutating func outcome() -> Outcome {
        let code = Int32.random(in: 0...255, using: &self)
        return pick([
            .ended(.exited(code: code)), .ended(.signalled(signal: code)), .ended(.lost),
            .stopped(.cancelled),
            .stopped(.outputLimit), .notStarted(text()), .lost,
        ])
    }

    mutating func state() -> JobState {
        switch Int.random(in: 0..<5, using: &self) {
        case 0: .queued
        case 1: .starting(allocation())
        case 2: .running(allocation(), since: instant())
        case 3:
            .stopping(allocation(), since: instant(), pick([.cancelled, .outputLimit]), killAt: instant())
        default: .finished(outcome(), at: instant())
        }
    }

    mutating func plan() -> Plan {
        let segment = { (samples: inout Samples) in
            PlanSegment(configuration: samples.configuration(), duration: Seconds(samples.number()))
        }
        return Plan(
            segments: [segment(&self)] + list(upTo: 1, segment), energy: maybe { Joules($0.number()) },
            duration: maybe { Seconds($0.number()) }, meetsDeadline: Bool.random(using: &self), reason: text()
        )
    }

    mutating func signals() -> ContentionSignals {
        var signals = ContentionSignals(cores: Int.random(in: 1...64, using: &self), onCPUShare: number())
        signals.systemShare = maybe { $0.number() }
        signals.voluntarySwitchesPerSecond = maybe { $0.number() }
        signals.runQueueShare = maybe { $0.number() }
        signals.futexShare = maybe { $0.number() }
        signals.uninterruptibleShare = maybe { $0.number() }
        signals.runnableThreads = maybe { $0.number() }
        signals.majorFaultsPerSecond = maybe { $0.number() }
        signals.speedup = maybe { $0.number() }
        signals.frequencySensitivity = maybe { $0.number() }
        signals.instructionRatio = maybe { $0.number() }
        return signals
    }

    mutating func verdict() -> ContentionVerdict {
        ContentionVerdict(
            list(upTo: 2) { ContentionSignals(cores: $0.pick([1, 8]), onCPUShare: $0.pick([0.1, 0.9])) })
    }

    mutating func profile(className: String, machineName: String) -> ClassProfile {
        ClassProfile(
            className: className, machineName: machineName, source: pick(ProgressSource.allCases),
            measurements: list(upTo: 4) { samples in
                Measurement(
                    configuration: samples.configuration(), rate: samples.number(),
                    rateError: samples.number(),
                    power: samples.maybe { Watts($0.number()) }, powerError: samples.number(),
                    duration: Seconds(samples.number()))
            },
            signals: list(upTo: 3) { $0.signals() }, work: list(upTo: 8) { $0.number() },
            runs: Int.random(in: 0...1000, using: &self))
    }
}

extension Samples {
    /// A job of which every part is random.
    mutating func job(_ id: Int64) -> StoredJob {
        StoredJob(submission: submission(), record: record(id))
    }

    mutating func submission() -> JobSubmission {
        var submission = JobSubmission(
            arguments: list(upTo: 4) { $0.text() },
            environment: Dictionary(list(upTo: 5) { ($0.text(), $0.text()) }, uniquingKeysWith: { $1 }),
            workingDirectory: text(), umask: UInt32.random(in: 0...0o777, using: &self),
            userID: UInt32.random(in: 0 ... .max, using: &self),
            groupID: UInt32.random(in: 0 ... .max, using: &self), className: text(), shape: shape(),
            policy: text())
        submission.progressPattern = maybe { $0.text() }
        submission.deadline = maybe { $0.instant() }
        submission.estimate = maybe { Seconds($0.number()) }
        submission.outputLimit = maybe { $0.pick([0, 1, .max]) }
        return submission
    }

    mutating func record(_ id: Int64, state: JobState? = nil) -> JobRecord {
        let request = JobRequest(
            id: JobID(id), className: text(), submitted: instant(), deadline: maybe { $0.instant() },
            shape: shape(), policy: text(), estimate: maybe { Seconds($0.number()) },
            outputLimit: maybe { $0.pick([0, 1, .max]) })
        var work = WorkBelief()
        work.done = number()
        work.total = maybe { $0.number() }
        work.basis = pick([.declared, .history, .estimate, .unknown])
        work.source = maybe { $0.pick(ProgressSource.allCases) }
        var energy = JobEnergy()
        energy.machineDuringRun = Joules(number())
        energy.attributed = Joules(number())
        energy.horizon = maybe { Joules($0.number()) }
        energy.unknown = Seconds(number())
        var record = JobRecord(
            request: request, state: state ?? self.state(), started: maybe { $0.instant() }, work: work,
            rate: maybe { $0.number() }, probes: list(upTo: 4) { $0.configuration() },
            estimates: list(upTo: 6) { samples in
                Estimate(
                    configuration: samples.configuration(), rate: samples.number(),
                    rateError: samples.number(),
                    power: Watts(samples.number()), powerError: samples.maybe { $0.number() },
                    origin: samples.pick([.measured, .predicted, .assumed]))
            },
            sigma: maybe { $0.number() }, kappa: maybe { $0.number() },
            frequencySensitivity: maybe { $0.number() },
            verdict: maybe { $0.verdict() }, plan: maybe { $0.plan() },
            prediction: maybe { samples in
                JobPrediction(
                    made: samples.instant(), time: Seconds(samples.number()),
                    energy: samples.maybe { Joules($0.number()) })
            },
            predictedFinish: maybe { $0.instant() },
            energy: energy,
            decisions: list(upTo: 4) { samples in
                DecisionRecord(
                    at: samples.instant(), kind: samples.pick([.start, .probe, .plan, .sprint, .note]),
                    configuration: samples.maybe { $0.configuration() }, reason: samples.text())
            },
            knownRuns: Int.random(in: 0...100, using: &self))
        record.idlePower = maybe { Watts($0.number()) }
        return record
    }
}
