import Glibc
import PacerConfig
import PacerPolicies
import PacerScheduling
import Testing

@Suite struct PolicyFileTests {
    @Test func `every policy that comes with Pacer loads, and the directory is sorted by name`() throws {
        let policies = try PolicyDirectory.load(path: "\(repositoryRoot)/policies")
        #expect(policies.count >= 10)
        #expect(policies.map(\.name) == policies.map(\.name).sorted())
        #expect(policies.contains { $0.name == "minimum-energy" && $0.mix == .twoConfigurations })
        #expect(
            policies.contains { $0.name == "race-to-idle" && $0.cores == .widest && $0.frequency == .highest }
        )
        for governor in GridPolicy.Governor.allCases {
            #expect(policies.contains { $0.frequency == .governor(governor) })
        }
        #expect(policies.allSatisfy { !$0.references.isEmpty })
        for queue in QueueDiscipline.allCases { #expect(policies.contains { $0.queue == queue }) }
        #expect(policies.first { $0.name == "minimum-energy" }?.queue == .edf)
        #expect(policies.filter { $0.queue != .edf }.map(\.name) == ["easy-backfill", "fcfs"])
    }

    @Test func `every value of a policy file arrives`() throws {
        let policy = try PolicyFile.parse(soundPolicy, file: "/etc/pacer/policies/example.yaml")
        #expect(policy.name == "example")
        #expect(policy.summary == "Some cores, some clock.")
        #expect(policy.cores == .any)
        #expect(policy.frequency == .any)
        #expect(policy.mix == .twoConfigurations)
        #expect(policy.objective == .energy)
        #expect(policy.accounting == .horizon)
        #expect(policy.margin == 0.1)
        #expect(policy.references == ["kim-2015"])
    }

    @Test func `what a policy file leaves out has the documented default`() throws {
        let text = "name: example\nsummary: Short.\ncores: { fixed: 4 }\nfrequency: { governor: schedutil }"
        let policy = try PolicyFile.parse(text, file: "example.yaml")
        #expect(policy.cores == .fixed(4))
        #expect(policy.frequency == .governor(.schedutil))
        #expect(policy.mix == .none)
        #expect(policy.objective == .energy)
        #expect(policy.accounting == .horizon)
        #expect(policy.margin == PolicyFile.defaultMargin)
        #expect(policy.queue == .edf)
        #expect(policy.haste == 1)
        #expect(policy.patience == nil)
        #expect(!policy.preempts)
        #expect(policy.references.isEmpty)
    }

    @Test(arguments: [("150 %", 1.5), ("100 %", 1), ("none", nil)])
    func `patience is a share or none`(_ word: String, _ value: Double?) throws {
        let policy = try PolicyFile.parse("\(soundPolicy)\npatience: \(word)", file: "example.yaml")
        #expect(policy.patience == value)
    }

    @Test(arguments: [("pause", true), ("none", false)])
    func `running jobs may be paused or not`(_ word: String, _ value: Bool) throws {
        let policy = try PolicyFile.parse("\(soundPolicy)\npreemption: \(word)", file: "example.yaml")
        #expect(policy.preempts == value)
    }

    @Test(arguments: ["frequency:\n  governor: ondemand", "frequency: \"governor: ondemand\""])
    func `a governor is accepted as a block and in quotes`(line: String) throws {
        let text = soundPolicy.replacingLine("frequency:", with: line).replacingLine("mix:", with: nil)
        let policy = try PolicyFile.parse(text, file: "example.yaml")
        #expect(policy.frequency == .governor(.ondemand))
    }

