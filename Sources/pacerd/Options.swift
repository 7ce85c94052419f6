import ArgumentParser

/// The command line of the daemon.
struct Options: ParsableArguments {
    @Option(help: "The configuration file. Default for root: /etc/pacer/pacerd.yaml, if it is there.")
    var config: String?

    @Option(help: "Where to listen.")
    var socket: String?

    @Option(help: "Where the database and the jobs' files are kept.")
    var stateDirectory: String?

    @Option(help: "The directory of policy files.")
    var policies: String?

    @Option(help: "Which machine jobs run on: auto, linux or emulated.")
    var machine: String?

    @Option(help: "The description of the machine to emulate: a name or a file.")
    var profile: String?

    @Option(
        help: ArgumentHelp(
            "The cgroup, below the mount point of version 2, that is left to jobs and their shepherds.",
            valueName: "path"))
    var jobsCgroup: String?

    @Flag(help: "Serve one command of one user: cancel all jobs at the end, and end with the parent.")
    var `private` = false

    @Option(
        help: ArgumentHelp(
            "The number of the process that starts a private daemon; where it has gone, none begins.",
            visibility: .hidden))
    var parent: Int32?

    @Option(help: ArgumentHelp("Write a byte to this descriptor when ready.", visibility: .hidden))
    var readyFd: Int32?
}
