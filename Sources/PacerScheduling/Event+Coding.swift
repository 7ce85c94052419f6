import PacerPlatform
import PacerUnits

// How events are written into journals: one key names the kind, zero counts are left out, and a time is left
// out where it is that of the whole. docs/journal.md is the reference.

extension Event: Codable {
    private enum Kind: String, CodingKey, CaseIterable {
        case submitted, launched, launchFailed, adopted, exited, cancelRequested, held, holdFailed, observed
        case present, disturbed, resumed
    }

    private struct Submitted: Codable {
        var request: JobRequest
        var allocation: Allocation?
        var startedUnixNs: Int64?
        var prior: ClassProfile?
    }

    private struct Failed: Codable {
        var job: Int64?
        var domain: Int?
        var reason: String
    }

    private struct Exited: Codable {
        var job: Int64
        var code: Int32?
        var signal: Int32?
        var endedUnixNs: Int64?
    }

    private struct Held: Codable {
        var domain: Int
        var actualKhz: Int
    }

    private struct Disturbed: Codable {
        var domain: Int
        var actualKhz: Int?
        var reason: String
    }

    /// Writes an object with one key, the event's kind.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .submitted(let request, let prior):
            try container.encode(Submitted(request: request, prior: prior), forKey: .submitted)
        case .launched(let job): try container.encode(job.number, forKey: .launched)
        case .launchFailed(let job, let reason):
            try container.encode(Failed(job: job.number, reason: reason), forKey: .launchFailed)
        case .adopted(let request, let allocation, let started, let prior):
            let adopted = Submitted(
                request: request, allocation: allocation, startedUnixNs: started.nanoseconds, prior: prior)
            try container.encode(adopted, forKey: .adopted)
        case .exited(let job, let status, let ended):
            var exited = Exited(job: job.number, endedUnixNs: ended?.nanoseconds)
            switch status {
            case .exited(let code): exited.code = code
            case .signalled(let signal): exited.signal = signal
            case .lost: break
            }
            try container.encode(exited, forKey: .exited)
        case .cancelRequested(let job): try container.encode(job.number, forKey: .cancelRequested)
        case .held(let domain, let actual):
            let held = Held(domain: domain.number, actualKhz: actual.kilohertz)
            try container.encode(held, forKey: .held)
        case .holdFailed(let domain, let reason):
            try container.encode(Failed(domain: domain.number, reason: reason), forKey: .holdFailed)
        case .observed(let snapshot): try container.encode(snapshot, forKey: .observed)
        case .present(let cores): try container.encode(cores.map(\.number), forKey: .present)
        case .disturbed(let domain, let actual, let reason):
            let disturbed = Disturbed(domain: domain.number, actualKhz: actual?.kilohertz, reason: reason)
            try container.encode(disturbed, forKey: .disturbed)
        case .resumed(let length): try container.encode(length.value, forKey: .resumed)
        }
    }

    /// Reads an object with one key that is the kind of an event.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard container.allKeys.count == 1, let kind = container.allKeys.first else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "an event has one key out of \(kinds)"))
        }
        let job = { () throws -> JobID in JobID(try container.decode(Int64.self, forKey: kind)) }
        switch kind {
        case .submitted:
            let submitted = try container.decode(Submitted.self, forKey: kind)
            self = .submitted(submitted.request, prior: submitted.prior)
        case .adopted:
            let adopted = try container.decode(Submitted.self, forKey: kind)
            self = .adopted(
                adopted.request, try Self.given(adopted.allocation, kind, container),
                started: Instant(nanoseconds: try Self.given(adopted.startedUnixNs, kind, container)),
                prior: adopted.prior)
        case .launched: self = .launched(try job())
        case .cancelRequested: self = .cancelRequested(try job())
        case .launchFailed:
            let failed = try container.decode(Failed.self, forKey: kind)
            self = .launchFailed(JobID(try Self.given(failed.job, kind, container)), reason: failed.reason)
        case .holdFailed:
            let failed = try container.decode(Failed.self, forKey: kind)
            self = .holdFailed(
                DomainID(try Self.given(failed.domain, kind, container)), reason: failed.reason)
        case .exited:
            let exited = try container.decode(Exited.self, forKey: kind)
            let status =
                exited.code.map(ExitStatus.exited) ?? exited.signal.map(ExitStatus.signalled) ?? .lost
            self = .exited(
                JobID(exited.job), status, ended: exited.endedUnixNs.map(Instant.init(nanoseconds:)))
        case .held:
            let held = try container.decode(Held.self, forKey: kind)
            self = .held(DomainID(held.domain), actual: Hertz(kilohertz: held.actualKhz))
        case .observed: self = .observed(try container.decode(Snapshot.self, forKey: kind))
        case .present: self = .present(try container.decode([Int].self, forKey: kind).map(CoreID.init))
        case .disturbed:
            let disturbed = try container.decode(Disturbed.self, forKey: kind)
            self = .disturbed(
                DomainID(disturbed.domain), actual: disturbed.actualKhz.map { Hertz(kilohertz: $0) },
                reason: disturbed.reason)
        case .resumed: self = .resumed(after: Seconds(try container.decode(Double.self, forKey: kind)))
        }
    }

    private static func given<Value>(
        _ value: Value?, _ kind: Kind, _ container: KeyedDecodingContainer<Kind>
    ) throws -> Value {
        guard let value else {
            throw DecodingError.dataCorruptedError(
                forKey: kind, in: container, debugDescription: "a part of it is missing")
        }
        return value
    }
}

