import PacerModels
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

/// The machine's account since the daemon started, however many engines kept it, and what of it has been
/// stored.
struct MachineBook {
    /// Parts of what was counted.
    struct Parts {
        var counted = Joules.zero
        var idle = Joules.zero
        var unattributed = Joules.zero
        var unknown = Seconds.zero

        /// What belongs to jobs.
        var attributed: Joules { counted - idle - unattributed }

        init() {}

        init(_ ledger: EnergyLedger<JobID>) {
            counted = Joules(microjoules: ledger.countedMicrojoules)
            idle = Joules(microjoules: ledger.idleMicrojoules)
            unattributed = Joules(microjoules: ledger.unknownMicrojoules)
            unknown = ledger.unknownTime
        }

        static func + (left: Parts, right: Parts) -> Parts {
            var sum = left
            sum.counted += right.counted
            sum.idle += right.idle
            sum.unattributed += right.unattributed
            sum.unknown += right.unknown
            return sum
        }
    }

    /// What is not stored for this long is stored when something happens anyway.
    static let patience = Seconds(600)

    /// Kept by engines that are gone.
    private var carried = Parts()
    private var stored = Parts()
    private var storedAt: Instant
    /// When it was last tried in vain.
    private var failedAt: Instant?
    private let source: EnergySource

    init(source: EnergySource, at now: Instant) {
        self.source = source
        storedAt = now
    }

    /// Everything since the start.
    func parts(_ ledger: EnergyLedger<JobID>) -> Parts { carried + Parts(ledger) }

    /// Another engine goes on with an empty ledger.
    mutating func carry(_ ledger: EnergyLedger<JobID>) { carried = parts(ledger) }

    /// Whether it is time to store the interval since the last time.
    func isDue(at now: Instant) -> Bool { now - max(storedAt, failedAt ?? storedAt) >= Self.patience }

    /// What was counted since it was last stored; `nil` for nothing.
    func interval(_ ledger: EnergyLedger<JobID>, at now: Instant) -> MachineAccount? {
        let parts = parts(ledger)
        guard now > storedAt, parts.counted > stored.counted || parts.unknown > stored.unknown else {
            return nil
        }
        var account = MachineAccount(from: storedAt, until: now, source: source)
        account.counted = parts.counted - stored.counted
        account.idle = parts.idle - stored.idle
        account.unattributed = parts.unattributed - stored.unattributed
        account.unknown = parts.unknown - stored.unknown
        return account
    }

    /// The interval was stored.
    mutating func wasStored(_ ledger: EnergyLedger<JobID>, at now: Instant) {
        stored = parts(ledger)
        storedAt = now
        failedAt = nil
    }

    /// The interval was not stored; it goes with the next one.
    mutating func wasNotStored(at now: Instant) { failedAt = now }
}
