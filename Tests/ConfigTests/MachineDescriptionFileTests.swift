import Glibc
import PacerConfig
import PacerModels
import PacerUnits
import Testing

@Suite struct MachineDescriptionFileTests {
    @Test func `every value of a machine description arrives`() throws {
        let machine = try MachineDescriptionFile.parse(soundMachine, file: "bench.yaml")
        #expect(machine.name == "bench")
        #expect(machine.cores == 8)
        #expect(machine.coresPerDomain == 2)
        #expect(machine.frequencies.map(\.kilohertz) == [800_000, 1_600_000, 2_400_000])
        #expect(machine.boostFrequencies.map(\.kilohertz) == [3_000_000])
        let power = PowerModel(idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
        #expect(machine.power == power)
        #expect(machine.counterRangeMicrojoules == 262_143_328_850)
    }

    @Test func `boost and domains may be left out, and the units may be typed in ASCII`() throws {
        let text = soundMachine.replacingLine("boost:", with: nil).replacingLine(
            "cores-per-domain:", with: nil
        )
        .replacingLine("counter-range:", with: "counter-range: 65712999613 uJ")
        let machine = try MachineDescriptionFile.parse(text, file: "bench.yaml")
        #expect(machine.boostFrequencies.isEmpty)
        #expect(machine.coresPerDomain == nil)
        #expect(machine.counterRangeMicrojoules == 65_712_999_613)
    }

    @Test(
        arguments: [
            (
                line: "cores: many", place: "3:8",
                says: "'cores' must be a whole number from 1 to 4096, not 'many'"
            ),
            ("cores-per-domain: 3", "4:19", "8 cores do not divide into domains of 3"),
            (
                "frequencies: [800, 1600]", "5:15",
                "'frequencies' must be a frequency with its unit, e.g. 2.4 GHz"
            ),
            ("frequencies: [2.4 GHz, 800 MHz]", "5:14", "ascending"),
            ("frequencies: []", "5:14", "a machine runs at one frequency at least"),
            ("boost: [2.4 GHz]", "6:8", "each is above the highest of 'frequencies', 2.4 GHz"),
            (
                "power: 8 W", "7:8",
                "'power' must be a mapping with the keys idle, uncore, cubic, linear, constant"
            ),
            (
                "power: { idle: 8, uncore: 6 W }", "7:16",
                "'power.idle' must be a power of at least 0 with its unit"
            ),
            ("power: { idle: 8 W, uncore: 6 W }", "7:8", "missing key 'power.cubic'"),
            (
                "power: { idle: 8 W, uncore: 6 W, cubic: 0.25 W/GHz }", "7:41",
                "with the unit W/GHz^3 or W/GHz³"
            ),
            ("power: { idle: -1 W, uncore: 6 W }", "7:16", "not '-1 W'"),
            ("power: { ilde: 8 W }", "7:10", "unknown key 'power.ilde'; did you mean 'idle'?"),
            ("counter-range: 262143328850", "8:16", "a whole number of microjoules with the unit"),
            ("counter-range: 1.5 µJ", "8:16", "a whole number of microjoules with the unit"),
        ])
    func `a bad value is refused where it stands, with what the key takes`(
        line: String, place: String, says: String
    ) {
        let key = line.prefix { $0 != ":" } + ":"
        let text = soundMachine.replacingLine(String(key), with: line)
        let error = failure { () throws(ConfigurationError) in
            try MachineDescriptionFile.parse(text, file: "bench.yaml")
        }
        #expect(error?.description.hasPrefix("bench.yaml:\(place): ") == true, "\(String(describing: error))")
        #expect(error?.sentence.contains(says) == true, "\(String(describing: error))")
    }

    @Test(
        .enabled(
            if: access("\(repositoryRoot)/Sources/pacerd/Support/machines/desktop.yaml", R_OK) == 0,
            "Sources/pacerd/Support/machines is not there"),
        arguments: ["server", "desktop", "small-board"])
    func `every machine that comes with Pacer loads`(name: String) throws {
        let directory = "\(repositoryRoot)/Sources/pacerd/Support/machines"
        let machine = try MachineDescriptionFile.load(path: "\(directory)/\(name).yaml")
        #expect(machine.frequencies.count > 1)
        #expect(machine.power.idle > .zero)
    }
}
