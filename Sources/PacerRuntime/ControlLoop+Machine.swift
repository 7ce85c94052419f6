import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

// MARK: - The machine itself

extension ControlLoop {
    /// Sees whether the machine is still what it was: whether it slept, which CPUs are online, and whether
    /// held domains hold what they were asked to.
    func noticeMachine() {
        noticeSleep()
        noticeCores()
        noticeKnobs()
    }

    /// The logical CPUs of `cores` that are online; all of them where that is not known.
    func cpus(of cores: [CoreID]) -> CPUSet {
        let all = facts.machine.cpus(of: cores)
        guard let online = watched.online else { return all }
        let there = CPUSet(all.cpus.filter(online.contains))
        return there.isEmpty ? all : there
    }

    /// Sentences about CPUs that went or came since the daemon started.
    var coreNotes: [String] {
        var notes: [String] = []
        let offline = facts.machine.cores.map(\.id).filter { !watched.present.contains($0) }
        if !offline.isEmpty {
            let cpus = facts.machine.cpus(of: offline)
            notes.append("Offline and not used until they are back: CPUs \(cpus).")
        }
        if !watched.strangers.isEmpty {
            notes.append(
                "CPUs \(watched.strangers) came online after the daemon had started, and are not used "
                    + "until it starts again.")
        }
        return notes
    }

    private func noticeSleep() {
        let total = ports.asleep()
        let length = total - watched.suspended
        watched.suspended = total
        // Two clocks that are read one after the other differ by microseconds.
        guard length > Seconds(0.05) else { return }
        note("the machine slept for \(length)", about: nil)
        feed(.observed(snapshot()))
        feed(.resumed(after: length))
    }

    private func noticeCores() {
        guard let online = ports.onlineCPUs(), !online.isEmpty, online != watched.online else { return }
        let before = watched.online
        watched.online = online
        let own = Set(facts.machine.cores.flatMap(\.cpus.cpus))
        if let before {
            watched.strangers = CPUSet(online.cpus.filter { !own.contains($0) })
            let gone = CPUSet(before.cpus.filter { !online.contains($0) })
            let come = CPUSet(online.cpus.filter { !before.contains($0) })
            if !gone.isEmpty { note("CPUs \(gone) went offline", about: nil) }
            if !come.isEmpty { note("CPUs \(come) came online", about: nil) }
        }
        let present = facts.machine.cores.filter { $0.cpus.cpus.contains(where: online.contains) }.map(\.id)
        guard present != watched.present, !present.isEmpty else { return }
        watched.present = present
        feed(.observed(snapshot()))
        feed(.present(present))
    }

    /// Looks at what is held when that is due; a look is never waited for, so that nothing wakes up for it.
    private func noticeKnobs() {
        guard let control = ports.frequency, let due = knobWatch.due, now >= due else { return }
        let states: [HeldState]
        do throws(PortError) {
            states = try control.heldStates()
        } catch {
            ports.log(.warning, error.description)
            knobWatch.wasHeld(at: now)
            return
        }
        if now - watched.rivalsSeen > Seconds(60) { noticeRivals(states) }
        let actions = knobWatch.look(
            at: states, isBusy: engine.isBusy,
            culprits: { [unowned self] in
                let rivals = lookForRivals()
                return rivals.isEmpty
                    ? "somebody else has changed it, or the kernel limits it" : rivals.joined(separator: "; ")
            }, now: now)
        for action in actions { act(on: action, control) }
    }

    private func act(on action: KnobWatch.Action, _ control: any FrequencyControl) {
        switch action {
        case .tell(let domain, let actual, let sentence):
            note(sentence, about: nil)
            feed(.disturbed(domain, actual: actual, reason: sentence))
        case .holdAgain(let domain, let frequency, let sentence):
            note("\(sentence); it is set again", about: nil)
            feed(.disturbed(domain, actual: frequency, reason: "\(sentence); it is set again"))
            do throws(PortError) {
                feed(.held(domain, actual: try control.hold(frequency, domain: domain, reason: .policy)))
            } catch {
                ports.log(.warning, error.description)
                feed(.holdFailed(domain, reason: error.description))
            }
        case .mention(let sentence): note(sentence, about: nil)
        case .leave(let domain, let sentence): leave(domain, because: sentence, control)
        }
    }

    private func leave(_ domain: DomainID, because sentence: String, _ control: any FrequencyControl) {
        note("\(sentence); it is left alone", about: nil)
        do throws(PortError) { try control.release(domain, reason: .restore) } catch {
            ports.log(.warning, error.description)
        }
        feed(.holdFailed(domain, reason: sentence))
    }

    // MARK: Rivals

    /// Why frequencies are to be left alone now; `nil` when they are not.
    func refusal() -> String? {
        guard knobWatch.choice == .refuse else { return nil }
        if now - watched.rivalsSeen > KnobWatch.truce { lookForRivals() }
        guard !watched.rivals.isEmpty else { return nil }
        return watched.rivals.joined(separator: "; ") + ", and 'rivals: refuse' is configured"
    }

    /// The programs that set the same knobs and run now; a new one is told once.
    @discardableResult
    func lookForRivals() -> [String] {
        let rivals = ports.rivals()
        for rival in rivals where !watched.rivals.contains(rival) { note(rival, about: nil) }
        watched.rivals = rivals
        watched.rivalsSeen = now
        return rivals
    }

    private func noticeRivals(_ states: [HeldState]) {
        lookForRivals()
        guard let refusal = refusal(), let control = ports.frequency else { return }
        for state in states { leave(state.domain, because: refusal, control) }
    }
}

/// What the control loop has last seen of the machine.
struct WatchedMachine {
    /// The CPUs that are online; `nil` before the first look, and where that cannot be read.
    var online: CPUSet?
    /// The cores of the machine that have a CPU online.
    var present: [CoreID]
    /// CPUs that are online and were not when the daemon started.
    var strangers: CPUSet = []
    var suspended: Seconds
    var rivals: [String]
    var rivalsSeen: Instant
}
