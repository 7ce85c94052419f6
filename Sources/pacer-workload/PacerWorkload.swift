import Glibc

/// Parallel programs with a known way of scaling, to show and to test what a scheduler does with them.
@main
enum PacerWorkload {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do throws(UsageFault) {
            switch try Invocation.parse(arguments: Array(CommandLine.arguments.dropFirst())) {
            case .help: Console.write(line: Help.text, to: STDOUT_FILENO)
            case .run(let invocation): run(invocation)
            }
        } catch {
            Console.write(line: "pacer-workload: \(error.sentence)", to: STDERR_FILENO)
            exit(ExitStatus.usage)
        }
    }

    /// Runs the work, prints the summary line and leaves with 1 when the result is wrong.
    private static func run(_ invocation: Invocation) {
        let plan = invocation.plan
        let workload = invocation.kind.make(plan)
        let progress = ProgressDeclaration.fromEnvironment(alsoShown: invocation.showsProgress)
        let outcome: Crew.Outcome
        do throws(ThreadFault) {
            outcome = try Crew.run(
                workload, plan: plan, progress: progress, every: invocation.progressInterval)
        } catch {
            Console.write(line: "pacer-workload: \(error.sentence)", to: STDERR_FILENO)
            exit(ExitStatus.systemFailure)
        }
        let fault = workload.fault(in: outcome.tally)
        let summary = Summary(
            kind: invocation.kind.name, plan: plan, elapsed: outcome.elapsed, isRight: fault == nil)
        Console.write(line: invocation.printsJSON ? summary.json : summary.line, to: STDOUT_FILENO)
        if let fault {
            Console.write(line: "pacer-workload: the result is wrong: \(fault)", to: STDERR_FILENO)
            exit(ExitStatus.wrongResult)
        }
    }
}

/// What the program tells its parent; 64 and 71 as in `sysexits.h`.
enum ExitStatus {
    static let wrongResult: Int32 = 1
    static let usage: Int32 = 64
    static let systemFailure: Int32 = 71
}
