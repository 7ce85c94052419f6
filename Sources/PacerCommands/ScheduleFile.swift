import PacerAPI
import PacerModels
import PacerPlatform
import PacerReplay
import PacerUnits

/// Writes the schedule of a replay as JSON, from which every joule can be computed again; docs/replay.md has
/// the format. It is written piece by piece, since a schedule may have millions of segments.
struct ScheduleFile {
    static let version = 1

    let machine: ReplayMachine
    let workload: Workload

    /// `path`, with the name of the policy before its ending where there are several policies.
    static func path(_ path: String, policy: String, ofSeveral: Bool) -> String {
        guard ofSeveral else { return path }
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "\(path).\(policy)" }
        return "\(path[..<dot]).\(policy)\(path[dot...])"
    }

    /// Writes `result`, which has its segments.
    func write(_ result: ReplayResult, to file: OutputFile) throws(CommandFailure) {
        try file.write("{\"format\":\"pacer-schedule\",\"version\":\(Self.version),\n")
        try file.write("\"policy\":\(try Self.text(result.policy)),\n\"machine\":\(try machineObject()),\n")
        let horizon = Self.object([
            ("start_s", Self.seconds(result.start)), ("end_s", Self.seconds(result.end)),
        ])
        try file.write("\"horizon\":\(horizon),\n\"jobs\":[")
        let kinds = try kindObjects()
        for (index, job) in workload.jobs.enumerated() {
            try file.write(index == 0 ? "\n" : ",\n")
            try file.write(jobObject(job, index: index, kind: kinds[job.kind]))
        }
        try file.write("\n],\n\"segments\":[")
        for (index, segment) in result.segments.enumerated() {
            try file.write(index == 0 ? "\n" : ",\n")
            try file.write(segmentObject(segment))
        }
        let energy = Self.object([
            ("idle", "\(result.energy.idle.value)"), ("uncore", "\(result.energy.uncore.value)"),
            ("cores", "\(result.energy.cores.value)"), ("total", "\(result.energy.total.value)"),
        ])
        try file.write("\n],\n\"energy_j\":\(energy)}\n")
    }

    // MARK: Objects

    private func machineObject() throws(CommandFailure) -> String {
        let power = machine.power
        let domains = machine.machine.domains.map { Self.list($0.cores) }.joined(separator: ",")
        let frequencies = machine.machine.frequencies.map { "\(tableKilohertz($0))" }
        return Self.object([
            ("name", try Self.text(machine.machine.name)), ("cores", "\(machine.machine.coreCount)"),
            ("domains", "[\(domains)]"), ("frequencies_khz", "[\(frequencies.joined(separator: ","))]"),
            (
                "power",
                Self.object([
                    ("idle_w", "\(power.idle.value)"), ("uncore_w", "\(power.uncore.value)"),
                    ("cubic_w_per_ghz3", "\(power.cubic)"), ("linear_w_per_ghz", "\(power.linear)"),
                    ("constant_w", "\(power.constant)"),
                ])
            ),
        ])
    }

    private func kindObjects() throws(CommandFailure) -> [String] {
        var objects: [String] = []
        for kind in workload.kinds {
            objects.append(
                Self.object([
                    ("name", try Self.text(kind.name)), ("contention", "\(kind.scalability.contention)"),
                    ("coherency", "\(kind.scalability.coherency)"), ("clock_share", "\(kind.clockShare)"),
                ]))
        }
        return objects
    }

    private func jobObject(_ job: ReplayJob, index: Int, kind: String) -> String {
        Self.object([
            ("job", "\(index)"), ("number", "\(job.number)"), ("submit_s", Self.seconds(job.submitted)),
            ("deadline_s", job.deadline.map(Self.seconds) ?? "null"),
            ("run_time_s", "\(job.runTime.value)"), ("cores", "\(job.cores)"),
            ("activity", "\(workload.kinds[job.kind].activity)"), ("kind", kind),
        ])
    }

    private func segmentObject(_ segment: ReplaySegment) -> String {
        Self.object([
            ("job", "\(segment.job)"), ("start_s", Self.seconds(segment.start)),
            ("end_s", Self.seconds(segment.end)), ("cores", Self.list(segment.cores)),
            ("freq_khz", "\(tableKilohertz(segment.frequency))"), ("work", "\(segment.work)"),
        ])
    }

    // MARK: Values

    /// Values that are JSON already.
    private static func object(_ values: [(key: String, value: String)]) -> String {
        var text = "{"
        for value in values {
            if text.utf8.count > 1 { text += "," }
            text += "\"\(value.key)\":\(value.value)"
        }
        return text + "}"
    }

    private static func list(_ cores: [CoreID]) -> String {
        "[\(cores.map { "\($0.number)" }.joined(separator: ","))]"
    }

    /// All nanoseconds of an instant: more than a binary number of seconds can hold.
    static func seconds(_ instant: Instant) -> String {
        let magnitude = instant.nanoseconds.magnitude
        let sign = instant.nanoseconds < 0 ? "-" : ""
        let rest = magnitude % 1_000_000_000
        guard rest > 0 else { return "\(sign)\(magnitude / 1_000_000_000)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(magnitude / 1_000_000_000).\(digits)"
    }

    private static func text(_ text: String) throws(CommandFailure) -> String {
        do throws(WireError) {
            return String(decoding: try WireJSON.encode(text), as: UTF8.self)
        } catch {
            throw CommandFailure(.internalFailure, error.description)
        }
    }
}
