/// What a program says of its command line when it is asked with `--experimental-dump-help`.
struct ToolHelp: Decodable {
    struct Name: Decodable {
        var kind: String
        var name: String

        /// As it is written on a command line.
        var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    struct Argument: Decodable {
        var kind: String
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var preferredName: Name?
        var valueName: String?
        var abstract: String?
        var discussion: String?
        var defaultValue: String?
        var parsingStrategy: String?

        var isPositional: Bool { kind == "positional" }
        var takesValue: Bool { kind == "option" }
    }

    struct Command: Decodable {
        var superCommands: [String]?
        var shouldDisplay: Bool
        var commandName: String
        var abstract: String?
        var discussion: String?
        var subcommands: [Command]?
        var arguments: [Argument]?

        /// With the commands above it, as it is typed.
        var path: [String] { (superCommands ?? []) + [commandName] }
        /// Subcommands that people are told of; `help` is the parser's own.
        var shown: [Command] { (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" } }
    }

    var command: Command
}
