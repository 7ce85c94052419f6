import PacerModels
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerHardware

private let slow = Hertz(1e9)
private let fast = Hertz(2e9)
private let job = JobID(7)

@Suite struct EmulatedMachineTests {
    private let clock = TestClock()
    private let load = Box<[JobLoad]>([])
    private let throttled = Box<[String]>([])

    /// Core power is 1 W at 1 GHz and 8 W at 2 GHz.
    private func machine(
        uncore: Double = 4, coresPerDomain: Int? = 1, range: UInt64 = 262_143_328_850, cores count: Int = 2
    ) -> EmulatedMachine {
        let description = MachineDescription(
            name: "test", summary: "", frequencies: [fast, slow], boostFrequencies: [],
            coresPerDomain: coresPerDomain, cores: 8,
            power: PowerModel(idle: Watts(10), uncore: Watts(uncore), cubic: 1, linear: 0, constant: 0),
            counterRangeMicrojoules: range)
        let hostCores = (0..<count).map { number in
            Core(id: CoreID(number), cpus: [CPUID(number)], package: PackageID(0))
        }
        let machine = EmulatedMachine(
            description: description, cores: hostCores, clock: { [clock] in clock.now }, unixSeconds: { 42 })
        machine.loads = { [load] in load.value }
        machine.throttle = { [throttled] job, share, cores throws(PortError) in
            throttled.value.append("job \(job): \(Int(share * 100)) % of \(cores)")
            return "quota"
        }
        return machine
    }

    private func use(_ seconds: [Double], job: JobID = job) {
        let times = seconds.enumerated().map { (CPUID($0.offset), Seconds($0.element)) }
        load.value.removeAll { $0.job == job }
        load.value.append(JobLoad(job: job, perCPU: Dictionary(uniqueKeysWithValues: times)))
    }

    @Test func `an idle machine draws its idle power`() {
        let machine = machine()
        #expect(machine.read(at: at(3)) == .init(at: at(3), total: Joules(30), unknown: .zero))
        #expect(machine.source == .emulated)
    }

    @Test func `a core is busy as long as its frequency makes it, and never longer than there was`() throws {
        let machine = machine()
        _ = try machine.hold(slow, domain: DomainID(0), reason: .policy)
        try machine.jobStarted(job, cores: [CoreID(0), CoreID(1)])
        use([0.4, 0.4])
        let busy = machine.busyTime(at: at(1))
        #expect(busy == [CoreID(0): Seconds(0.8), CoreID(1): Seconds(0.4)])
        #expect(machine.read(at: at(1)).total == Joules(10 + 4 * 0.8 + 0.8 * 1 + 0.4 * 8))
        use([1.6, 0.4])
        #expect(machine.busyTime(at: at(2))[CoreID(0)] == Seconds(1.8))
    }

    @Test func `a busy core adds its power and the uncore's`() throws {
        let machine = machine()
        try machine.jobStarted(job, cores: [CoreID(0)])
        use([1, 0])
        #expect(machine.read(at: at(1)).total == Joules(10 + 4 + 8))
        #expect(machine.trueEnergy(of: job) == Joules(8))
    }

    @Test func `the uncore follows the busiest core`() throws {
        let machine = machine()
        try machine.jobStarted(job, cores: [CoreID(0), CoreID(1)])
        use([0.5, 0.25])
        #expect(machine.read(at: at(1)).total == Joules(10 + 2 + 4 + 2))
    }

    @Test func `half the frequency is half the quota and still a busy core`() throws {
        let machine = machine()
        try machine.jobStarted(job, cores: [CoreID(0)])
        #expect(try machine.hold(slow, domain: DomainID(0), reason: .policy) == slow)
        #expect(throttled.value == ["job 7: 50 % of 1"])
        clock.advance(2)
        use([1, 0])
        #expect(machine.read(at: clock.now).total == Joules(2 * (10 + 4 + 1)))
        var sample = JobSample(at: clock.now)
        sample.busyTime = Seconds(1)
        sample.userTime = Seconds(0.75)
        sample.runQueueDelay = Seconds(1.25)
        let rescaled = machine.rescale(sample, of: job)
        #expect(rescaled.busyTime == Seconds(2))
        #expect(rescaled.userTime == Seconds(1.5))
        #expect(rescaled.runQueueDelay == Seconds(0.25))
        #expect(machine.emulatedBusy(Seconds(1), at: slow) == Seconds(2))
    }

