import PacerPlatform
import PacerUnits

/// One zone of `/sys/class/powercap`.
struct PowercapZone: Hashable {
    /// The control type: `intel-rapl` (AMD too) or `intel-rapl-mmio`.
    let provider: String
    /// The zone's numbers from the top; sysfs writes them in hexadecimal.
    let numbers: [Int]
    /// The kernel's name: `package-0`, `dram`, `core`, `uncore`, `psys`.
    let name: String
    /// The names from the top, such as `package-0/dram`: what two providers' zones are compared by.
    let qualifiedName: String
    let folder: String
    let rangeMicrojoules: UInt64
    /// The largest of its power limits and of what they may be set to; `nil` where none is stated.
    let statedPower: Watts?

    var isPackage: Bool { numbers.count == 1 && name.hasPrefix("package") }
    var isPlatform: Bool { name == "psys" }
    var isMemory: Bool { name == "dram" }

    /// The provider and numbers in a folder name such as `intel-rapl:0:a`; `nil` for anything else, the
    /// control type's own folder `intel-rapl` included.
    static func parse(_ folderName: String) -> (provider: String, numbers: [Int])? {
        let parts = folderName.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0].hasPrefix("intel-rapl") else { return nil }
        var numbers: [Int] = []
        for part in parts.dropFirst() {
            let hexadecimal = part.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
            guard hexadecimal, let number = Int(part, radix: 16) else { return nil }
            numbers.append(number)
        }
        return (String(parts[0]), numbers)
    }
}

/// All zones under a powercap root, with sentences about those that cannot be used.
struct PowercapZones {
    private(set) var zones: [PowercapZone] = []
    private(set) var notes: [String] = []

    /// Lists the zones; duplicates that a second provider shows of the same hardware are dropped.
    init(root: String) throws(SystemFileError) {
        var found: [PowercapZone] = []
        for name in try SystemFile.names(in: root) {
            guard let (provider, numbers) = PowercapZone.parse(name) else { continue }
            do throws(SystemFileError) {
                found.append(
                    try Self.zone(provider: provider, numbers: numbers, folder: "\(root)/\(name)", root: root)
                )
            } catch {
                notes.append("The energy counter \(name) is left out: \(error).")
            }
        }
        // The register interface before the memory-mapped one, which repeats package-0.
        found.sort { ($0.provider, $0.numbers.count) < ($1.provider, $1.numbers.count) }
        for zone in found {
            let twin = zones.first {
                $0.qualifiedName == zone.qualifiedName && $0.provider != zone.provider
            }
            if twin == nil { zones.append(zone) }
        }
        zones.sort { left, right in
            if left.provider != right.provider { return left.provider < right.provider }
            return left.numbers.lexicographicallyPrecedes(right.numbers)
        }
    }

    private static func zone(
        provider: String, numbers: [Int], folder: String, root: String
    ) throws(SystemFileError) -> PowercapZone {
        let name = try SystemFile.line("\(folder)/name")
        let range = try SystemFile.number("\(folder)/max_energy_range_uj")
        guard range > 0, range <= UInt64.max / 4 else {
            throw SystemFileError(
                path: "\(folder)/max_energy_range_uj", reason: "\(range) is not a counter's range")
        }
        var names = [name]
        for depth in stride(from: numbers.count - 1, to: 0, by: -1) {
            let parent = ([provider] + numbers.prefix(depth).map { String($0, radix: 16) }).joined(
                separator: ":")
            names.insert(try SystemFile.line("\(root)/\(parent)/name"), at: 0)
        }
        return PowercapZone(
            provider: provider, numbers: numbers, name: name, qualifiedName: names.joined(separator: "/"),
            folder: folder, rangeMicrojoules: range, statedPower: statedPower(folder))
    }

    /// Zero and what cannot be read state nothing: firmware leaves many of them empty.
    private static func statedPower(_ folder: String) -> Watts? {
        guard let names = try? SystemFile.names(in: folder) else { return nil }
        let limits = names.filter { name in
            name.hasPrefix("constraint_")
                && (name.hasSuffix("_max_power_uw") || name.hasSuffix("_power_limit_uw"))
        }
        let stated = limits.compactMap { try? SystemFile.number("\(folder)/\($0)") }.max() ?? 0
        return stated > 0 ? Watts(Double(stated) / 1_000_000) : nil
    }

    /// What the zone in `folder` may draw as far as it is stated: by its own limits, else by its package's.
    func statedPower(in folder: String) -> Watts? {
        guard let zone = zones.first(where: { $0.folder == folder }) else { return nil }
        if let own = zone.statedPower { return own }
        return zones.first {
            $0.provider == zone.provider && $0.isPackage && $0.numbers.first == zone.numbers.first
        }?.statedPower
    }

    /// Whether a zone is part of the machine's total: packages and memory; the platform only where it is all
    /// there is, because it contains the packages.
    func countsTowardsTotal(_ zone: PowercapZone) -> Bool {
        if zone.isPackage || zone.isMemory { return true }
        return zone.isPlatform && !zones.contains(where: \.isPackage)
    }
}
