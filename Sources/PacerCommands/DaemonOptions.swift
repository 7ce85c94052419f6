import ArgumentParser
import FoundationEssentials
import Glibc
import PacerAPIClient

/// Options of every command that talks to a daemon.
struct DaemonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's socket. Default: $PACER_SOCKET, else your own daemon's, else the system's.",
            valueName: "path"))
    var socket: String?

    @Flag(help: "Print JSON.")
    var json = false

    var choice: SocketChoice {
        SocketChoice(option: socket, environment: ProcessInfo.processInfo.environment, userID: geteuid()) {
            access($0, F_OK) == 0
        }
    }

    var client: APIClient { APIClient(socketPath: choice.path) }
}

/// Options of commands that start a private daemon where there is none.
struct PrivateOptions: ParsableArguments {
    @Flag(
        name: .customLong("private"), help: "Start a private daemon even where another one could be reached.")
    var isPrivate = false

    @Option(
        help: ArgumentHelp(
            "Where a private daemon keeps what it learns. Default: $XDG_STATE_HOME/pacer/private.",
            valueName: "path"))
    var stateDirectory: String?

    @Option(
        name: .customLong("daemon-option"),
        help: ArgumentHelp("An option for a private daemon, e.g. --machine=emulated.", valueName: "option"))
    var daemonOptions: [String] = []
}