extension Snapshot: Codable {
    private enum CodingKeys: String, CodingKey {
        case atNs, uj, unknownS, slept, jobs
    }

    /// Writes the energy in microjoules and one object a job, ascending.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(energy.at.nanoseconds, forKey: .atNs)
        try container.encode(energy.microjoules, forKey: .uj)
        try container.encodeUnlessZero(energy.unknown.value, forKey: .unknownS)
        if slept { try container.encode(true, forKey: .slept) }
        guard !samples.isEmpty else { return }
        var jobs = container.nestedUnkeyedContainer(forKey: .jobs)
        for (job, sample) in samples.sorted(by: { $0.key < $1.key }) {
            try jobs.encode(WrittenSample(job: job, sample: sample, usually: energy.at))
        }
    }

    /// Reads what was written.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let at = Instant(nanoseconds: try container.decode(Int64.self, forKey: .atNs))
        self.init(
            energy: EnergyReading(
                at: at, microjoules: try container.decode(UInt64.self, forKey: .uj),
                unknown: Seconds(try container.decodeIfPresent(Double.self, forKey: .unknownS) ?? 0)),
            samples: [:])
        slept = try container.decodeIfPresent(Bool.self, forKey: .slept) ?? false
        for written in try container.decodeIfPresent([ReadSample].self, forKey: .jobs) ?? [] {
            samples[written.job] = written.sample(usually: at)
        }
    }
}

private enum SampleKeys: String, CodingKey {
    case job, atNs, busyS, userS, systemS, waitS, voluntary, involuntary, faults, instructions
    case processes, threads, runnable, futex, uninterruptible
    case done, total, doneNs, source, output
}

