import PacerModels
import PacerPlatform
import PacerUnits

/// The classes that ran last on a machine: what a job is likely to resemble where it was not measured.
///
/// A job is compared with its own user's classes alone: nobody's jobs are planned by what another one's did.
struct ClassHistory: Sendable {
    private struct Entry: Sendable {
        var profile: ClassProfile
        /// What is believed of it at every configuration of the machine; found when it is first wanted.
        var estimates: [Estimate]?
    }

    /// So many classes of one user are kept, and ``EngineStart/mostClasses`` of all users.
    static let mostOfUser = 8

    /// The one that ran last comes last.
    private var entries: [Entry] = []
    /// What was believed of the machine's power when something was found.
    private var power: PowerModel?
    /// What was found of the classes as they are now, by the class that is left out.
    private var found: [ClassKey: OtherClasses] = [:]

    /// What is kept; the class that ran last comes last.
    var profiles: [ClassProfile] { entries.map(\.profile) }

    /// Takes what is remembered of a class now. Of one that was hardly measured nothing can be learnt.
    mutating func note(_ profile: ClassProfile) {
        let key = ClassKey(profile)
        let isKept = Set(profile.measurements.map(\.configuration)).count >= 3
        guard isKept || entries.contains(where: { ClassKey($0.profile) == key }) else { return }
        found = [:]
        entries.removeAll { ClassKey($0.profile) == key }
        guard isKept else { return }
        entries.append(Entry(profile: profile))
        let isOfUser = { (entry: Entry) in entry.profile.user == profile.user }
        if entries.count(where: isOfUser) > Self.mostOfUser,
            let oldest = entries.firstIndex(where: isOfUser)
        {
            entries.remove(at: oldest)
        }
        if entries.count > EngineStart.mostClasses { entries.removeFirst() }
    }

    /// What the user's other classes do, if this is believed of the machine's power; `estimates` fits one.
    /// `nil` while there are too few.
    mutating func others(
        than key: ClassKey, power: PowerModel, _ estimates: ([Measurement]) -> [Estimate]
    ) -> OtherClasses? {
        // What is found must not depend on when it was: another engine may start from here.
        if self.power != power {
            found = [:]
            for index in entries.indices { entries[index].estimates = nil }
            self.power = power
        }
        if let known = found[key] { return known }
        let others = entries.indices.filter {
            let own = ClassKey(entries[$0].profile)
            return own.user == key.user && own != key
        }
        guard others.count >= OtherClasses.fewest else { return nil }
        for index in others where entries[index].estimates == nil {
            entries[index].estimates = estimates(entries[index].profile.measurements)
        }
        let result = OtherClasses(others.compactMap { entries[$0].estimates }, idle: power.idle)
        found[key] = result
        return result
    }
}

// MARK: - What a job is likely to resemble

extension Engine {
    /// Takes what is remembered of classes from before the engine was; the class that ran last comes last.
    public mutating func recall(_ profiles: [ClassProfile]) {
        for profile in profiles where profile.machineName == machine.name { classes.note(profile) }
    }

    /// Looks at the user's other classes, unless the job was compared with them before.
    mutating func compare(_ job: inout ActiveJob, at now: Instant) {
        guard job.others == nil, job.policy.wantsProfile else { return }
        let counts = coreCounts(upTo: machine.coreCount)
        let (grid, power, frequencies) = (grid(counts), power, machine.frequencies)
        job.others = classes.others(than: ClassKey(job.request), power: power) { measurements in
            let model = JobModel(
                measurements: measurements, machine: power, frequencies: frequencies, coreCounts: counts)
            return model.estimates(over: grid)
        }
        if job.others != nil, job.prior == nil {
            job.note(.note, nil, "expected to be like some of its user's other classes", at: now)
        }
    }
}
