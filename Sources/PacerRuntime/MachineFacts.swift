public import PacerPlatform

/// What was found out about the machine when the daemon started.
public struct MachineFacts: Sendable {
    /// Its cores, frequency domains and source of energy.
    public var machine: Machine
    /// Whether the frequency and the energy are those of an emulated machine.
    public var isEmulated: Bool
    /// What is absent or restricted and what follows, one sentence each.
    public var notes: [String]
    /// Other programs that set the same knobs, one sentence each.
    public var conflicts: [String]

    /// Facts about `machine` with what is to be said of it.
    public init(machine: Machine, isEmulated: Bool, notes: [String], conflicts: [String]) {
        self.machine = machine
        self.isEmulated = isEmulated
        self.notes = notes
        self.conflicts = conflicts
    }
}
