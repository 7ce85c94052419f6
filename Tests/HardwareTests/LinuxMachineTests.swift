import Glibc
import PacerPlatform
import PacerPorts
import PacerUnits
import Testing

@testable import PacerHardware

@Suite struct TopologyTests {
    @Test func `SMT siblings share a core and packages keep their numbers`() throws {
        let topology = try #require(Topology.synthetic("pack:2 core:4 pu:2"))
        #expect(topology.cores.count == 8)
        #expect(topology.cores.allSatisfy { $0.cpus.count == 2 })
        #expect(topology.cores.map(\.package.number) == [0, 0, 0, 0, 1, 1, 1, 1])
        #expect(topology.cores.map(\.id.number) == Array(0..<8))
        #expect(topology.notes.isEmpty)
    }

    @Test func `cores are numbered by their lowest CPU`() throws {
        // Siblings are 0 and 4, 1 and 5, …, as on most machines.
        let topology = try #require(Topology.synthetic("numa:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)"))
        #expect(topology.cores.map(\.cpus.description) == ["0,4", "1,5", "2,6", "3,7"])
        #expect(topology.cores.map(\.numaNode) == [0, 0, 1, 1])
    }

    @Test func `a malformed description is not a topology`() {
        #expect(Topology.synthetic("pack:2 core:") == nil)
    }

    @Test func `this machine's cores agree with sysfs`() throws {
        let topology = Topology.discover()
        #expect(!topology.cores.isEmpty)
        #expect(Set(topology.cores.map(\.id)).count == topology.cores.count)
        let online = try #require(CPUSet(parsing: try SystemFile.line("/sys/devices/system/cpu/online")))
        for core in topology.cores {
            for cpu in core.cpus.cpus {
                #expect(online.contains(cpu))
                let folder = "/sys/devices/system/cpu/cpu\(cpu.number)/topology"
                let siblings = CPUSet(parsing: try SystemFile.line("\(folder)/thread_siblings_list"))
                #expect(core.cpus.cpus.allSatisfy { siblings?.contains($0) == true })
                let package = Int(try SystemFile.line("\(folder)/physical_package_id"))
                #expect(package == core.package.number || package == -1)
            }
        }
    }
}

@Suite struct ConflictTests {
    private func process(_ tree: FakeTree, _ number: Int, comm: String, cmdline: String) throws {
        try tree.write("\(comm)\n", to: "proc/\(number)/comm")
        try tree.write(cmdline.replacing(" ", with: "\0") + "\0", to: "proc/\(number)/cmdline")
    }

    private func running(_ tree: FakeTree) -> [String] {
        Conflict.running(processRoot: "\(tree.root)/proc", runtimeRoot: "\(tree.root)/run").map(\.service)
    }

    @Test func `services are known by their program, script or shortened name`() throws {
        let tree = try FakeTree()
        try process(tree, 10, comm: "python3", cmdline: "/usr/bin/python3 -Es /usr/sbin/tuned -l -P")
        try process(tree, 11, comm: "power-profiles-", cmdline: "/usr/libexec/power-profiles-daemon")
        try process(tree, 12, comm: "thermald", cmdline: "/usr/sbin/thermald --systemd")
        try process(
            tree, 13, comm: "python3",
            cmdline: "/opt/auto-cpufreq/venv/bin/python3 /usr/bin/auto-cpufreq --daemon")
        try tree.write("", to: "run/tlp/last_pwr")
        #expect(running(tree) == ["auto-cpufreq", "power-profiles-daemon", "thermald", "tlp", "tuned"])
    }

    @Test func `other programs that name them are not taken for them`() throws {
        let tree = try FakeTree()
        try process(tree, 10, comm: "vim", cmdline: "vim /etc/tuned")
        try process(tree, 11, comm: "python3", cmdline: "python3 /x/report.py tuned")
        try process(tree, 12, comm: "kthreadd", cmdline: "")
        try tree.write("tuned\n", to: "proc/self/comm")
        #expect(running(tree).isEmpty)
    }

    @Test func `a conflict is a sentence`() throws {
        let tree = try FakeTree()
        try process(tree, 1, comm: "thermald", cmdline: "thermald")
        let found = Conflict.running(processRoot: "\(tree.root)/proc", runtimeRoot: tree.root)
        #expect(
            found.map(\.description)
                == ["thermald is running: it sets frequency and power limits when the processor gets hot"])
    }
}

@Suite struct LinuxMachineTests {
    private func places(_ tree: FakeTree, keeper: String?) -> LinuxMachine.Places {
        var places = LinuxMachine.Places(keeper: keeper, keeperState: "\(tree.root)/state")
        places.powercap = "\(tree.root)/powercap"
        places.powerEvents = "\(tree.root)/power"
        places.processes = "\(tree.root)/proc"
        places.runtime = "\(tree.root)/run"
        return places
    }

