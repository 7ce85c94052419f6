public import ArgumentParser
import Glibc
import PacerAPI

/// The command line.
public struct PacerCommand: ParsableCommand {
    /// What `pacer --help` says.
    public static let configuration = CommandConfiguration(
        commandName: "pacer",
        abstract: "Runs programs by their deadline with the fewest joules.",
        discussion: """
            Pacer learns how a program scales with cores and responds to frequency, chooses both so that the \
            deadline is met with the least energy, runs it and meters it.

              pacer run --deadline 30m -- make -j{cores}     run it and follow it
              pacer submit --deadline 06:00 -- ./nightly.sh  hand it to the daemon
              pacer status                                   what runs, and how
              pacer top                                      the same, live
              pacer compare --deadline 60s -- ./work         policies side by side
              pacer evaluate measured.csv                    policies on a table of measurements
              pacer replay trace.swf.gz                      policies on a trace of jobs
              pacer report --since 7d                        a week of jobs as a page of HTML

            Exit codes:
            \(CommandExit.allCases.map(exitCode).joined(separator: "\n"))
            'pacer run' ends with the exit code of its job, or with 128 + N when signal N ended it.
            """,
        version: PacerVersion.text,
        subcommands: [
            Submit.self, Run.self, Status.self, Top.self, Events.self, Energy.self, Wait.self, Logs.self,
            Cancel.self, PlanCommand.self,
            Explain.self, Compare.self, Evaluate.self, ReplayCommand.self, Report.self, Export.self,
            Verify.self, Calibrate.self, Inspect.self, Policies.self, Restore.self,
        ])

    /// The root command without options.
    public init() {}

    /// A line of the table of exit codes.
    private static func exitCode(_ exit: CommandExit) -> String {
        "  \(exit.rawValue < 10 ? " " : "")\(exit.rawValue)  \(exit.meaning)"
    }

    /// Parses the command line of the process, does what it says and ends the process.
    public static func runAndExit() -> Never {
        // A reader that goes away must not take the job or a private daemon along.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
            Glibc.exit(CommandExit.done.rawValue)
        } catch let failure as CommandFailure {
            Console.note("pacer: \(failure.message)")
            Glibc.exit(failure.exit.rawValue)
        } catch let end as CommandEnd {
            Glibc.exit(end.code)
        } catch {
            exit(withError: error)
        }
    }
}

/// The version of the command line.
enum PacerVersion {
    static let text = "0.1.0"
}
