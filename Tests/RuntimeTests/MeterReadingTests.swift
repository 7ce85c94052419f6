import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits
import Testing

/// How often the control loop reads the energy meter.
@Suite struct MeterReadingTests {
    private func longestGap(_ readings: [Instant]) -> Seconds {
        zip(readings, readings.dropFirst()).map { $1 - $0 }.max() ?? .zero
    }

    @Test(arguments: [20, 79, 400, 999])
    func `a counter that wraps at once is read often enough, with a job and without`(interval: Int) throws {
        let meter = SteadyMeter(longestReadingInterval: .milliseconds(interval))
        let bench = Bench { $0.meter = meter }
        bench.loop.tick()
        bench.pass(30)
        _ = try bench.submit(deadline: 600)
        bench.pass(30)
        let readings = meter.readings
        #expect(readings.count >= 60_000 / interval)
        #expect(longestGap(readings) <= Seconds(Double(interval) / 1000 + 0.001))
    }

    @Test func `such readings are no events, and the machine is still looked at`() throws {
        let meter = SteadyMeter(longestReadingInterval: .milliseconds(20))
        let bench = Bench { $0.meter = meter }
        bench.loop.tick()
        bench.pass(30)
        let entries = try #require(bench.journal.entries.last)
        #expect(meter.readings.count >= 1500)
        #expect(entries.count <= 40)
        #expect(entries.count >= 25)
    }

    @Test func `what an ordinary counter asks for is a look at the machine as well`() throws {
        let meter = SteadyMeter(longestReadingInterval: .seconds(32))
        let bench = Bench { $0.meter = meter }
        bench.loop.tick()
        bench.pass(320)
        let entries = try #require(bench.journal.entries.last)
        #expect(meter.readings.count == entries.count)
        #expect(longestGap(meter.readings) <= Seconds(32.001))
    }

    @Test func `energy between two looks is that of all readings`() throws {
        let meter = SteadyMeter(longestReadingInterval: .milliseconds(50))
        let bench = Bench { $0.meter = meter }
        let job = try bench.submit(deadline: 600)
        bench.pass(20)
        let energy = try bench.loop.job(job).record.energy
        #expect(energy.unknown == .zero)
        #expect(abs(energy.machineDuringRun.value - 200) < 30)
    }
}
