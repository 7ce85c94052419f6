import ArgumentParser
import Glibc
import PacerAPI
import PacerConfig
import PacerModels
import PacerPlatform
import PacerRuntime
import PacerUnits

/// `pacerd calibrate`: what `pacer calibrate` runs. It writes JSON, one message a line, on standard output.
struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures a machine for pacer(1), which shows what comes of it.", shouldDisplay: false)

    /// Named otherwise than the daemon's own options, which would take them.
    @Option var configurationFile: String?
    @Option var caller: Int32?
    @Option var emulate: String?
    @Option var output: String?
    @Option var folder: String
    @Flag var quick = false
    @Flag var force = false

    func run() throws {
        // Before any thread is made.
        let interrupt = Interrupt()
        signal(SIGPIPE, SIG_IGN)
        do throws(CalibrationFailure) {
            // The parent may be gone already; then nobody is left to measure for either.
            guard ParentProcess.endsThis(numbered: caller) else { throw CalibrationFailure.interrupted }
            try say(.finished(try calibrate(interrupt)))
        } catch {
            try say(.failed(exitCode: error.exitCode, sentence: error.sentence))
            throw ExitCode(error.exitCode)
        }
    }

    private func calibrate(_ interrupt: Interrupt) throws(CalibrationFailure) -> CalibrationView {
        let time = SystemTime()
        let installation = Installation.located()
        let order = CalibrationOrder(
            emulatedProfile: emulate, output: output, isQuick: quick, isForced: force, folder: folder)
        let configuration: DaemonConfiguration
        do throws(ConfigurationError) {
            configuration = try installation.configuration(file: configurationFile)
        } catch {
            throw CalibrationFailure(.data, error.description)
        }
        let site = try CalibrationSite(
            order, configuration: configuration, installation: installation, time: time)
        let calibrator = Calibrator(
            site.hardware, executor: site.executor, workload: site.workload, folder: folder, time: time,
            interrupt: interrupt)
        let outcome = measure(site.hardware.facts.machine, with: calibrator, time: time)
        let failures = calibrator.close()
        guard failures.isEmpty else {
            throw CalibrationFailure(
                .inputOutput, "the machine could not be left as it was: \(failures.joined(separator: "; "))")
        }
        let finding = CalibrationFinding(
            try outcome.get(), facts: site.hardware.facts, meter: site.hardware.meter,
            notes: calibrator.notes)
        if let path = site.output {
            let name = DescriptionFile.name(of: path)
            try DescriptionFile.write(
                finding.description(named: name, date: time.date), to: path, makesFolder: output == nil)
        }
        return finding.view(output: site.output)
    }

    /// Measures everything; the failure is a value, so that the machine is put back in between.
    private func measure(
        _ machine: Machine, with calibrator: Calibrator, time: SystemTime
    ) -> Result<CalibrationFinding.Measured, CalibrationFailure> {
        do throws(CalibrationFailure) {
            let boost = machine.domains.compactMap { domain in
                domain.operatingPoints.last.flatMap { $0.isBoost ? $0.frequency : nil }
            }
            let plan = CalibrationPlan(
                cores: machine.coreCount, frequencies: machine.frequencies,
                // Only where every core has the same: the others would refuse it.
                boost: boost.count == machine.domains.count && Set(boost).count == 1 ? boost[0] : nil,
                isQuick: quick, seed: 1)
            let start = time.now
            var windows: [CalibrationWindow] = []
            for (index, point) in plan.points.enumerated() {
                try report(plan, index, point, elapsed: time.now - start)
                windows.append(
                    try calibrator.measure(point, settling: plan.settling, window: plan.window(of: point)))
            }
            let latency = try calibrator.transitionLatency()
            guard let fit = CalibrationFit(windows) else {
                throw CalibrationFailure(.inputOutput, "the energy counters showed no energy")
            }
            return .success(
                CalibrationFinding.Measured(
                    windows: windows, fit: fit, latency: latency,
                    declaredLatency: calibrator.declaredLatency(), duration: time.now - start))
        } catch {
            return .failure(error)
        }
    }

    /// What is left takes as much longer than planned as what is done did.
    private func report(
        _ plan: CalibrationPlan, _ index: Int, _ point: CalibrationPoint, elapsed: Seconds
    ) throws(CalibrationFailure) {
        let left = plan.length(from: index)
        let done = plan.length(from: 0) - left
        let stretch = done > .zero ? elapsed / done : 1
        try say(
            .progress(
                doing: CalibrationWords.point(point), done: index, total: plan.points.count,
                leftS: left.value * stretch))
    }

    /// Whoever listens may have gone: then there is nobody to measure for.
    private func say(_ message: CalibrationMessage) throws(CalibrationFailure) {
        let bytes: [UInt8]
        do throws(WireError) {
            bytes = try WireJSON.encode(message)
        } catch {
            throw CalibrationFailure(.internalFailure, error.description)
        }
        var rest = (bytes + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else {
                throw CalibrationFailure(.inputOutput, "nobody reads what is measured")
            }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