    @Test func `a change of frequency splits the interval where it happened`() throws {
        let machine = machine()
        try machine.jobStarted(job, cores: [CoreID(0)])
        clock.advance(1)
        use([1])
        _ = try machine.hold(slow, domain: DomainID(0), reason: .policy)
        clock.advance(1)
        use([1.5])
        try machine.release(DomainID(0), reason: .policy)
        clock.advance(1)
        use([2.5])
        #expect(machine.read(at: clock.now).total == Joules(22 + 15 + 22))
        #expect(machine.trueEnergy(of: job) == Joules(8 + 1 + 8))
        var sample = JobSample(at: clock.now)
        sample.busyTime = Seconds(2.5)
        #expect(machine.rescale(sample, of: job).busyTime == Seconds(3))
        #expect(throttled.value == ["job 7: 50 % of 1", "job 7: 100 % of 1"])
    }

    @Test func `jobs get the share of where they start and move to`() throws {
        let machine = machine(cores: 4)
        _ = try machine.hold(slow, domain: DomainID(0), reason: .policy)
        try machine.jobStarted(job, cores: [CoreID(2)])
        #expect(throttled.value.isEmpty)
        try machine.jobMoved(job, to: [CoreID(0), CoreID(1)])
        try machine.jobStarted(JobID(8), cores: [CoreID(0)])
        try machine.jobMoved(job, to: [CoreID(0), CoreID(1), CoreID(2), CoreID(3)])
        try machine.jobMoved(job, to: [CoreID(1)])
        #expect(
            throttled.value == [
                "job 7: 75 % of 2", "job 8: 50 % of 1", "job 7: 87 % of 4", "job 7: 100 % of 1",
            ])
        machine.jobEnded(JobID(8))
        try machine.release(DomainID(0), reason: .policy)
        #expect(throttled.value.count == 4)
    }

    @Test func `a hold that a job cannot be slowed to does not take place`() throws {
        let machine = machine(coresPerDomain: nil)
        try machine.jobStarted(JobID(1), cores: [CoreID(0)])
        try machine.jobStarted(JobID(2), cores: [CoreID(1)])
        machine.throttle = { [throttled] job, share, _ throws(PortError) in
            if job == JobID(2) { throw PortError(.failed, "write the quota", reason: "no space") }
            throttled.value.append("\(job): \(share)")
            return ""
        }
        let error = #expect(throws: PortError.self) {
            try machine.hold(slow, domain: DomainID(0), reason: .policy)
        }
        #expect(error?.reason == "could not write the quota: no space")
        #expect(throttled.value == ["1: 0.5", "1: 1.0"])
        #expect(try machine.knobs().map(\.owner) == [.system])
        machine.throttle = { _, _, _ throws(PortError) in
            throw PortError(.notPresent, "slow it", reason: "ended")
        }
        #expect(try machine.hold(slow, domain: DomainID(0), reason: .policy) == slow)
    }

    @Test func `frequencies and domains that are not there are refused`() {
        let machine = machine()
        #expect(throws: PortError.self) {
            try machine.hold(Hertz(3e9), domain: DomainID(0), reason: .policy)
        }
        #expect(throws: PortError.self) { try machine.hold(slow, domain: DomainID(5), reason: .policy) }
    }

    @Test func `knobs tell who set what`() throws {
        let machine = machine()
        _ = try machine.hold(slow, domain: DomainID(1), reason: .userRequest)
        let knobs = try machine.knobs()
        #expect(knobs.map(\.now) == ["2000000", "1000000"])
        #expect(knobs[0].owner == .system && knobs[0].original == nil)
        #expect(knobs[1].owner == .pacer && knobs[1].original == "2000000" && knobs[1].reason == .userRequest)
        #expect(knobs[1].since == 42)
    }

    @Test func `the counter wraps and nothing is lost, however seldom it is read`() throws {
        let machine = machine(range: 1_000_003)
        for step in 1...100 { _ = machine.read(at: at(Double(step) * 0.033)) }
        #expect(machine.read(at: at(3.3)).total == Joules(33))
        #expect(machine.read(at: at(1003.3)).total == Joules(10033))
        #expect(machine.counter.microjoules == 10_033_000_000 % 1_000_003)
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `jobs and idle add up to the counter to the microjoule`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let machine = machine(uncore: 0, range: 50_000_017)
        let jobs = [JobID(1), JobID(2), JobID(3)]
        var used = [[Double]](repeating: [0, 0], count: 3)
        for job in jobs { try machine.jobStarted(job, cores: [CoreID(0), CoreID(1)]) }
        for _ in 0..<2000 {
            let length = Double.random(in: 0.0001...0.7, using: &generator)
            clock.advance(length)
            for index in jobs.indices {
                for cpu in 0..<2 { used[index][cpu] += Double.random(in: 0...length / 6, using: &generator) }
                use(used[index], job: jobs[index])
            }
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                _ = try machine.hold(
                    slow, domain: DomainID(Int.random(in: 0...1, using: &generator)), reason: .policy)
            case 1: try machine.release(DomainID(Int.random(in: 0...1, using: &generator)), reason: .policy)
            default: _ = machine.read(at: clock.now)
            }
        }
        let total = machine.read(at: clock.now).total
        let idle = Watts(10) * (clock.now - .zero)
        let spent = jobs.map(machine.trueEnergy).total()
        #expect(abs((total - idle - spent).value) < 2e-6, "seed \(seed)")
        #expect(machine.overrun == .zero)
    }

    @Test func `bursts of a quota cost the same however often they are looked at`() throws {
        // 50 ms of full speed, 50 ms of waiting, as a quota of one half does.
        func total(readings perPeriod: Int) throws -> Joules {
            clock.now = .zero
            load.value = []
            let machine = machine()
            try machine.jobStarted(job, cores: [CoreID(0)])
            _ = try machine.hold(slow, domain: DomainID(0), reason: .policy)
            for period in 0..<50 {
                for part in 1...perPeriod {
                    let phase = 0.1 * Double(part) / Double(perPeriod)
                    clock.now = at(Double(period) * 0.1 + phase)
                    use([Double(period) * 0.05 + min(phase, 0.05)])
                    _ = machine.read(at: clock.now)
                }
            }
            #expect(machine.overrun == .zero)
            return machine.read(at: clock.now).total
        }
        let once = try total(readings: 1)
        #expect(abs((once - Joules(5 * 15)).value) < 1e-5)
        #expect(abs((try total(readings: 7) - once).value) < 1e-5)
    }

    @Test func `a job that is not slowed is told by the overrun and not paid twice`() throws {
        let machine = machine()
        try machine.jobStarted(job, cores: [CoreID(0)])
        _ = try machine.hold(slow, domain: DomainID(0), reason: .policy)
        clock.advance(10)
        use([10])
        #expect(machine.read(at: clock.now).total == Joules(150))
        #expect(abs(machine.overrun.value - 9.8) < 1e-9)
    }

    @Test func `time used before a job was adopted is not counted`() throws {
        let machine = machine()
        use([100])
        try machine.jobAdopted(job, cores: [CoreID(0)])
        #expect(throttled.value == ["job 7: 100 % of 1"])
        clock.advance(1)
        use([100])
        _ = machine.read(at: clock.now)
        clock.advance(1)
        use([100.5])
        #expect(machine.read(at: clock.now).total == Joules(10 + 10 + 2 + 4))
    }

    @Test func `an ended job keeps its account until it is forgotten`() throws {
        let machine = machine()
        try machine.jobStarted(job, cores: [CoreID(0)])
        clock.advance(1)
        use([1])
        machine.jobEnded(job)
        load.value = []
        #expect(machine.read(at: at(2)).total == Joules(22 + 10))
        #expect(machine.trueEnergy(of: job) == Joules(8))
        machine.forget(job)
        #expect(machine.trueEnergy(of: job) == .zero)
    }

    @Test func `domains are as wide as described and the summary says what is emulated`() throws {
        #expect(machine(coresPerDomain: nil, cores: 4).frequencyDomains.map(\.cores.count) == [4])
        let machine = machine(coresPerDomain: 2, cores: 5)
        #expect(machine.frequencyDomains.map(\.id) == [DomainID(0), DomainID(2), DomainID(4)])
        #expect(machine.frequencyDomains.map(\.cores.count) == [2, 2, 1])
        try machine.jobStarted(job, cores: [CoreID(0)])
        _ = try machine.hold(slow, domain: DomainID(0), reason: .policy)
        #expect(
            machine.summary
                == "emulated machine 'test': 2 frequencies in 3 domains; a job at frequency f may use "
                + "f/2 GHz of its cores' time (quota)")
        // 262 kJ at 10 + 4 + 5·8 = 54 W, a quarter of it.
        #expect(machine.longestReadingInterval.map { $0 > .seconds(1213) && $0 < .seconds(1214) } == true)
    }
}

@Suite struct ModelMeterTests {
    @Test func `energy is computed from the model at the frequency each core has`() {
        let load = Box<[JobLoad]>([])
        let model = PowerModel(idle: Watts(10), uncore: Watts(4), cubic: 1, linear: 0, constant: 0)
        let meter = ModelMeter(
            model: model, name: "test", cores: cores("0,2", "1,3"),
            frequency: { $0 == CoreID(0) ? slow : fast }, at: .zero)
        meter.loads = { load.value }
        meter.jobStarted(job)
        load.value = [JobLoad(job: job, perCPU: [CPUID(2): Seconds(1), CPUID(1): Seconds(0.5)])]
        #expect(meter.read(at: at(1)).total == Joules(10 + 4 + 1 + 4))
        #expect(meter.source == .modelled)
        #expect(meter.longestReadingInterval == nil)
        meter.jobEnded(job, at: at(2))
        #expect(meter.read(at: at(2)).total == Joules(29))
    }
}