/// One job's part of a snapshot; its time is left out where it is `usually`.
private struct WrittenSample: Encodable {
    var job: JobID
    var sample: JobSample
    var usually: Instant

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: SampleKeys.self)
        try container.encode(job.number, forKey: .job)
        if sample.at != usually { try container.encode(sample.at.nanoseconds, forKey: .atNs) }
        try container.encodeUnlessZero(sample.busyTime.value, forKey: .busyS)
        try container.encodeUnlessZero(sample.userTime.value, forKey: .userS)
        try container.encodeUnlessZero(sample.systemTime.value, forKey: .systemS)
        try container.encodeUnlessZero(sample.runQueueDelay.value, forKey: .waitS)
        try container.encodeUnlessZero(sample.voluntarySwitches, forKey: .voluntary)
        try container.encodeUnlessZero(sample.involuntarySwitches, forKey: .involuntary)
        try container.encodeUnlessZero(sample.majorFaults, forKey: .faults)
        try container.encodeIfPresent(sample.instructions, forKey: .instructions)
        try container.encodeUnlessZero(sample.threads.processes, forKey: .processes)
        try container.encodeUnlessZero(sample.threads.threads, forKey: .threads)
        try container.encodeUnlessZero(sample.threads.runnable, forKey: .runnable)
        try container.encodeUnlessZero(sample.threads.inFutex, forKey: .futex)
        try container.encodeUnlessZero(sample.threads.uninterruptible, forKey: .uninterruptible)
        try container.encodeUnlessZero(sample.outputBytes, forKey: .output)
        guard let progress = sample.progress else { return }
        try container.encode(progress.done, forKey: .done)
        try container.encodeIfPresent(progress.total, forKey: .total)
        try container.encode(progress.source, forKey: .source)
        if progress.at != sample.at { try container.encode(progress.at.nanoseconds, forKey: .doneNs) }
    }
}

/// The same, read; its time may still have to be filled in.
private struct ReadSample: Decodable {
    var job: JobID
    private var at: Instant?
    private var done: (amount: Double, total: Double?, source: ProgressSource, at: Instant?)?
    private var counts: JobSample

    func sample(usually: Instant) -> JobSample {
        var sample = counts
        sample.at = at ?? usually
        sample.progress = done.map {
            Progress(done: $0.amount, total: $0.total, at: $0.at ?? sample.at, source: $0.source)
        }
        return sample
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: SampleKeys.self)
        let seconds = { (key: SampleKeys) throws -> Seconds in
            Seconds(try container.decodeIfPresent(Double.self, forKey: key) ?? 0)
        }
        let count = { (key: SampleKeys) throws -> UInt64 in
            try container.decodeIfPresent(UInt64.self, forKey: key) ?? 0
        }
        let number = { (key: SampleKeys) throws -> Int in
            try container.decodeIfPresent(Int.self, forKey: key) ?? 0
        }
        let instant = { (key: SampleKeys) throws -> Instant? in
            try container.decodeIfPresent(Int64.self, forKey: key).map(Instant.init(nanoseconds:))
        }
        job = JobID(try container.decode(Int64.self, forKey: .job))
        at = try instant(.atNs)
        counts = JobSample(at: .zero)
        counts.busyTime = try seconds(.busyS)
        counts.userTime = try seconds(.userS)
        counts.systemTime = try seconds(.systemS)
        counts.runQueueDelay = try seconds(.waitS)
        counts.voluntarySwitches = try count(.voluntary)
        counts.involuntarySwitches = try count(.involuntary)
        counts.majorFaults = try count(.faults)
        counts.instructions = try container.decodeIfPresent(UInt64.self, forKey: .instructions)
        counts.threads.processes = try number(.processes)
        counts.threads.threads = try number(.threads)
        counts.threads.runnable = try number(.runnable)
        counts.threads.inFutex = try number(.futex)
        counts.threads.uninterruptible = try number(.uninterruptible)
        counts.outputBytes = try count(.output)
        if let amount = try container.decodeIfPresent(Double.self, forKey: .done) {
            done = (
                amount, try container.decodeIfPresent(Double.self, forKey: .total),
                try container.decode(ProgressSource.self, forKey: .source), try instant(.doneNs)
            )
        }
    }
}

extension KeyedEncodingContainer {
    fileprivate mutating func encodeUnlessZero<Number: Numeric & Encodable>(
        _ number: Number, forKey key: Key
    ) throws {
        if number != .zero { try encode(number, forKey: key) }
    }
}
