import PacerPlatform
import PacerPorts
import PacerUnits
import Testing

@testable import PacerHardware

/// The client against keepers written in shell. A keeper that hangs waits for the end of its input, so
/// nothing is left behind.
@Suite struct KeeperClientTests {
    private let tree: FakeTree

    init() throws { tree = try FakeTree() }

    private func keeper(
        _ cases: String, patience: Duration = .seconds(10)
    ) throws -> KeeperClient {
        let program = try tree.script(
            "keeper",
            """
            state=$2
            while read -r verb rest; do case "$verb" in
            hello) echo "ok pacer-keeper 1" ;;
            \(cases)
            *) echo "error badRequest unknown request" ;;
            esac; done
            { echo "$state" >"\(tree.root)/ended"; } 2>/dev/null
            """)
        return try KeeperClient.start(program: program, statePath: "/state", patience: patience)
    }

    @Test func `a conversation is understood and its end is waited for`() throws {
        let client = try keeper(
            """
            domains) echo "\(KeeperProtocolTests.domain)"; echo "ok 1" ;;
            clamp) set -- $rest; echo "ok min=$2 max=$2 cur=-" ;;
            release) echo "ok 2" ;;
            knobs) echo "\(KeeperProtocolTests.knob)"; echo "ok 1" ;;
            """)
        #expect(try client.domains().count == 1)
        let limits = try client.clamp([CPUID(0)], kilohertz: 800_000, reason: .policy)
        #expect(limits == KeeperLimits(minimum: 800_000, maximum: 800_000, current: nil))
        #expect(try client.release([CPUID(0)], reason: .policy) == 2)
        #expect(try client.knobs().count == 1)
        client.close()
        #expect(try SystemFile.line("\(tree.root)/ended") == "/state")
    }

