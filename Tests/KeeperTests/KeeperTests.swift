// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

/// The real pacer-keeper with the real libcpupower, on a fake machine.
@Suite(
    "pacer-keeper", .serialized,
    .enabled(if: FakeMachine.obstacle == nil, "no fake machine: \(FakeMachine.obstacle ?? "")"))
struct KeeperTests {
    static let asFound = "800000-3200000"
    static let hasSeveralCPUs = FakeMachine.cpuCount > 1

    // MARK: Setting limits

    @Test func `it greets with its protocol version`() throws {
        let keeper = try Keeper(on: FakeMachine())
        #expect(try keeper.ask("hello") == ["ok pacer-keeper 1"])
    }

    @Test func `a clamp sets minimum and maximum and is read back`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        #expect(try keeper.ask("clamp 0 1600000 policy") == ["ok min=1600000 max=1600000 cur=1600000"])
        #expect(try machine.limits.first == "1600000-1600000")
        #expect(
            try keeper.ask("read 0") == [
                "policy cpus=0 min=1600000 max=1600000 cur=1600000 governor=schedutil", "ok 1",
            ])
        #expect(try machine.limits.dropFirst().allSatisfy { $0 == Self.asFound })
    }

    @Test func `clamps may go up and down in any order`() throws {
        let machine = try FakeMachine(["FAKE_DOMAIN": "all"])
        let keeper = try Keeper(on: machine)
        for frequency in [3_200_000, 800_000, 2_400_000, 1_600_000, 3_200_000] {
            let reply = try keeper.ask("clamp 0 \(frequency) policy")
            #expect(reply == ["ok min=\(frequency) max=\(frequency) cur=\(frequency)"])
        }
        #expect(try keeper.ask("release 0 policy") == ["ok 2"])
        #expect(try machine.limits == [Self.asFound])
    }

    @Test func `a range leaves the frequency to the governor`() throws {
        let machine = try FakeMachine(["FAKE_GOVERNOR": "powersave"])
        let keeper = try Keeper(on: machine)
        let reply = try keeper.ask("range 0 1600000 2400000 userRequest")
        #expect(reply == ["ok min=1600000 max=2400000 cur=1600000"])
        #expect(try machine["cpufreq/policy0/scaling_governor"] == "powersave")
    }

    @Test func `a limit that comes into force late is waited for`() throws {
        let machine = try FakeMachine(["FAKE_LAG_MS": "60"])
        let keeper = try Keeper(on: machine)
        #expect(try keeper.ask("clamp 0 800000 policy") == ["ok min=800000 max=800000 cur=800000"])
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits.first == Self.asFound)
    }

    @Test func `release forgets the original and a later clamp saves it anew`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 800000 policy")
        #expect(try keeper.ask("release 0 policy") == ["ok 2"])
        #expect(try keeper.ask("release 0 policy") == ["ok 0"])
        try machine.write("2400000", to: "cpufreq/policy0/scaling_max_freq")
        _ = try keeper.ask("clamp 0 800000 policy")
        #expect(try keeper.ask("restore") == ["ok 2"])
        #expect(try machine.limits.first == "800000-2400000")
    }

    // MARK: Leaving the machine as it was

    @Test func `an interrupted daemon leaves every knob as it was`() throws {
        let machine = try FakeMachine()
        try machine.write("2400000", to: "cpufreq/policy0/scaling_max_freq")
        let before = try machine.limits
        let keeper = try Keeper(on: machine)
        for cpu in 0..<FakeMachine.cpuCount { _ = try keeper.ask("clamp \(cpu) 1600000 policy") }
        #expect(try machine.limits.allSatisfy { $0 == "1600000-1600000" })
        #expect(FileManager.default.fileExists(atPath: "\(machine.directory)/state"))
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits == before)
        #expect(!FileManager.default.fileExists(atPath: "\(machine.directory)/state"))
        #expect(keeper.errors == "")
    }

    @Test func `kill -9 of the process that holds the socket restores too`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 800000 policy")
        let daemon = try ChildProcess(["sleep", "infinity"], input: keeper.socket, output: 2, errors: 2)
        keeper.hangUp()
        #expect(try machine.limits.first == "800000-800000")
        daemon.send(signal: SIGKILL)
        #expect(try daemon.waitForExit() == 128 + SIGKILL)
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits.first == Self.asFound)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a stop signal restores and ends it in order`(signal: Int32) throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 800000 policy")
        keeper.process.send(signal: signal)
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits.first == Self.asFound)
    }

    @Test func `a daemon that reads no replies cannot keep it from stopping`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 800000 policy")
        _ = fcntl(keeper.socket, F_SETFL, O_NONBLOCK)
        #expect(throws: TestFailure.self) {  // both directions are full now
            while true { try keeper.send(Array(String(repeating: "domains\n", count: 512).utf8)) }
        }
        keeper.process.send(signal: SIGTERM)
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits.first == Self.asFound)
    }

    @Test func `after kill -9 of the keeper the state file restores`() throws {
        let machine = try FakeMachine()
        try crash(on: machine)
        #expect(try machine.limits.first == "800000-800000")
        let restore = Keeper.command(on: machine, ["--restore", "--state", "\(machine.directory)/state"])
        let first = try run(restore)
        #expect(first.status == 0)
        #expect(first.output == "restored policy0 to min=800000 max=3200000\n")
        #expect(try machine.limits.first == Self.asFound)
        let second = try run(restore)
        #expect(second.status == 0)
        #expect(second.output == "nothing to restore\n")
    }

    @Test func `a new keeper first restores what a crashed one left`() throws {
        let machine = try FakeMachine()
        try crash(on: machine)
        let keeper = try Keeper(on: machine)
        let knobs = try keeper.ask("knobs")
        #expect(knobs.first?.contains("now=800000 original=- wanted=- owner=system") == true)
        #expect(try machine.limits.first == Self.asFound)
        #expect(keeper.errors.contains("restored 2 knobs that an earlier keeper left behind"))
    }

    @Test func `a state file from before a reboot is dropped`() throws {
        let machine = try FakeMachine()
        try crash(on: machine)
        let path = "\(machine.directory)/state"
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let state = try String(contentsOfFile: path, encoding: .utf8)
        try state.replacingOccurrences(of: boot, with: "another-boot\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("hello")
        #expect(keeper.errors.contains("from before the last reboot"))
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try machine.limits.first == "800000-800000")
    }

    @Test(arguments: ["", "nonsense\n", "pacer-keeper-state 1\nboot BOOT\npolicy 0 min=800000 max=32"])
    func `a corrupt state file is refused and kept`(text: String) throws {
        let machine = try FakeMachine()
        let path = "\(machine.directory)/state"
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let content = text.replacingOccurrences(of: "BOOT\n", with: boot)
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        for arguments in [["--state", path], ["--restore", "--state", path]] {
            let result = try run(Keeper.command(on: machine, arguments))
            #expect(result.status == 65)
            #expect(result.errors.contains("is corrupt and was kept"))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
        }
    }

    @Test func `what cannot be restored is reported and not forgotten`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 800000 policy")
        try machine.set("FAKE_READONLY=1")
        #expect(try keeper.ask("restore").first?.hasPrefix("error notPermitted ") == true)
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 1)
        #expect(keeper.errors.contains("policy0 could not be restored"))
        try machine.set("FAKE_READONLY=0")
        let restore = ["--restore", "--state", "\(machine.directory)/state"]
        #expect(try run(Keeper.command(on: machine, restore)).status == 0)
        #expect(try machine.limits.first == Self.asFound)
    }

    @Test(.enabled(if: hasSeveralCPUs, "needs two CPUs"))
    func `a CPU that is offline is skipped now and restored when it is back`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0,1 800000 policy")
        try machine.write("0", to: "cpu1/online")
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(keeper.errors.contains("policy1 is not restored now: its CPUs are offline"))
        try machine.write("1", to: "cpu1/online")
        #expect(try machine.limits.prefix(2) == [Self.asFound, "800000-800000"])
        let restore = ["--restore", "--state", "\(machine.directory)/state"]
        #expect(try run(Keeper.command(on: machine, restore)).status == 0)
        #expect(try machine.limits[1] == Self.asFound)
        #expect(!FileManager.default.fileExists(atPath: "\(machine.directory)/state"))
    }

    @Test func `nothing is written to a knob whose original cannot be saved`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("hello")
        try FileManager.default.removeItem(atPath: machine.directory)
        #expect(try keeper.ask("clamp 0 800000 policy").first?.hasPrefix("error failed cannot save") == true)
        #expect(try machine.limits.first == Self.asFound)
        #expect(try keeper.ask("knobs").allSatisfy { !$0.contains("owner=pacer") })
    }

    @Test func `a second keeper on the same state file is refused`() throws {
        let machine = try FakeMachine()
        let first = try Keeper(on: machine)
        _ = try first.ask("clamp 0 800000 policy")
        let second = try Keeper(on: machine)
        #expect(try second.process.waitForExit() == 75)
        #expect(second.errors.contains("another keeper is using"))
        #expect(try first.ask("read 0").first?.contains("min=800000 max=800000") == true)
    }

    private func crash(on machine: FakeMachine) throws {
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 800000 policy")
        keeper.process.send(signal: SIGKILL)
        #expect(try keeper.process.waitForExit() == 128 + SIGKILL)
    }
}
