@testable import PacerConfig
import PacerReplay

/// What people write in YAML: the first byte chooses the kind of file.
@Sendable func readConfiguration(_ input: [UInt8]) {
    guard let (selector, bytes) = input.choice else { return }
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    accepting {
        switch selector % 4 {
        case 0:
            let defaults = DaemonConfiguration.defaults(
                forRoot: true, environment: [:], userID: 0)
            _ = try DaemonConfiguration.parse(text, file: "/etc/pacerd.yaml", defaults: defaults)
        case 1: _ = try PolicyFile.parse(text, file: "/policies/fuzz.yaml")
        case 2: _ = try ScenarioFile.parse(text, file: "/scenarios/fuzz.yaml")
        default: try readDescription(text)
        }
    }
}

/// What was read of a machine can be written, and what was written can be read.
private func readDescription(_ text: String) throws {
    let description = try MachineDescriptionFile.parse(text, file: "/machines/fuzz.yaml")
    _ = ReplayMachine(description, cores: 3)
    let written = MachineDescriptionFile.text(description)
    do {
        _ = try MachineDescriptionFile.parse(written, file: "/machines/fuzz.yaml")
    } catch {
        preconditionFailure("a description that was written cannot be read: \(error)\n\(written)")
    }
}
