import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

/// A record that the store is still to be given, and what becomes durable together with it.
struct UnsavedRecord {
    var record: JobRecord
    /// The account of a job that has ended; `nil` for one that runs, or never ran.
    var account: JobAccount?
}

/// Records and profiles that the store is still to be given, the latest of each job and class.
struct Unsaved {
    /// What nothing is behind is given to the store after this time at the latest.
    static let longestWait = Seconds(0.05)
    /// What the store did not take is tried again after this time, if nothing happens before.
    static let patience = Seconds(5)

    private(set) var records: [JobID: UnsavedRecord] = [:]
    private(set) var profiles: [ClassKey: ClassProfile] = [:]
    /// When it should be with the store; `nil` while there is nothing.
    private(set) var due: Instant?
    /// Whether the last attempt failed.
    private(set) var hasFailed = false
    /// Whether there is something that was not tried yet; the log knows of all else.
    private(set) var isNews = false

    subscript(job: JobID) -> JobRecord? { records[job]?.record }

    var isEmpty: Bool { records.isEmpty && profiles.isEmpty }

    mutating func add(_ record: JobRecord, _ account: JobAccount?, at now: Instant) {
        records[record.request.id] = UnsavedRecord(record: record, account: account)
        isNews = true
        due = due ?? now + Self.longestWait
    }

    mutating func add(_ profile: ClassProfile, at now: Instant) {
        profiles[ClassKey(profile)] = profile
        isNews = true
        due = due ?? now + Self.longestWait
    }

    mutating func remove(_ job: JobID) { records[job] = nil }
    mutating func remove(_ profile: ClassProfile) { profiles[ClassKey(profile)] = nil }

    /// The store was given it, and what is left it did not take.
    mutating func settle(at now: Instant) {
        hasFailed = !isEmpty
        isNews = false
        due = hasFailed ? now + Self.patience : nil
    }

    /// Whether the store should be given it at once: somebody waits for the end of a job that is among it,
    /// its time has come, or the store did not take it before.
    func isUrgent(_ waiters: [JobID: [ControlLoop.Waiter]], at now: Instant) -> Bool {
        guard !isEmpty else { return false }
        if hasFailed { return true }
        if let due, due <= now { return true }
        // order does not matter
        return !waiters.isEmpty
            && records.contains { $0.value.record.finished != nil && waiters[$0.key] != nil }
    }
}

extension Command {
    /// Whether what was recorded must be durable before it is performed.
    var needsRecords: Bool {
        switch self {
        case .launch, .confine, .hold, .release, .signal, .pause, .proceed, .retire: true
        case .wake, .record, .remember: false
        }
    }

    /// Whether it removes what is left of a job that has ended.
    var isRetirement: Bool { if case .retire = self { true } else { false } }
}

// MARK: - What is kept

extension ControlLoop {
    /// A job that has finished, and whether nothing more will become known of it.
    struct Ended {
        var job: JobID
        var isComplete: Bool
    }

    func keep(_ record: JobRecord, at now: Instant) {
        // The acceptance was stored a moment ago, and nothing that must outlive a crash has changed since.
        if justStored.remove(record.request.id) != nil, record.state == .queued { return }
        unsaved.add(record, chronicle.account(of: record), at: now)
        guard record.finished != nil else { return }
        newest.update(record)
        let isComplete = engine.record(record.request.id, at: now) == nil
        if isComplete { chronicle.close(record) }
        ended.append(Ended(job: record.request.id, isComplete: isComplete))
    }

    func keep(_ profile: ClassProfile, at now: Instant) {
        profiles[ClassKey(profile)] = .some(profile)
        unsaved.add(profile, at: now)
    }

    /// Gives the store all that it does not have, in one transaction; where that fails one after the other,
    /// so that what it will not take does not keep it from the others.
    func save(at now: Instant) {
        guard !unsaved.isEmpty else { return }
        let records = unsaved.records.keys.sorted().compactMap { unsaved.records[$0] }
        let profiles = unsaved.profiles.keys.sorted().compactMap { unsaved.profiles[$0] }
        do throws(PortError) {
            try ports.store.together { () throws(PortError) in
                for record in records { try give(record) }
                for profile in profiles { try ports.store.save(profile) }
            }
            unsaved = Unsaved()
        } catch {
            saveOneByOne(records, profiles, at: now)
        }
        if unsaved.isEmpty { chronicle.storeWorks(at: now) }
        let finished = ended
        ended = []
        finished.forEach { tell($0) }
    }

    /// Gives the store a record, together with the account of a job that has ended.
    private func give(_ unsaved: UnsavedRecord) throws(PortError) {
        try ports.store.update(unsaved.record)
        if let account = unsaved.account { try ports.accounts?.enter(account) }
    }

    private func saveOneByOne(_ records: [UnsavedRecord], _ profiles: [ClassProfile], at now: Instant) {
        let isNews = unsaved.isNews
        defer { unsaved.settle(at: now) }
        for record in records {
            let id = record.record.request.id
            do throws(PortError) {
                try ports.store.together { () throws(PortError) in try give(record) }
                unsaved.remove(id)
            } catch {
                chronicle.storeFailed(error.description, at: now)
                if isNews {
                    ports.log(
                        .error,
                        "the record of job \(id) is kept in memory until it can be stored: \(error)")
                }
                // What ails the store ails it for all that comes behind.
                guard error.code == .notPresent || error.code == .invalid else { return }
            }
        }
        for profile in profiles {
            attempt("remember class '\(profile.className)'", inStore: true) { () throws(PortError) in
                try ports.store.save(profile)
            }
            unsaved.remove(profile)
        }
    }

    /// Tells those who wait that a job has finished.
    private func tell(_ end: Ended) {
        submissions[end.job] = nil
        owners[end.job] = nil
        retention.noteFinished()
        guard let waiting = waiters.removeValue(forKey: end.job) else { return }
        let rest = waiting.filter { $0.horizon && !end.isComplete }
        if !rest.isEmpty { waiters[end.job] = rest }
        for waiter in waiting where !waiter.horizon || end.isComplete { waiter.action() }
    }

    /// What is remembered of a class on this machine.
    func profile(of key: ClassKey) throws(PortError) -> ClassProfile? {
        if let known = profiles[key] { return known }
        let stored = try ports.store.profile(
            className: key.name, machineName: facts.machine.name, user: key.user)
        // Those that are not saved yet must stay; all others can be read again.
        if profiles.count >= Self.profilesKept {
            profiles = unsaved.profiles.mapValues { Optional($0) }  // order does not matter
        }
        profiles[key] = .some(stored)
        return stored
    }

    private static let profilesKept = 256

    /// What is remembered of the classes that ran last; none where the store cannot tell.
    static func latestClasses(on machine: Machine, _ ports: Ports) -> [ClassProfile] {
        do throws(PortError) {
            return try ports.store.latestProfiles(
                machineName: machine.name, limit: EngineStart.mostClasses)
        } catch {
            ports.log(.warning, "jobs of new classes are not compared with earlier ones: \(error)")
            return []
        }
    }
}