    @Test(
        arguments: [
            (line: "cores: widset", place: "4:8", says: "'cores' must be widest, narrowest, any or"),
            ("cores: { fixed: 0 }", "4:17", "'cores.fixed' must be a whole number from 1 to 4096, not '0'"),
            ("cores: { fixd: 4 }", "4:10", "unknown key 'cores.fixd'; did you mean 'fixed'?"),
            ("cores: {}", "4:8", "missing key 'cores.fixed'"),
            ("cores: [1, 2]", "4:8", "not a list"),
            ("cores:", "4:7", "not an empty value"),
            ("frequency: fast", "5:12", "'frequency' must be highest, lowest, lowest-feasible, any or"),
            (
                "frequency: { governor: turbo }", "5:24",
                "performance, powersave, schedutil or ondemand, not 'turbo'"
            ),
            ("frequency: governor: schedutil", "5:20", "write { key: value }"),
            ("mix: three", "6:6", "'mix' must be none or two-configurations, not 'three'"),
            ("objective: power", "7:12", "'objective' must be energy, edp, ed2p or time, not 'power'"),
            ("accounting: job", "8:13", "'accounting' must be horizon or run, not 'job'"),
            ("margin: 0.1", "9:9", "'margin' must be a share from 0 % to 90 %, e.g. \"10 %\", not '0.1'"),
            ("margin: 95 %", "9:9", "not '95 %'"),
            ("margin: -5 %", "9:9", "not '-5 %'"),
            ("queue: fifo", "11:8", "'queue' must be edf, fcfs or easy-backfill, not 'fifo'"),
            ("queue: EDF", "11:8", "not 'EDF'"),
            ("queue: easyBackfill", "11:8", "not 'easyBackfill'"),
            ("queue: [edf]", "11:8", "not a list"),
            ("queue:", "11:7", "not an empty value"),
            ("haste: 1.25", "11:8", "'haste' must be a share from 100 % to 1000 %"),
            ("haste: 99 %", "11:8", "not '99 %'"),
            ("haste: 1001 %", "11:8", "not '1001 %'"),
            ("haste: -125 %", "11:8", "not '-125 %'"),
            ("haste: 125 W", "11:8", "not '125 W'"),
            ("haste: fast", "11:8", "not 'fast'"),
            ("patience: 1.5", "11:11", "'patience' must be none or a share from 100 % to 1000 %"),
            ("patience: 90 %", "11:11", "not '90 %'"),
            ("patience: long", "11:11", "not 'long'"),
            ("preemption: yes", "11:13", "'preemption' must be none or pause"),
            ("references: kim-2015", "10:13", "'references' must be a list [..]"),
            ("references: [kim-2015, Kim 2015]", "10:24", "not 'Kim 2015'"),
            ("name: other", "2:7", "'name' must be 'example', the name of the file"),
            ("summary: ~", "3:10", "'summary' must be one line of text, not an empty value"),
        ])
    func `a bad value is refused where it stands, with what the key takes`(
        line: String, place: String, says: String
    ) {
        let key = String(line.prefix { $0 != ":" }) + ":"
        let isThere = soundPolicy.contains("\n\(key)")
        let text = isThere ? soundPolicy.replacingLine(key, with: line) : "\(soundPolicy)\n\(line)"
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse(text, file: "example.yaml")
        }
        #expect(
            error?.description.hasPrefix("example.yaml:\(place): ") == true, "\(String(describing: error))")
        #expect(error?.sentence.contains(says) == true, "\(String(describing: error))")
    }

    @Test(arguments: QueueDiscipline.allCases)
    func `every queue is accepted by its name, and goes with all other words`(queue: QueueDiscipline) throws {
        let text = "\(soundPolicy)\nqueue: \(queue.rawValue)"
        #expect(try PolicyFile.parse(text, file: "example.yaml").queue == queue)
    }

    @Test(arguments: [("100 %", 1.0), ("125 %", 1.25), ("125%", 1.25), ("166.7 %", 1.667), ("1000 %", 10)])
    func `haste is a share of at least all`(written: String, haste: Double) throws {
        let text = "\(soundPolicy)\nhaste: \(written)"
        let read = try PolicyFile.parse(text, file: "example.yaml").haste
        #expect(abs(read - haste) < 1e-12)
    }

    @Test(arguments: ["queue: edf", "haste: 125 %"])
    func `a queue or a haste given twice is refused at its second place`(line: String) {
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse("\(soundPolicy)\n\(line)\n\(line)", file: "example.yaml")
        }
        #expect(error?.description.hasPrefix("example.yaml:12:1: ") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["name", "summary", "cores", "frequency"])
    func `a key without a default is missed by its name`(key: String) {
        let text = soundPolicy.replacingLine("\(key):", with: nil)
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse(text, file: "example.yaml")
        }
        #expect(error?.key == key)
        #expect(error?.line == 2)
        #expect(error?.sentence.hasPrefix("missing key '\(key)': ") == true)
    }

    @Test func `an unknown key is refused with the key that it resembles`() {
        let text = soundPolicy.replacingLine("frequency:", with: "frequncy: any")
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse(text, file: "example.yaml")
        }
        #expect(error?.description == "example.yaml:5:1: unknown key 'frequncy'; did you mean 'frequency'?")
    }

    @Test func `an unknown key that resembles none is refused with all that there are`() {
        let text = soundPolicy + "\ncolour: blue"
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse(text, file: "example.yaml")
        }
        #expect(error?.line == 11)
        #expect(error?.sentence.contains("the keys here are name, summary, cores, frequency") == true)
    }

    @Test func `a key given twice is refused at its second place`() {
        let text = soundPolicy + "\ncores: widest"
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse(text, file: "example.yaml")
        }
        #expect(error?.description == "example.yaml:11:1: 'cores' was given before, on line 4")
    }

    @Test(
        arguments: [
            (["cores: widest", "frequency: highest"], "differ in"),
            (["cores: { fixed: 4 }", "frequency: lowest"], "differ in"),
            (["frequency: { governor: schedutil }"], "a governor chooses"),
            (["frequency: lowest-feasible"], "ask for one configuration"),
            (["cores: narrowest"], "ask for one configuration"),
            (["objective: edp"], "only 'objective: energy'"),
            (["objective: time"], "only 'objective: energy'"),
        ])
    func `values that contradict each other are refused`(lines: [String], says: String) {
        var text = soundPolicy
        for line in lines { text = text.replacingLine(line.prefix { $0 != ":" } + ":", with: line) }
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse(text, file: "example.yaml")
        }
        #expect(error?.key == "mix")
        #expect(error?.line == 6 && error?.column == 6)
        #expect(error?.sentence.contains(says) == true, "\(String(describing: error))")
    }

    @Test(
        arguments: [
            ("name: [unclosed", 2), ("name: a\n\tcores: any", 2), ("name: \"open", 1), ("a: 1\n---\nb: 2", 2),
            ("- list", 1), ("just words", 1), ("", 1), ("# nothing\n", 1), ("name: \u{1}", 1), ("a: *b", 1),
            (String(repeating: "[", count: 100_000), 1), (String(repeating: "- ", count: 100_000), 1),
        ])
    func `what is not a mapping in YAML is refused with its line`(text: String, line: Int) {
        let error = failure { () throws(ConfigurationError) in
            try PolicyFile.parse(text, file: "example.yaml")
        }
        #expect(error?.line == line, "\(String(describing: error))")
        #expect(error?.column != nil)
    }

    @Test func `a policy file spoilt at random is read or refused with its line`() throws {
        let seed: UInt64 = 20_261_123
        var random = SeededGenerator(seed: seed)
        let names = try PolicyDirectory.load(path: "\(repositoryRoot)/policies").map(\.name)
        let pieces = [
            "{", "}", "[", "]", ":", ": ", "- ", "&a ", "*a", "!!int ", "\n", "\t", "\"", "%", "\0", "µ",
            "? ",
        ]
        var refused = 0
        for round in 0..<3000 {
            let name = names[round % names.count]
            var bytes = Array(try text(of: "\(repositoryRoot)/policies/\(name).yaml").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2:
                    bytes.insert(
                        contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 9))
                }
            }
            do {
                _ = try PolicyFile.parse(String(decoding: bytes, as: UTF8.self), file: "\(name).yaml")
            } catch {
                refused += 1
                #expect(
                    (error.line ?? 0) >= 1 && (error.column ?? 0) >= 1,
                    "seed \(seed), round \(round): \(error)")
            }
        }
        #expect(refused > 100)
    }

    private func text(of path: String) throws -> String {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }
}

@Suite struct PolicyDirectoryTests {
    @Test func `a name in two directories is refused with both files`() throws {
        let directory = "\(repositoryRoot)/policies"
        let error = failure { () throws(ConfigurationError) in
            try PolicyDirectory.load(paths: [directory, directory + "/"])
        }
        #expect(error?.sentence.contains("is taken by \(directory)/") == true)
    }

    @Test func `a directory that is not there is named`() {
        let error = failure { () throws(ConfigurationError) in
            try PolicyDirectory.load(path: "/nowhere/policies")
        }
        #expect(error?.description == "/nowhere/policies: cannot be read: No such file or directory")
    }

    @Test func `a file ending in yml is refused instead of overlooked`() throws {
        var template = Array("/tmp/pacer-policies-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        let file = "\(directory)/example.yml"
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        let error = failure { () throws(ConfigurationError) in try PolicyDirectory.load(path: directory) }
        unlink(file)
        rmdir(directory)
        #expect(error?.description == "\(file): cannot be read: the names of policy files end in .yaml")
    }
}
