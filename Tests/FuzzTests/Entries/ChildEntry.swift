import PacerAPI
import PacerOptimizer
import PacerPlatform
import PacerUnits
@testable import PacerHardware
@testable import PacerProcess

/// What the programs say that Pacer starts: keeper, shepherd, solver and calibration. The first byte chooses.
@Sendable func readChild(_ input: [UInt8]) {
    guard let (selector, bytes) = input.choice else { return }
    let text = bytes.text
    accepting {
        switch selector % 6 {
        case 0: try readKeeper(text)
        case 1: try readDomains(text)
        case 2:
            guard case .ended(let record)? = ShepherdMessage(line: text[...]) else { return }
            _ = record.report(now: Instant(nanoseconds: 1_790_000_000_000_000_000))
        case 3:
            _ = EndRecord(parsing: text)?.report(now: Instant(nanoseconds: 1_790_000_000_000_000_000))
        case 4: _ = LinearProgramText.answer(text, rows: 3)
        default: _ = try WireJSON.decode(CalibrationMessage.self, from: bytes)
        }
    }
}

private func readKeeper(_ text: String) throws {
    for line in text.split(separator: "\n").map(String.init) {
        if case .done(let rest)? = try KeeperReply.ending(line) {
            accepting { try KeeperReply.checkHello(rest) }
            accepting { _ = try KeeperReply.count(rest) }
            accepting { _ = try KeeperReply.limits(rest) }
        }
        accepting { _ = try KeeperReply.policy(line) }
        accepting { _ = try KeeperReply.knob(line) }
    }
}

/// A machine of four cores with two threads each, and the policies that the keeper tells of it.
private func readDomains(_ text: String) throws {
    var policies: [KeeperDomain] = []
    for line in text.split(separator: "\n").map(String.init) {
        policies.append(try KeeperReply.domain(line))
    }
    let cores = (0..<4).map { Core(id: CoreID($0), cpus: [CPUID($0), CPUID($0 + 4)], package: PackageID(0)) }
    let domains = FrequencyDomains(cores: cores, policies: policies)
    let machine = Machine(
        name: "fuzz", cores: cores, domains: domains.domains, energySource: .measured)
    _ = machine.frequencies
}
