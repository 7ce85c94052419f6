public import PacerPlatform

/// What was found out about the machine when the daemon started.
public struct MachineFacts: Sendable {
    public var machine: Machine
    public var isEmulated: Bool
    /// What is absent or restricted and what follows, one sentence each.
    public var notes: [String]
    /// Other programs that set the same knobs, one sentence each.
    public var conflicts: [String]

    public init(machine: Machine, isEmulated: Bool, notes: [String], conflicts: [String]) {
        self.machine = machine
        self.isEmulated = isEmulated
        self.notes = notes
        self.conflicts = conflicts
    }
}
