import PacerConfig
import PacerPlatform
import PacerScheduling
import PacerUnits
import Testing

@Suite struct DaemonConfigurationTests {
    private let root = DaemonConfiguration.defaults(forRoot: true, environment: [:], userID: 0)

    @Test func `root's daemon keeps to the system's directories whatever the environment says`() {
        let environment = ["XDG_RUNTIME_DIR": "/run/user/0", "HOME": "/root"]
        let defaults = DaemonConfiguration.defaults(forRoot: true, environment: environment, userID: 0)
        #expect(defaults == root)
        #expect(defaults.socket == "/run/pacer/pacerd.sock")
        #expect(defaults.stateDirectory == "/var/lib/pacer")
        #expect(defaults.defaultPolicy == "minimum-energy")
        #expect(defaults.machine == .auto)
        #expect(defaults.emulatedProfile == "desktop")
        #expect(defaults.machineDescription == nil)
        #expect(defaults.grace == Seconds(10))
        #expect(defaults.outputLimit == 1_073_741_824)
        #expect(defaults.adminGroup == nil)
        #expect(defaults.journalLimit == 64 << 20)
        #expect(defaults.userLimits == UserLimits(queued: 10_000))
        #expect(defaults.metricsAddress == nil)
        #expect(defaults.rivals == .warn)
    }

    @Test(
        arguments: [
            (
                ["XDG_RUNTIME_DIR": "/run/user/7", "HOME": "/home/a"], "/run/user/7/pacer",
                "/home/a/.local/state/pacer"
            ),
            (["XDG_STATE_HOME": "/s/", "HOME": "/home/a"], "/tmp/pacer-7", "/s/pacer"),
            (
                ["XDG_RUNTIME_DIR": "", "XDG_STATE_HOME": "relative", "HOME": "/h"], "/tmp/pacer-7",
                "/h/.local/state/pacer"
            ),
            ([:], "/tmp/pacer-7", "/tmp/pacer-7/state"),
        ])
    func `a user's daemon keeps to the user's directories`(
        environment: [String: String], runtime: String, state: String
    ) {
        let defaults = DaemonConfiguration.defaults(forRoot: false, environment: environment, userID: 7)
        #expect(defaults.socket == "\(runtime)/pacerd.sock")
        #expect(defaults.stateDirectory == state)
    }

    @Test(arguments: ["", "# nothing set\n", "---\n"])
    func `an empty file leaves the defaults`(text: String) throws {
        #expect(try DaemonConfiguration.parse(text, file: "pacerd.yaml", defaults: root) == root)
    }

    @Test func `every key arrives`() throws {
        let text = """
            socket: /s/p.sock
            state-directory: /var/p
            policies: /p
            default-policy: race-to-idle
            machine: emulated
            emulated-profile: server
            machine-description: /m/m.yaml
            keeper: /k
            shepherd: /h
            grace: 1m30s
            output-limit: unlimited
            admin-group: wheel
            journal: off
            finished-jobs: 150
            user-queued-limit: 12
            user-running-limit: 3
            user-core-share: 25 %
            metrics-listen: "[::1]:9464"
            rivals: hold
            """
        let read = try DaemonConfiguration.parse(text, file: "pacerd.yaml", defaults: root)
        #expect(read.socket == "/s/p.sock")
        #expect(read.stateDirectory == "/var/p")
        #expect(read.policies == "/p")
        #expect(read.defaultPolicy == "race-to-idle")
        #expect(read.machine == .emulated)
        #expect(read.emulatedProfile == "server")
        #expect(read.machineDescription == "/m/m.yaml")
        #expect(read.keeper == "/k")
        #expect(read.shepherd == "/h")
        #expect(read.grace == Seconds(90))
        #expect(read.outputLimit == nil)
        #expect(read.adminGroup == "wheel")
        #expect(read.journalLimit == nil)
        #expect(read.finishedLimit == 150)
        #expect(read.metricsAddress?.description == "[::1]:9464")
        #expect(read.userLimits == UserLimits(queued: 12, running: 3, coreShare: 0.25))
        let free = try DaemonConfiguration.parse(
            "user-queued-limit: unlimited\nuser-core-share: 100 %\nfinished-jobs: unlimited",
            file: "pacerd.yaml", defaults: root)
        #expect(free.userLimits == UserLimits())
        #expect(free.finishedLimit == nil && root.finishedLimit == 100_000)
        #expect(read.rivals == .hold)
        let sized = try DaemonConfiguration.parse("journal: 2 MiB", file: "pacerd.yaml", defaults: root)
        #expect(sized.journalLimit == 2 << 20)
    }

    @Test(
        arguments: [
            (
                "socket: run/p.sock", "1:9",
                "'socket' must be an absolute path of at most 107 bytes, not 'run/p.sock'"
            ),
            ("socket: /\(String(repeating: "x", count: 107))", "1:9", "at most 107 bytes"),
            ("grace: 10", "1:8", "'grace' must be a time from 0 s to 1 h with its unit, e.g. 10 s, not '10'"),
            ("grace: 2h", "1:8", "not '2h'"),
            (
                "output-limit: 1 KiB", "1:15",
                "a size of at least 4 KiB with its unit, e.g. 1 GiB, or unlimited"
            ),
            ("journal: 1 KiB", "1:10", "a size of at least 1 MiB with its unit, e.g. 64 MiB, or off"),
            ("journal: no", "1:10", "not 'no'"),
            ("finished-jobs: 99", "1:16", "a whole number of jobs from 100, or unlimited"),
            ("user-queued-limit: 0", "1:20", "a whole number of jobs from 1, or unlimited"),
            ("user-running-limit: many", "1:21", "not 'many'"),
            ("user-core-share: 0 %", "1:18", "a share from 1 % to 100 %"),
            (
                "metrics-listen: 0.0.0.0:9464", "1:17",
                "a loopback address with a port, e.g. 127.0.0.1:9464 or [::1]:9464, or off"
            ),
            ("metrics-listen: 192.168.1.5:9464", "1:17", "a loopback address"),
            ("metrics-listen: 127.0.0.1", "1:17", "a loopback address"),
            ("machine: fake", "1:10", "'machine' must be auto, linux or emulated, not 'fake'"),
            ("machine: linux\nemulated-profile: server", "2:19", "'machine: linux' emulates nothing"),
            ("shephard: /h", "1:1", "did you mean 'shepherd'?"),
            ("grace: 10 s\ngrace: 20 s", "2:1", "'grace' was given before, on line 1"),
        ])
    func `a bad value is refused where it stands`(text: String, place: String, says: String) {
        let error = failure { () throws(ConfigurationError) in
            try DaemonConfiguration.parse(text, file: "pacerd.yaml", defaults: root)
        }
        #expect(
            error?.description.hasPrefix("pacerd.yaml:\(place): ") == true, "\(String(describing: error))")
        #expect(error?.sentence.contains(says) == true, "\(String(describing: error))")
    }
}
