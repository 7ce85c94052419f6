import PacerHardware
import PacerPlatform
import PacerPorts
import PacerUnits

/// Passes frequencies on, and has a modelled meter read before each change: the model needs to know what a
/// core ran at until then.
final class ModelledFrequency: FrequencyControl {
    private let control: any FrequencyControl
    private let clock: () -> Instant
    private var held: [DomainID: Hertz] = [:]
    /// Set once the meter is there, which needs this to be made.
    var meter: ModelMeter?

    init(_ control: any FrequencyControl, clock: @escaping () -> Instant) {
        self.control = control
        self.clock = clock
    }

    var summary: String { control.summary }
    var keeperState: KeeperState? { control.keeperState }

    /// What `domain` is held at; `nil` when it is not.
    func frequency(of domain: DomainID) -> Hertz? { held[domain] }

    func hold(_ frequency: Hertz, domain: DomainID, reason: KnobReason) throws(PortError) -> Hertz {
        _ = meter?.read(at: clock())
        let accepted = try control.hold(frequency, domain: domain, reason: reason)
        held[domain] = accepted
        return accepted
    }

    func release(_ domain: DomainID, reason: KnobReason) throws(PortError) {
        _ = meter?.read(at: clock())
        try control.release(domain, reason: reason)
        held[domain] = nil
    }

    func knobs() throws(PortError) -> [Knob] { try control.knobs() }

    func heldStates() throws(PortError) -> [HeldState] { try control.heldStates() }
}
