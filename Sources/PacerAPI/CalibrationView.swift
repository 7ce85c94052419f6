/// What a calibration found: the machine's power model, how well it fits, and what was measured for it.
public struct CalibrationView: Hashable, Sendable, Codable {
    /// A part of the power model.
    public struct Coefficient: Hashable, Sendable, Codable {
        /// `idle`, `uncore`, `cubic`, `linear` or `constant`.
        public var name: String
        /// In `unit`; zero where it could not be told.
        public var value: Double
        /// `W`, `W/GHz^3` or `W/GHz`.
        public var unit: String
        /// In the same unit; absent where nothing tells it.
        public var standardError: Double?
        /// Why it is not known, or what else is in it; absent where there is nothing to say.
        public var doubt: String?

        /// A coefficient of this value.
        public init(name: String, value: Double, unit: String, standardError: Double?, doubt: String?) {
            self.name = name
            self.value = value
            self.unit = unit
            self.standardError = standardError
            self.doubt = doubt
        }
    }

    /// How well the model predicts and the measurement repeats, as shares of the power.
    public struct Quality: Hashable, Sendable, Codable {
        /// Root mean square deviation of the windows from the model.
        public var deviationRatio: Double
        /// Points that were left out of a fit and predicted by it; 0 where there were too few.
        public var crossValidatedPoints: Int
        /// Median error of those predictions.
        public var medianErrorRatio: Double?
        /// The 95th percentile of it.
        public var highErrorRatio: Double?
        /// Standard deviation between windows of one point.
        public var repeatRatio: Double?
        /// Change of idle power from the first window to the last.
        public var idleDriftRatio: Double?

        /// A model with this deviation; the rest is set afterwards.
        public init(deviationRatio: Double) {
            self.deviationRatio = deviationRatio
            crossValidatedPoints = 0
        }
    }

    /// Power above base frequency.
    public struct Boost: Hashable, Sendable, Codable {
        /// Busy cores.
        public var cores: Int
        /// What was asked for, in kHz.
        public var frequencyKhz: Int
        /// What the cores ran at, in kHz; absent where it cannot be read.
        public var effectiveKhz: Int?
        /// Power of the machine with those cores busy all the time, in watts.
        public var powerW: Double
        /// What the model says, which does not know boost.
        public var modelledW: Double

        /// A power at a boost frequency.
        public init(cores: Int, frequencyKhz: Int, effectiveKhz: Int?, powerW: Double, modelledW: Double) {
            self.cores = cores
            self.frequencyKhz = frequencyKhz
            self.effectiveKhz = effectiveKhz
            self.powerW = powerW
            self.modelledW = modelledW
        }
    }

    /// One window, as it was measured.
    public struct Window: Hashable, Sendable, Codable {
        /// `idle`, `compute` or `memory`.
        public var load: String
        /// Busy cores; 0 for the idle machine.
        public var cores: Int
        /// What was asked for, in kHz; absent for the idle machine.
        public var frequencyKhz: Int?
        /// How long it was, in seconds.
        public var lengthS: Double
        /// Core-seconds that the load used.
        public var busyS: Double
        /// The machine's energy in it.
        public var energyJ: Double

        /// A window of the idle machine.
        public init(lengthS: Double, energyJ: Double) {
            load = "idle"
            cores = 0
            self.lengthS = lengthS
            busyS = 0
            self.energyJ = energyJ
        }
    }

    /// The machine's name.
    public var machine: String
    /// Where the joules come from; `measured` or `emulated`.
    public var energySource: EnergySourceName
    /// The cores that were measured.
    public var cores: Int
    /// Those that can be sustained, ascending; absent where frequency cannot be chosen.
    public var frequenciesKhz: [Int]?
    /// Idle, uncore, cubic, linear, constant.
    public var coefficients: [Coefficient]
    /// How far to believe them.
    public var quality: Quality
    /// Core power of memory-bound load relative to compute-bound load.
    public var memoryActivity: Double?
    /// Standard error of it.
    public var memoryActivityError: Double?
    /// One for each number of cores; empty where there is no boost.
    public var boost: [Boost]
    /// From a request until the frequency is read back, in seconds; absent where it cannot be seen.
    public var transitionLatencyS: Double?
    /// What the driver declares, in seconds.
    public var declaredLatencyS: Double?
    /// What is not available or was not as it should be, one sentence each.
    public var notes: [String]
    /// In the order of measuring.
    public var windows: [Window]
    /// How long it all took.
    public var durationS: Double
    /// Where the description was written; absent where it was not.
    public var output: String?

    /// A finding; the rest is set afterwards.
    public init(
        machine: String, energySource: EnergySourceName, cores: Int, coefficients: [Coefficient],
        quality: Quality, windows: [Window], durationS: Double
    ) {
        self.machine = machine
        self.energySource = energySource
        self.cores = cores
        self.coefficients = coefficients
        self.quality = quality
        self.windows = windows
        self.durationS = durationS
        boost = []
        notes = []
    }
}

/// A line that `pacerd calibrate` writes for `pacer calibrate`, as JSON.
public enum CalibrationMessage: Hashable, Sendable, Codable {
    /// What is measured next, how many of how many windows are done, and the time that is left, in seconds.
    case progress(doing: String, done: Int, total: Int, leftS: Double)
    /// The last line: it is done.
    case finished(CalibrationView)
    /// The last line: why it was not done, and the exit code that says so.
    case failed(exitCode: Int32, sentence: String)
}