    @Test func `a machine without anything has cores and says what is absent`() throws {
        let tree = try FakeTree()
        let machine = LinuxMachine.discover(places(tree, keeper: nil), at: .zero)
        #expect(!machine.cores.isEmpty)
        #expect(machine.frequency == nil && machine.meter == nil)
        #expect(machine.domains.count == machine.cores.count)
        #expect(
            machine.notes.suffix(4) == [
                "Frequencies are left alone: no keeper program is configured. "
                    + "Pacer chooses the number of cores only.",
                "The kernel shows no energy counters: there is no \(tree.root)/powercap.",
                "The kernel shows no perf energy events either.",
                "Energy is computed from a power model, not measured.",
            ])
    }

    @Test func `a keeper without policies leaves the energy part alone`() throws {
        let tree = try FakeTree()
        try tree.zone("powercap/intel-rapl:0", name: "package-0")
        let keeper = try tree.script(
            "keeper",
            "while read -r v; do case $v in hello) echo 'ok pacer-keeper 1';; *) echo 'ok 0';; esac; done")
        let machine = LinuxMachine.discover(places(tree, keeper: keeper), at: .zero)
        #expect(machine.frequency == nil && machine.meter != nil)
        #expect(
            machine.notes.last
                == "The kernel offers no frequency control (no cpufreq driver). "
                + "Pacer chooses the number of cores only.")
    }

    @Test func `a keeper with a policy for all cores gives control of one domain`() throws {
        let tree = try FakeTree()
        let all = CPUSet(Topology.discover().cores.flatMap(\.cpus.cpus)).cpus.map { "\($0.number)" }
        let list = all.joined(separator: ",")
        let line = KeeperProtocolTests.domain.replacing(
            "cpus=0,1 related=0,1,2,3", with: "cpus=\(list) related=\(list)")
        let keeper = try tree.script(
            "keeper",
            """
            while read -r v rest; do case $v in hello) echo 'ok pacer-keeper 1';;
            domains) echo '\(line)'; echo 'ok 1';;
            clamp) set -- $rest; echo "ok min=$2 max=$2 cur=-";;
            *) echo 'ok 0';; esac; done
            """)
        let machine = LinuxMachine.discover(places(tree, keeper: keeper), at: .zero)
        let domain = try #require(machine.domains.first)
        #expect(machine.domains.count == 1)
        #expect(domain.operatingPoints.map(\.frequency.kilohertz) == [800_000, 2_400_000, 3_200_000])
        let control = try #require(machine.frequency)
        #expect(control.summary.hasPrefix("one frequency domain through cpufreq (acpi-cpufreq)"))
        let middle = Hertz(kilohertz: 2_400_000)
        #expect(try control.hold(middle, domain: domain.id, reason: .policy) == middle)
    }

    /// A keeper for the policies of CPUs 0 and 1, which one domain couples. CPU 1 is offline while the file
    /// `offline` is there. What is clamped is kept in the file `clamped`.
    private func coupled(_ tree: FakeTree) throws -> CpufreqControl {
        let domain = KeeperProtocolTests.domain
        let lines = ["0", "1"].map {
            domain.replacing("cpus=0,1 related=0,1,2,3", with: "cpus=\($0) related=0,1")
        }
        let program = try tree.script(
            "keeper",
            """
            gone() { [ -e \(tree.root)/offline ] && [ "$1" != 0 ]; }
            refuse() { echo 'error notPresent CPU 1 is offline'; }
            while read -r v rest; do set -- $rest; case $v in hello) echo 'ok pacer-keeper 1';;
            domains) if gone 1; then echo '\(lines[0])'; echo 'ok 1'
              else echo '\(lines[0])'; echo '\(lines[1])'; echo 'ok 2'; fi;;
            clamp) if gone "$1"; then refuse; else echo "$1" >\(tree.root)/clamped; echo "ok min=$2 max=$2 cur=-"; fi;;
            read) if gone "$1"; then refuse
              else echo 'policy cpus=0 min=800000 max=1600000 cur=1200000 governor=powersave'; echo 'ok 1'; fi;;
            *) echo 'ok 0';; esac; done
            """)
        return CpufreqControl(
            keeper: try KeeperClient.start(program: program, statePath: "/state"),
            cpus: [DomainID(0): [CPUID(0), CPUID(1)]], drivers: [],
            restart: { () throws(PortError) in
                throw PortError(.failed, "start the keeper again", reason: "the test has only one")
            })
    }

    @Test func `a domain is held through the CPUs that are online, and through all when they are back`()
        throws
    {
        let tree = try FakeTree()
        let control = try coupled(tree)
        let held = { try SystemFile.line("\(tree.root)/clamped") }
        let slow = Hertz(kilohertz: 800_000)
        _ = try control.hold(slow, domain: DomainID(0), reason: .policy)
        #expect(try held() == "0-1")
        try tree.write("", to: "offline")
        _ = try control.hold(slow, domain: DomainID(0), reason: .policy)
        #expect(try held() == "0")
        #expect(unlink("\(tree.root)/offline") == 0)
        _ = try control.hold(slow, domain: DomainID(0), reason: .policy)
        #expect(try held() == "0-1")
    }

    @Test func `what a held domain is found at is told, also while one of its CPUs is offline`() throws {
        let tree = try FakeTree()
        let control = try coupled(tree)
        #expect(try control.heldStates().isEmpty)
        _ = try control.hold(Hertz(kilohertz: 1_600_000), domain: DomainID(0), reason: .policy)
        for offline in [false, true] {
            if offline { try tree.write("", to: "offline") }
            let state = try #require(try control.heldStates().first)
            #expect(state.wanted == Hertz(kilohertz: 1_600_000))
            #expect(state.lowest == Hertz(kilohertz: 800_000))
            #expect(state.highest == Hertz(kilohertz: 1_600_000))
            #expect(state.present == Hertz(kilohertz: 1_200_000))
            #expect(state.governor == "powersave")
        }
    }
}
