import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

/// Records and profiles that the store is still to be given, the latest of each job and class.
struct Unsaved {
    /// What nothing is behind is given to the store after this time at the latest.
    static let longestWait = Seconds(0.05)

    private(set) var records: [JobID: JobRecord] = [:]
    private(set) var profiles: [String: ClassProfile] = [:]
    /// When it should be with the store; `nil` while there is nothing, or nothing that it can take now.
    private(set) var due: Instant?
    /// Whether the last attempt failed, of which the log knows.
    private(set) var hasFailed = false

    subscript(job: JobID) -> JobRecord? { records[job] }

    mutating func add(_ record: JobRecord, at now: Instant) {
        records[record.request.id] = record
        if !hasFailed { due = due ?? now + Self.longestWait }
    }

    mutating func add(_ profile: ClassProfile, at now: Instant) {
        profiles[profile.className] = profile
        if !hasFailed { due = due ?? now + Self.longestWait }
    }

    mutating func remove(_ job: JobID) { records[job] = nil }
    mutating func remove(_ profile: ClassProfile) { profiles[profile.className] = nil }

    mutating func settle() {
        hasFailed = !records.isEmpty || !profiles.isEmpty
        due = nil
    }

    /// Whether the store should be given it at once: somebody waits for the end of a job that is among it,
    /// its time has come, or the store did not take it before.
    func isUrgent(_ waiters: [JobID: [ControlLoop.Waiter]], at now: Instant) -> Bool {
        guard !records.isEmpty || !profiles.isEmpty else { return false }
        if hasFailed { return true }
        if let due, due <= now { return true }
        // order does not matter
        return !waiters.isEmpty && records.contains { $0.value.finished != nil && waiters[$0.key] != nil }
    }
}

extension Command {
    /// Whether what was recorded must be durable before it is performed.
    var needsRecords: Bool {
        switch self {
        case .launch, .confine, .hold, .release, .signal, .retire: true
        case .wake, .record, .remember: false
        }
    }
}

// MARK: - What is kept

extension ControlLoop {
    func keep(_ record: JobRecord, at now: Instant) {
        // The acceptance was stored a moment ago, and nothing that must outlive a crash has changed since.
        if justStored.remove(record.request.id) != nil, record.state == .queued { return }
        unsaved.add(record, at: now)
        if record.finished != nil {
            newest.update(record)
            ended.append(record.request.id)
        }
    }

    func keep(_ profile: ClassProfile, at now: Instant) {
        profiles[profile.className] = .some(profile)
        unsaved.add(profile, at: now)
    }

    /// Gives the store all that it does not have, in one transaction; where that fails one after the other,
    /// so that what it will not take does not keep it from the others.
    func save(at now: Instant) {
        let records = unsaved.records.keys.sorted().compactMap { unsaved[$0] }
        let profiles = unsaved.profiles.keys.sorted().compactMap { unsaved.profiles[$0] }
        guard !records.isEmpty || !profiles.isEmpty else { return }
        let store = ports.store
        do throws(PortError) {
            try store.together { () throws(PortError) in
                for record in records { try store.update(record) }
                for profile in profiles { try store.save(profile) }
            }
            unsaved = Unsaved()
        } catch {
            saveOneByOne(records, profiles)
        }
        let finished = ended
        ended = []
        finished.forEach { tell($0) }
    }

    private func saveOneByOne(_ records: [JobRecord], _ profiles: [ClassProfile]) {
        defer { unsaved.settle() }
        for record in records {
            do throws(PortError) {
                try ports.store.update(record)
                unsaved.remove(record.request.id)
            } catch {
                ports.log(
                    .error,
                    "the record of job \(record.request.id) is kept in memory until it can be stored: \(error)"
                )
                // What ails the store ails it for all that comes behind.
                guard error.code == .notPresent || error.code == .invalid else { return }
            }
        }
        for profile in profiles {
            attempt("remember class '\(profile.className)'") { () throws(PortError) in
                try ports.store.save(profile)
            }
            unsaved.remove(profile)
        }
    }

    /// Tells those who wait that a job has finished.
    private func tell(_ id: JobID) {
        let complete = engine.record(id, at: ports.clock()) == nil
        submissions[id] = nil
        guard let waiting = waiters.removeValue(forKey: id) else { return }
        let rest = waiting.filter { $0.horizon && !complete }
        if !rest.isEmpty { waiters[id] = rest }
        for waiter in waiting where !waiter.horizon || complete { waiter.action() }
    }

    /// What is remembered of a class on this machine.
    func profile(of className: String) throws(PortError) -> ClassProfile? {
        if let known = profiles[className] { return known }
        let stored = try ports.store.profile(className: className, machineName: facts.machine.name)
        // Those that are not saved yet must stay; all others can be read again.
        if profiles.count >= Self.profilesKept {
            profiles = unsaved.profiles.mapValues { Optional($0) }  // order does not matter
        }
        profiles[className] = .some(stored)
        return stored
    }

    private static let profilesKept = 256
}
