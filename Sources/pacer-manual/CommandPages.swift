/// The pages of a program: one of its own, and one for each of its verbs.
struct CommandPages {
    let help: ToolHelp
    let section: Int
    let edition: Edition
    /// Sections that the program does not tell of, in man(7), by the name of the page's file.
    let supplements: [String: String]

    func pages() -> [ManualPage] {
        let root = help.command
        return [page(root, verbs: root.shown)] + root.shown.map { page($0, verbs: []) }
    }

    private func page(_ command: ToolHelp.Command, verbs: [ToolHelp.Command]) -> ManualPage {
        var page = ManualPage(
            name: Self.name(command), section: section, abstract: command.abstract ?? "", edition: edition)
        page.begin("SYNOPSIS")
        for (index, line) in synopses(command).enumerated() {
            if index > 0 { page.add([".br"]) }
            page.add([line])
        }
        page.add("DESCRIPTION", paragraphs: command.discussion ?? command.abstract ?? "")
        addArguments(of: command, to: &page)
        if verbs.isEmpty {
            for subcommand in command.shown { add(subcommand, to: &page) }
        } else {
            page.begin("COMMANDS")
            for verb in verbs {
                page.add(
                    term: ".BR \(Roff.escaped(Self.name(verb), isCode: true)) (\(section))",
                    [Roff.prose(verb.abstract ?? "")])
            }
        }
        if let supplement = supplements[page.file] {
            page.add(supplement.split(separator: "\n").map(String.init))
        }
        page.addSeeAlso(seeAlso)
        return page
    }

    /// The other pages of Pacer that are worth a look from every page.
    private var seeAlso: [(name: String, section: Int)] {
        [("pacer", 1), ("pacerd.yaml", 5), ("pacerd", 8)]
    }

    private static func name(_ command: ToolHelp.Command) -> String {
        command.path.joined(separator: "-")
    }

    // MARK: - Options

    private func addArguments(of command: ToolHelp.Command, to page: inout ManualPage) {
        let shown = (command.arguments ?? []).filter(\.shouldDisplay)
        let positional = shown.filter(\.isPositional)
        let options = shown.filter { !$0.isPositional }
        if !positional.isEmpty {
            page.begin("ARGUMENTS")
            positional.forEach { page.add(term: Self.term($0), Self.description($0)) }
        }
        if !options.isEmpty {
            page.begin("OPTIONS")
            options.forEach { page.add(term: Self.term($0), Self.description($0)) }
        }
    }

    /// A verb of a verb: a section of its page.
    private func add(_ command: ToolHelp.Command, to page: inout ManualPage) {
        page.begin("\"THE COMMAND \(command.path.joined(separator: " ").uppercased())\"")
        page.add(synopses(command))
        page.add(Roff.paragraphs(command.discussion ?? command.abstract ?? ""))
        for argument in (command.arguments ?? []) where argument.shouldDisplay {
            page.add(term: Self.term(argument), Self.description(argument))
        }
    }

    private static func term(_ argument: ToolHelp.Argument) -> String {
        let value = argument.valueName.map { "\\fI\(Roff.escaped($0, isCode: true))\\fR" } ?? ""
        guard !argument.isPositional else { return value + (argument.isRepeating ? " ..." : "") }
        // Short names first, as in help.
        let names = (argument.names ?? []).sorted { $0.text.utf8.count < $1.text.utf8.count }.map {
            "\\fB\(Roff.escaped($0.text, isCode: true))\\fR"
        }
        return names.joined(separator: ", ") + (argument.takesValue ? " \(value)" : "")
    }

    private static func description(_ argument: ToolHelp.Argument) -> [String] {
        var lines = [Roff.prose(argument.abstract ?? "")]
        if let more = argument.discussion { lines += Roff.paragraphs(more) }
        if let value = argument.defaultValue {
            lines.append("Default: \(Roff.escaped(value, isCode: true)).")
        }
        return lines
    }

    // MARK: - Synopsis

    private func synopses(_ command: ToolHelp.Command) -> [String] {
        let words = command.path.map { Roff.escaped($0, isCode: true) }.joined(separator: " ")
        let name = "\\fB\(words)\\fR"
        let shown = (command.arguments ?? []).filter(\.shouldDisplay)
        let hasOptions = shown.contains { !$0.isPositional }
        var parts = hasOptions ? [name, "[\\fIoptions\\fR]"] : [name]
        for argument in shown where argument.isPositional {
            if argument.parsingStrategy == "postTerminator" { parts.append("\\-\\-") }
            let term = Self.term(argument)
            parts.append(
                argument.isOptional && argument.parsingStrategy != "postTerminator" ? "[\(term)]" : term)
        }
        let own = [parts.joined(separator: " ")]
        guard !command.shown.isEmpty else { return own }
        return own + ["\(name) \\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]"]
    }
}
