/// How a number of joules came to be: `measured`, `emulated` or `modelled`.
public struct EnergySourceName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A source with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Read from a hardware counter.
    public static let measured = Self(rawValue: "measured")
    /// Read from the counter of an emulated machine, driven by CPU time that was really used.
    public static let emulated = Self(rawValue: "emulated")
    /// Computed from a power model alone.
    public static let modelled = Self(rawValue: "modelled")
}

/// Where a job is in its life.
public struct StateName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A state with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Waits for cores.
    public static let queued = Self(rawValue: "queued")
    /// Its program is being started.
    public static let starting = Self(rawValue: "starting")
    /// Its program runs.
    public static let running = Self(rawValue: "running")
    /// Its program is stopped, for the sake of more urgent jobs.
    public static let paused = Self(rawValue: "paused")
    /// It was told to end.
    public static let stopping = Self(rawValue: "stopping")
    /// It has ended.
    public static let finished = Self(rawValue: "finished")
}

/// How a job ended.
public struct OutcomeName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// An outcome with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The program ended by itself with an exit code.
    public static let exited = Self(rawValue: "exited")
    /// The program was ended by a signal that Pacer did not send.
    public static let signalled = Self(rawValue: "signalled")
    /// Somebody cancelled it.
    public static let cancelled = Self(rawValue: "cancelled")
    /// It wrote more than it may.
    public static let outputLimit = Self(rawValue: "outputLimit")
    /// The program could not be executed.
    public static let notStarted = Self(rawValue: "notStarted")
    /// Nobody saw it end.
    public static let lost = Self(rawValue: "lost")
}

/// Where a belief about a configuration comes from: `measured`, `predicted` or `assumed`.
public struct OriginName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// An origin with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// This configuration was measured.
    public static let measured = Self(rawValue: "measured")
    /// A model fitted to other configurations of the job says so.
    public static let predicted = Self(rawValue: "predicted")
    /// Nothing is known of the job: the prior of the machine.
    public static let assumed = Self(rawValue: "assumed")
}

/// How a job may use cores: `rigid`, `moldable` or `malleable`.
public struct ShapeName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A shape with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Exactly the number of cores that the user chose.
    public static let rigid = Self(rawValue: "rigid")
    /// A number of cores chosen once at the start.
    public static let moldable = Self(rawValue: "moldable")
    /// A number of cores that may change while the job runs.
    public static let malleable = Self(rawValue: "malleable")
}

/// Whose daemon answers: `private`, `user` or `system`.
public struct DaemonModeName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A mode with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Lives as long as one command.
    public static let privately = Self(rawValue: "private")
    /// One user's.
    public static let user = Self(rawValue: "user")
    /// The machine's.
    public static let system = Self(rawValue: "system")
}

/// What an explanation is about: the `rest` of a job, or the `whole` of it.
public struct ExplanationScopeName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A scope with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The rest of a job that has not ended.
    public static let rest = Self(rawValue: "rest")
    /// The whole of a job that has.
    public static let whole = Self(rawValue: "whole")
}

/// What is done with a job that is known to miss its deadline.
public struct LateChoiceName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A choice with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It runs, as fast as it can.
    public static let accept = Self(rawValue: "accept")
    /// It is refused, with the earliest deadline that can be kept.
    public static let reject = Self(rawValue: "reject")
}

/// Why a figure of energy is not told.
public struct WithheldName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A reason with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The interval is shorter than a second: too short to tell.
    public static let tooShort = Self(rawValue: "tooShort")
    /// It is told a second after it was taken.
    public static let notYet = Self(rawValue: "notYet")
}
