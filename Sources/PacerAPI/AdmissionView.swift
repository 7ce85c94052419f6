/// What a job was promised when it was submitted.
public struct AdmissionView: Hashable, Sendable, Codable {
    /// What it rests on: `history` (earlier runs of the class), `estimate` (the submitter's, taken at its
    /// word) or `none`.
    public var basis: String
    /// What would have to be known for a promise: `work` (how fast the class is, or how much there is to do)
    /// or `wait` (how long the jobs before it take), or `line` when too many wait before it for that; `nil`
    /// when something is promised.
    public var missing: String?
    /// When it is expected to start, in nanoseconds since the Unix epoch.
    public var startUnixNs: Int64?
    /// When it is expected to end, in nanoseconds since the Unix epoch; from an estimate alone, when it could
    /// end at the earliest.
    public var finishUnixNs: Int64?
    /// When it has ended with the probability `finishQuantile`, in nanoseconds since the Unix epoch; `nil`
    /// from an estimate alone.
    public var finishQuantileUnixNs: Int64?
    /// The probability that belongs to `finishQuantileUnixNs`, 0…1.
    public var finishQuantile: Double?
    /// What it is expected to start with.
    public var configuration: ConfigurationView?
    /// Energy of the machine from the start on that the models predict under the policy's accounting, in
    /// joules; always modelled.
    public var modelledEnergyJ: Double?
    /// Whether the deadline can be kept; `nil` without a deadline and when nothing is promised.
    public var keepsDeadline: Bool?
    /// The earliest deadline that can be relied on, in nanoseconds since the Unix epoch.
    public var earliestDeadlineUnixNs: Int64?

    /// A promise that rests on `basis`; what it says is set afterwards.
    public init(basis: String, missing: String? = nil) {
        self.basis = basis
        self.missing = missing
    }
}
