@testable import PacerHardware
import PacerPlatform
@testable import PacerProcess

/// Files of procfs and sysfs: the first byte chooses which.
@Sendable func readKernelText(_ input: [UInt8]) {
    guard let (selector, bytes) = input.choice else { return }
    let text = bytes.text
    switch selector % 5 {
    case 0:
        let halves = text.split(separator: "\0", maxSplits: 1)
        _ = CgroupMounts(
            mounts: String(halves.first ?? ""), membership: String(halves.count > 1 ? halves[1] : ""))
    case 1:
        guard let set = CPUSet(parsing: text) else { return }
        precondition(CPUSet(parsing: set.description) == set, "a set is not what it says")
        accepting { _ = try AffinityMask(set).cpus }
    case 2: _ = PowercapZone.parse(text)
    case 3: bytes.withUnsafeBufferPointer(scan)
    default: _ = strictUnsigned(text[...])
    }
}

/// As /proc/PID/stat and /proc/PID/status are read.
private func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
    var scanner = ByteScanner(bytes)
    if scanner.skip(pastLast: UInt8(ascii: ")")) {
        scanner.skip(fields: 9)
        for _ in 0..<6 { _ = scanner.number() }
    }
    scanner = ByteScanner(bytes)
    if scanner.skip(past: "\nState:") { _ = scanner.character() }
    if scanner.skip(past: "\nvoluntary_ctxt_switches:") { _ = scanner.number() }
    if scanner.skip(past: "nonvoluntary_ctxt_switches:") { _ = scanner.number() }
}
