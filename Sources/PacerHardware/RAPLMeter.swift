public import PacerPlatform
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// Reads RAPL energy counters through powercap.
///
/// The total is packages plus memory; cores and uncore are inside the package, and the platform domain (psys)
/// contains the packages, so they are shown but not added. AMD processors have package and core only.
/// Counts are integer microjoules until one division. See docs/operations.md for who may read them.
public final class RAPLMeter: EnergyMeter {
    /// Measured by the hardware.
    public let source = EnergySource.measured
    /// Every counter, those that do not count included.
    public let domains: [EnergyDomain]
    /// A quarter of the shortest time in which a counter can wrap, or little more for one that wraps at once.
    public let longestReadingInterval: Duration?
    private var bank: CounterBank

    private init(domains: [EnergyDomain], longestReadingInterval: Duration?, bank: CounterBank) {
        self.domains = domains
        self.longestReadingInterval = longestReadingInterval
        self.bank = bank
    }

    /// Reads every counter that counts; see ``EnergyMeter``.
    public func read(at now: Instant) -> EnergyReading { bank.read(at: now) }

    /// Packages and memory; see ``EnergyMeter``.
    public var zones: [CountedZone] { bank.zones }

    /// More than any package of today draws: what implies more power than this is not energy.
    public static let defaultPeakPower = Watts(2000)

    /// Opens every counter under `root` and takes the first reading.
    ///
    /// The reading interval is a quarter of the time in which the fastest counter wraps at `peakPower`: 2³²
    /// units of 61 µJ at 2000 W wrap in 131 s, so it is 32 s. Where that would be less than a second, the
    /// power limits that the kernel states take the place of `peakPower`.
    ///
    /// - Parameters:
    ///   - root: the powercap class folder.
    ///   - peakPower: the most that one package may draw.
    /// - Returns: `nil` without a counter that can be read, with sentences that say why and what is left out.
    public static func open(
        root: String = "/sys/class/powercap", at now: Instant, peakPower: Watts = defaultPeakPower
    ) -> (meter: RAPLMeter?, notes: [String]) {
        let found: PowercapZones
        do throws(SystemFileError) {
            found = try PowercapZones(root: root)
        } catch {
            return (nil, [absence(error)])
        }
        var notes = found.notes
        let domains = found.zones.map { zone in
            EnergyDomain(
                name: zone.name, origin: zone.folder, rangeMicrojoules: zone.rangeMicrojoules,
                countsTowardsTotal: found.countsTowardsTotal(zone))
        }
        let counted = domains.filter(\.countsTowardsTotal)
        guard !counted.isEmpty else {
            notes.append("There is no RAPL energy counter under \(root).")
            return (nil, notes)
        }
        for domain in counted {
            do throws(SystemFileError) {
                _ = try SystemFile.number("\(domain.origin)/energy_uj")
            } catch {
                guard error.isForbidden else { continue }  // it may recover; until then time is unknown
                notes.append("The energy counters exist but may be read by root only (\(error)).")
                return (nil, notes)
            }
        }
        var sources: [CounterBank.Source] = []
        var interval: Duration?
        for domain in counted {
            let bound = PowerBound(
                of: domain, stated: found.statedPower(in: domain.origin), peak: peakPower)
            sources.append(source(of: domain, bound))
            interval = min(interval ?? bound.interval, bound.interval)
            notes += bound.remark.map { [$0] } ?? []
        }
        let bank = CounterBank(sources, at: now)
        return (RAPLMeter(domains: domains, longestReadingInterval: interval, bank: bank), notes)
    }

    private static func source(of domain: EnergyDomain, _ bound: PowerBound) -> CounterBank.Source {
        let file = "\(domain.origin)/energy_uj"
        let track = CounterTrack(
            range: domain.rangeMicrojoules, peakPerSecond: bound.peak.value * 1_000_000)
        return CounterBank.Source(domain: domain, unit: .microjoule, track: track) {
            do throws(SystemFileError) {
                return try SystemFile.number(file)
            } catch {
                return nil  // reported as unknown time
            }
        }
    }

    private static func absence(_ error: SystemFileError) -> String {
        if error.isForbidden { return "The energy counters may not be read (\(error))." }
        if error.isAbsent { return "The kernel shows no energy counters: there is no \(error.path)." }
        return "The energy counters could not be listed (\(error))."
    }
}
