import PacerAPI

/// What `pacer policies` prints.
enum PolicyText {
    static func table(_ policies: [PolicyView], style: Style = .plain) -> [String] {
        var table = TextTable([
            ("POLICY", .left), ("MARGIN", .right), ("COUNTS", .left), ("WHAT IT DOES", .left),
        ])
        for policy in policies {
            table.add([
                policy.name + (policy.isDefault ? " *" : ""), Words.percent(policy.marginRatio),
                policy.accounting,
                policy.summary,
            ])
        }
        return table.lines(style: style) + ["", "* for jobs that name none"]
    }

    static func one(_ policy: PolicyView, style: Style = .plain) -> [String] {
        let accounting =
            switch policy.accounting {
            case "horizon": "the machine's energy from release to deadline, idle tail included"
            case "run": "the machine's energy until the job ends"
            default: policy.accounting
            }
        let queue: String? =
            switch policy.queue {
            case "edf": "earliest deadline first"
            case "fcfs": "first come, first served"
            case "easy-backfill": "first come, first served with EASY backfilling"
            default: policy.queue
            }
        let profile = policy.wantsProfile ? "probed at several configurations first" : "not probed"
        var sharing: [String] = []
        if let haste = policy.hasteRatio, haste > 1 {
            sharing.append("  haste    jobs among others run at \(Words.percent(haste)) of what is needed")
        }
        if let patience = policy.patienceRatio {
            let share = Words.percent(patience)
            sharing.append("  alone    a job waits for others until its time is \(share) of what it takes")
        }
        if policy.preempts == true {
            sharing.append("  pauses   jobs that have time, where more urgent ones need their cores")
        }
        return [
            style.bold(policy.name) + (policy.isDefault ? " (for jobs that name none)" : ""),
            "  \(policy.summary)",
            "  counts   \(accounting)",
            "  margin   \(Words.percent(policy.marginRatio)) of the remaining time is kept in hand",
            "  jobs are \(profile)",
        ] + sharing + (queue.map { ["  queue    \($0), where it is the default"] } ?? [])
    }
}
