import CPacerShims
import Glibc
public import PacerPlatform
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// Reads RAPL energy through the kernel's perf events of the `power` PMU, for machines whose kernel has no
/// powercap driver.
///
/// The kernel widens the counters to 64 bits, so they do not wrap; one count is `scale` joules (2⁻³² J).
public final class PerfMeter: EnergyMeter {
    /// Measured by the hardware.
    public let source = EnergySource.measured
    /// One event a package, and one for its memory where the processor counts it.
    public let domains: [EnergyDomain]
    /// The counters do not wrap.
    public let longestReadingInterval: Duration? = nil
    private var bank: CounterBank

    private init(domains: [EnergyDomain], bank: CounterBank) {
        self.domains = domains
        self.bank = bank
    }

    /// Reads every counter that counts; see ``EnergyMeter``.
    public func read(at now: Instant) -> EnergyReading { bank.read(at: now) }

    /// Packages and memory; see ``EnergyMeter``.
    public var zones: [CountedZone] { bank.zones }

    /// Opens an event for each package and its memory and takes the first reading.
    ///
    /// - Parameter root: the PMU's folder.
    /// - Returns: `nil` without events that can be opened, with sentences that say why.
    public static func open(
        root: String = "/sys/bus/event_source/devices/power", at now: Instant
    ) -> (meter: PerfMeter?, notes: [String]) {
        open(root: root, at: now, opening: openEvent)
    }

    /// Opens a counter: the PMU's type, the event's code, the CPU it is read on. Returns its reader.
    typealias EventOpener = (UInt32, UInt64, CPUID) throws(PortError) -> () -> UInt64?

    static func open(
        root: String, at now: Instant, opening: EventOpener
    ) -> (meter: PerfMeter?, notes: [String]) {
        var notes: [String] = []
        do {
            let type = try SystemFile.number("\(root)/type")
            let mask = try SystemFile.line("\(root)/cpumask")
            guard let type = UInt32(exactly: type), let cpus = CPUSet(parsing: mask), !cpus.isEmpty else {
                return (nil, ["The perf energy events are not usable: their type or CPU list is malformed."])
            }
            var sources: [CounterBank.Source] = []
            for (event, name) in [("energy-pkg", "package"), ("energy-ram", "dram")] {
                guard SystemFile.exists("\(root)/events/\(event)") else { continue }
                let (code, scale) = try description(of: event, root: root)
                for cpu in cpus.cpus {
                    let domain = EnergyDomain(
                        name: name, origin: "perf power/\(event)/ on \(cpu)", rangeMicrojoules: .max,
                        countsTowardsTotal: true)
                    let peak = RAPLMeter.defaultPeakPower.value / scale
                    sources.append(
                        CounterBank.Source(
                            domain: domain, unit: .joules(scale),
                            track: CounterTrack(range: nil, peakPerSecond: peak),
                            read: try opening(type, code, cpu)))
                }
            }
            guard sources.contains(where: { $0.domain.name == "package" }) else {
                return (nil, ["The perf energy events do not include the packages."])
            }
            return (PerfMeter(domains: sources.map(\.domain), bank: CounterBank(sources, at: now)), notes)
        } catch let error as SystemFileError {
            notes.append(
                error.isAbsent
                    ? "The kernel shows no perf energy events either."
                    : "The perf energy events are not usable (\(error)).")
        } catch {
            notes.append("The perf energy events are not usable: \(error).")
        }
        return (nil, notes)
    }

    /// The code and the joules per count of an event, from `event=0x02` and its `.scale` file.
    private static func description(
        of event: String, root: String
    ) throws(SystemFileError) -> (code: UInt64, scale: Double) {
        let file = "\(root)/events/\(event)"
        let line = try SystemFile.line(file)
        guard line.hasPrefix("event=0x"), let code = UInt64(line.dropFirst(8), radix: 16) else {
            throw SystemFileError(path: file, reason: "'\(line.prefix(32))' is not an event code")
        }
        let text = try SystemFile.line("\(file).scale")
        guard let scale = Double(text), scale > 0, scale < 1 else {
            throw SystemFileError(path: "\(file).scale", reason: "'\(text.prefix(32))' is not a scale")
        }
        return (code, scale)
    }

    private static func openEvent(
        _ type: UInt32, _ code: UInt64, _ cpu: CPUID
    ) throws(PortError) -> () -> UInt64? {
        let descriptor = pacer_perf_open(type, code, -1, Int32(cpu.number), 0)
        guard descriptor >= 0 else {
            let denied = descriptor == -EACCES || descriptor == -EPERM
            throw PortError(
                denied ? .notPermitted : .notPresent, "open the energy event on \(cpu)",
                reason: String(cString: strerror(-descriptor)))
        }
        let file = OwnedDescriptor(descriptor)
        return {
            var reading = pacer_perf_reading()
            return pacer_perf_read(file.number, &reading) == 0 ? reading.value : nil
        }
    }
}

/// A file descriptor that is closed with its last owner.
final class OwnedDescriptor {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}
