import Synchronization

/// The threads of one run, and the thread that watches them.
enum Crew {
    struct Outcome {
        let tally: Tally
        let elapsed: MonotonicSpan
    }

    /// Runs `workload` on the threads of `plan` and returns what they did and how long it took.
    ///
    /// While they run, a monitor thread adds up what each has published and declares it, at most once per
    /// `interval` nanoseconds. The last line, `work work`, is written when the last thread has ended.
    static func run(
        _ workload: any Workload, plan: Plan, progress: ProgressDeclaration, every interval: Int
    ) throws(ThreadFault) -> Outcome {
        let published = Padded(repeating: 0, count: plan.threads)
        let finished = Gate()
        let start = MonotonicTime.now()
        let monitor: Thread<Void>? =
            if progress.isWanted {
                try Thread {
                    watch(published, of: plan.work, progress: progress, every: interval, until: finished)
                }
            } else {
                nil
            }
        var threads: [Thread<Tally>] = []
        for index in 0..<plan.threads {
            let worker = Worker(index: index, published: published)
            threads.append(try Thread { workload.run(worker) })
        }
        let tally = threads.reduce(Tally()) { $0 + $1.join() }
        let elapsed = MonotonicSpan(from: start, to: .now())
        finished.open()
        monitor?.join()
        if tally.items == plan.work { progress.declare(done: plan.work, of: plan.work) }
        return Outcome(tally: tally, elapsed: elapsed)
    }

    /// Declares the sum of what is published after each interval in which it grew, until `finished` opens.
    private static func watch(
        _ published: Padded<Int>, of work: Int, progress: ProgressDeclaration, every interval: Int,
        until finished: Gate
    ) {
        var declared = -1
        while !finished.wait(until: .now().adding(nanoseconds: interval)) {
            var done = 0
            for index in 0..<published.count {
                done += published.cell(index).pointee.load(ordering: .relaxed)
            }
            // The complete line is the caller's: it must not come before every thread has ended.
            if done > declared, done < work {
                progress.declare(done: done, of: work)
                declared = done
            }
        }
    }
}
