public import PacerPlatform
public import PacerUnits

/// What a job can be promised at the moment it is submitted.
public enum Admission: Hashable, Sendable, Codable {
    /// Nothing, and why.
    case unknown(Gap)
    /// What is foretold of it.
    case predicted(Prediction)

    /// What would have to be known for a promise.
    public enum Gap: String, Hashable, Sendable, Codable {
        /// How fast jobs of the class are, or how much work this one has.
        case work
        /// How long the jobs take that run or wait before it.
        case wait
        /// Too many jobs wait before it for anything to be foretold.
        case line
    }

    /// What a prediction rests on.
    public enum Basis: String, Hashable, Sendable, Codable {
        /// Earlier runs of the class.
        case history
        /// The submitter's estimate alone, taken at its word.
        case estimate
    }

    /// When a job will start and end if it is submitted now, and what can be asked of it.
    public struct Prediction: Hashable, Sendable, Codable {
        /// What the prediction rests on.
        public var basis: Basis
        /// When it is expected to start: now, or when enough cores should be free.
        public var start: Instant
        /// When it is expected to end; from an estimate alone, when it could end at the earliest.
        public var finish: Instant
        /// When it has ended with the probability ``Admission/quantile``, as far as rates are uncertain;
        /// `nil` from an estimate alone, which does not say how wrong it may be.
        public var finishQuantile: Instant?
        /// What it is expected to start with.
        public var configuration: Configuration
        /// Modelled energy of the machine from the start on, under the policy's accounting; `nil` from an
        /// estimate alone.
        public var energy: Joules?
        /// Whether the deadline can be kept with the probability ``Admission/quantile`` if the job runs as
        /// fast as its policy allows; `nil` without a deadline.
        public var keepsDeadline: Bool?
        /// The earliest deadline that can be relied on: that of the fastest configuration at its surest rate,
        /// with the reserve and the margin that planning keeps in hand.
        public var earliestDeadline: Instant

        /// A prediction of these parts.
        public init(
            basis: Basis, start: Instant, finish: Instant, finishQuantile: Instant?,
            configuration: Configuration, energy: Joules?, keepsDeadline: Bool?, earliestDeadline: Instant
        ) {
            self.basis = basis
            self.start = start
            self.finish = finish
            self.finishQuantile = finishQuantile
            self.configuration = configuration
            self.energy = energy
            self.keepsDeadline = keepsDeadline
            self.earliestDeadline = earliestDeadline
        }
    }

    /// The probability of ``Prediction/finishQuantile``.
    public static let quantile = 0.9
    /// So many standard errors below its mean a normally distributed rate is with the probability 1 - 0.9.
    static let quantileErrors = 1.2816

    /// Whether it is known that the deadline cannot be kept.
    public var missesDeadline: Bool {
        if case .predicted(let prediction) = self { prediction.keepsDeadline == false } else { false }
    }
}
