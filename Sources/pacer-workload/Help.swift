/// The text of `pacer-workload --help`.
enum Help {
    static var text: String {
        """
        pacer-workload runs a fixed amount of checkable parallel work of a known kind.

        USAGE: pacer-workload KIND [OPTION...]

        KINDS
        \(kinds)

        OPTIONS
          --threads N            threads; default $PACER_CORES, else the CPUs in the affinity mask
          --work W               work items in total, whatever the threads; default about 4 s on one core
          --progress-every TIME  least time between two progress lines; default 20ms
          --show-progress        print done/total lines on standard output
          --json                 print the summary as a JSON object
          --serial-fraction X    amdahl only: share of the items done by one thread; default 0.2
          --array-mib M          stream only: size of each of the three arrays; default 64
          -h, --help             print this

        ENVIRONMENT
          PACER_CORES            default for --threads
          PACER_PROGRESS_FD      number of an open descriptor that gets "done total" lines
          PACER_PROGRESS         path of a file or pipe that gets them, if PACER_PROGRESS_FD is not set

        EXIT STATUS
          0 the work is done and its result is right; 1 the result is wrong; 64 the command line is wrong;
          71 the system gave no thread or no memory.
        """
    }

    private static var kinds: String {
        Kind.all.map { kind in
            let padding = String(repeating: " ", count: 13 - kind.name.count)
            return "  \(kind.name)\(padding)\(kind.summary)\n               \(kind.demonstrates)"
        }.joined(separator: "\n")
    }
}
