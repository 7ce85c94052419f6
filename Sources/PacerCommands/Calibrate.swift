import ArgumentParser
import FoundationEssentials
import Glibc
import PacerAPI

struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what this machine draws, and writes it down for the daemon.",
        discussion: """
            Keeps one, half and all of the cores busy at each frequency in turn, reads the energy counter, \
            and fits the power model that planning starts from. Takes about three minutes. Leave the machine \
            alone meanwhile, and stop pacerd: it would be measured too. Every knob is put back in any case.

              sudo pacer calibrate
              sudo pacer calibrate --quick --output /tmp/bench.yaml
              pacer calibrate --machine emulated --profile server

            Daemons load /etc/pacer/machine.yaml at their next start. A description of another machine is \
            not used. Without an energy counter there is nothing to calibrate with.
            """)

    enum Choice: String, ExpressibleByArgument, CaseIterable {
        case auto
        case emulated
    }

    @Option(help: "Which machine: auto is this one, emulated is a profile whose truth is known.")
    var machine = Choice.auto

    @Option(help: ArgumentHelp("The machine to emulate: a name or a file.", valueName: "name"))
    var profile: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to write the description. Default: where daemons look for it; of an emulated machine none "
                + "is written.", valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "The daemon's configuration file. Default for root: /etc/pacer/pacerd.yaml, if it is there.",
            valueName: "file"))
    var config: String?

    @Flag(help: "Half a minute instead of three: fewer frequencies, shorter windows.")
    var quick = false

    @Flag(help: "Replace the file, and go on beside programs that set the same knobs.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        guard profile == nil || machine == .emulated else {
            throw CommandFailure(.usage, "--profile is of emulated machines: add --machine emulated")
        }
        let signals = SignalWatch()
        let display = ProgressDisplay(isQuiet: false)
        let child = try CalibrationChild(options)
        defer { child.close() }
        let view = try follow(child, signals, display)
        if json { return try Console.say(json: view) }
        for line in CalibrationReport(view).lines(style: Terminal(1).style) { Console.say(line) }
    }

    private var options: [String] {
        var options: [String] = []
        if machine == .emulated { options += ["--emulate", profile ?? "desktop"] }
        if let output { options += ["--output", Self.absolute(output)] }
        if let config { options += ["--configuration-file", Self.absolute(config)] }
        return options + (quick ? ["--quick"] : []) + (force ? ["--force"] : [])
    }

    /// Shows what is measured until it is done; Ctrl-C asks for the end and waits for it.
    private func follow(
        _ child: CalibrationChild, _ signals: SignalWatch, _ display: ProgressDisplay
    ) throws -> CalibrationView {
        defer { display.clear() }
        while true {
            if signals.take() > 0 { child.interrupt() }
            switch try child.message(withinMs: 100) {
            case .waiting: continue
            case .said(.progress(let doing, let done, let total, let leftS)):
                let share = Double(done) / Double(total)
                let text =
                    "calibrating | \(doing) | \(Bar.of(share, width: 20)) | "
                    + "\(Words.length(max(1, leftS.rounded()))) left"
                display.show(text, key: "\(Int(share * 10))", nowNs: Clock.nowUnixNs)
            case .said(.finished(let view)): return view
            case .said(.failed(let exitCode, let sentence)):
                display.note("pacer: \(sentence)")
                throw CommandEnd(code: exitCode)
            case .ended(let status):
                throw CommandFailure(
                    .internalFailure, "pacerd ended with status \(status) and did not say why")
            }
        }
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