    @Test func `a refusal keeps the keeper and tells its reason`() throws {
        let client = try keeper("clamp) echo \"error notAccepted the limits are 1 to 2 kHz\" ;;")
        let error = #expect(throws: PortError.self) {
            try client.clamp([CPUID(0)], kilohertz: 800_000, reason: .policy)
        }
        #expect(error?.code == .notAccepted)
        #expect(error?.description == "could not set CPU 0 to 800000 kHz: the limits are 1 to 2 kHz")
        #expect(client.isAlive)
        #expect(throws: PortError(.invalid, "restore the machine", reason: "unknown request")) {
            try client.restore()
        }
    }

    @Test func `a keeper that hangs is given up after the patience`() throws {
        let client = try keeper("domains) cat >/dev/null ;;", patience: .milliseconds(300))
        let error = #expect(throws: PortError.self) { try client.domains() }
        #expect(error?.reason == "the keeper did not answer in time")
        #expect(!client.isAlive)
        #expect(throws: PortError.self) { try client.knobs() }
    }

    @Test func `the death of a keeper is noticed at once`() throws {
        let client = try keeper("domains) echo half; exit 3 ;;", patience: .seconds(600))
        let error = #expect(throws: PortError.self) { try client.domains() }
        #expect(error?.reason == "the keeper has ended")
        #expect(!client.isAlive)
    }

    @Test(arguments: [
        "echo rubbish; echo 'ok 1'", "echo 'ok x'", "echo 'ok 2'", "printf 'ok 0\\nok 0\\n'",
        "printf '\\377\\376\\nok 0\\n'", "echo 'error what now'",
    ])
    func `a keeper that talks nonsense is given up`(answer: String) throws {
        let client = try keeper("domains) \(answer) ;;")
        #expect(throws: PortError.self) { try client.domains() }
        #expect(!client.isAlive)
    }

    @Test func `a program of another version or none at all is not started`() throws {
        let other = try tree.script("other", "read -r x; echo 'ok pacer-keeper 2'; cat >/dev/null")
        let refused = #expect(throws: PortError.self) {
            try KeeperClient.start(program: other, statePath: "/s")
        }
        #expect(refused?.reason.contains("does not speak version 1") == true)
        let absent = #expect(throws: PortError.self) {
            try KeeperClient.start(program: "\(tree.root)/none", statePath: "/s")
        }
        #expect(absent?.code == .notPresent)
    }

    @Test func `a lost keeper is replaced and what was held is held again`() throws {
        let log = "\(tree.root)/log"
        let start = { [self] () throws(PortError) -> KeeperClient in
            do {
                return try keeper(
                    """
                    clamp) echo "$rest" >>\(log); set -- $rest; echo "ok min=$2 max=$2 cur=-" ;;
                    release) exit 1 ;;
                    """)
            } catch let error as PortError {
                throw error
            } catch {
                throw PortError(.failed, "write a script", reason: "\(error)")
            }
        }
        let control = CpufreqControl(
            keeper: try start(), cpus: [DomainID(0): [CPUID(0)], DomainID(1): [CPUID(1)]], drivers: ["x"],
            restart: start)
        let slow = Hertz(kilohertz: 800_000)
        #expect(try control.hold(slow, domain: DomainID(0), reason: .policy) == slow)
        #expect(try control.hold(slow, domain: DomainID(1), reason: .policy) == slow)
        #expect(throws: PortError.self) { try control.release(DomainID(0), reason: .policy) }
        #expect(try control.hold(slow, domain: DomainID(0), reason: .userRequest) == slow)
        #expect(
            try SystemFile.text(log)
                == "0 800000 policy\n1 800000 policy\n1 800000 resume\n1 800000 resume\n"
                + "0 800000 userRequest\n")
        #expect(throws: PortError.self) { try control.hold(slow, domain: DomainID(9), reason: .policy) }
    }

    /// A control whose keepers write down what they are asked; the first dies when it is asked for `verb`.
    private func mortal(_ verb: String) throws -> (control: CpufreqControl, log: String) {
        let log = "\(tree.root)/log"
        let start = { [self] () throws(PortError) -> KeeperClient in
            do {
                return try keeper(
                    """
                    \(verb)) if mkdir \(tree.root)/died 2>/dev/null; then exit 1; fi
                        echo "\(verb) $rest" >>\(log); echo "ok 2" ;;
                    clamp) echo "clamp $rest" >>\(log); set -- $rest; echo "ok min=$2 max=$2 cur=-" ;;
                    """)
            } catch let error as PortError {
                throw error
            } catch {
                throw PortError(.failed, "write a script", reason: "\(error)")
            }
        }
        let cpus: [DomainID: CPUSet] = [DomainID(0): [CPUID(0)], DomainID(1): [CPUID(1)]]
        return (
            CpufreqControl(keeper: try start(), cpus: cpus, drivers: [], restart: start), log
        )
    }

    @Test func `a keeper that is found dead when a domain is released is replaced and asked again`() throws {
        let (control, log) = try mortal("release")
        let slow = Hertz(kilohertz: 800_000)
        _ = try control.hold(slow, domain: DomainID(0), reason: .policy)
        _ = try control.hold(slow, domain: DomainID(1), reason: .policy)
        try control.release(DomainID(0), reason: .restore)
        // The new one has restored domain 0 at its start; domain 1 is held again.
        #expect(
            try SystemFile.text(log)
                == "clamp 0 800000 policy\nclamp 1 800000 policy\nclamp 1 800000 resume\nrelease 0 restore\n")
    }

    @Test func `the end restores the machine even when the keeper has died`() throws {
        let (control, log) = try mortal("restore")
        _ = try control.hold(Hertz(kilohertz: 800_000), domain: DomainID(0), reason: .policy)
        try control.close()
        #expect(try SystemFile.text(log) == "clamp 0 800000 policy\nrestore \n")
    }

    @Test func `a CPU that went offline is left out of its domain`() throws {
        let line = KeeperProtocolTests.domain.replacing("cpus=0,1", with: "cpus=0")
        let client = try keeper(
            """
            domains) echo "\(line)"; echo "ok 1" ;;
            clamp) set -- $rest; case $1 in
                0) echo "ok min=$2 max=$2 cur=-" ;; *) echo "error notPresent cpu1 is offline" ;; esac ;;
            """)
        let both = CPUSet([CPUID(0), CPUID(1)])
        let control = CpufreqControl(keeper: client, cpus: [DomainID(0): both], drivers: []) {
            () throws(PortError) in throw PortError(.failed, "restart", reason: "not in this test")
        }
        let slow = Hertz(kilohertz: 800_000)
        #expect(try control.hold(slow, domain: DomainID(0), reason: .policy) == slow)
    }

    @Test func `a keeper that holds something else is not believed`() throws {
        let client = try keeper("clamp) echo 'ok min=800000 max=900000 cur=-' ;;")
        let control = CpufreqControl(keeper: client, cpus: [DomainID(0): [CPUID(0)]], drivers: []) {
            () throws(PortError) in throw PortError(.failed, "restart", reason: "not in this test")
        }
        let error = #expect(throws: PortError.self) {
            try control.hold(Hertz(kilohertz: 800_000), domain: DomainID(0), reason: .policy)
        }
        #expect(error?.code == .notAccepted)
    }
}
