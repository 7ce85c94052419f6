// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What pacer-keeper says and does when the machine, another program or the daemon misbehaves.
@Suite(
    "pacer-keeper under faults", .serialized,
    .enabled(if: FakeMachine.obstacle == nil, "no fake machine: \(FakeMachine.obstacle ?? "")"))
struct KeeperFaultTests {
    // MARK: The kernel

    @Test func `an ignored write is not a success`() throws {
        let machine = try FakeMachine(["FAKE_IGNORE": "1"])
        let keeper = try Keeper(on: machine)
        #expect(
            try keeper.ask("clamp 0 1600000 policy") == [
                "error notAccepted policy0 holds min=800000 max=3200000 instead of min=1600000 max=1600000"
            ])
        #expect(try keeper.ask("knobs").allSatisfy { !$0.contains("owner=pacer") })
    }

    @Test func `a read-only knob is a matter of permission`() throws {
        let machine = try FakeMachine(["FAKE_READONLY": "1"])
        let keeper = try Keeper(on: machine)
        #expect(
            try keeper.ask("clamp 0 1600000 policy") == [
                "error notPermitted cannot write the limits of policy0: Permission denied"
            ])
    }

    @Test func `a frequency that is not in the table is not accepted and leaves no trace`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        #expect(
            try keeper.ask("clamp 0 1500000 policy") == [
                "error notAccepted policy0 holds min=1600000 max=1600000 instead of min=1500000 max=1500000"
            ])
        #expect(try machine.limits.first == KeeperTests.asFound)
    }

    @Test func `a frequency outside the hardware's range is refused before any write`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        #expect(
            try keeper.ask("clamp 0 3300000 policy") == [
                "error notAccepted policy0 can run from 800000 to 3200000 kHz only"
            ])
    }

    @Test func `somebody else's cap shows in the read-back`() throws {
        let machine = try FakeMachine(["FAKE_CAP_KHZ": "1600000"])
        let keeper = try Keeper(on: machine)
        let reply = try keeper.ask("clamp 0 2400000 policy")
        #expect(reply.first?.hasPrefix("error notAccepted policy0 holds min=1600000 max=1600000") == true)
    }

    @Test(
        .enabled(if: KeeperTests.hasSeveralCPUs, "needs two CPUs"),
        arguments: ["FAKE_IGNORE", "FAKE_READONLY"])
    func `a request that fails half-way is undone`(fault: String) throws {
        let machine = try FakeMachine([fault: "1", "FAKE_FAULT_POLICY": "1"])
        let keeper = try Keeper(on: machine)
        #expect(try keeper.ask("clamp 0,1 1600000 policy").first?.hasPrefix("error not") == true)
        #expect(try machine.limits.allSatisfy { $0 == KeeperTests.asFound })
        #expect(!FileManager.default.fileExists(atPath: "\(machine.directory)/state"))
        #expect(try keeper.ask("clamp 0 1600000 policy") == ["ok min=1600000 max=1600000 cur=1600000"])
    }

    @Test func `a failed request leaves an earlier one in force`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 2400000 policy")
        #expect(try keeper.ask("clamp 0 1500000 userRequest").first?.hasPrefix("error notAccepted") == true)
        let knob = try #require(try keeper.ask("knobs").first)
        #expect(knob.contains("now=2400000 original=800000 wanted=2400000 owner=pacer reason=policy since="))
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits.first == KeeperTests.asFound)
    }

    @Test func `a CPU without a policy is named`() throws {
        let keeper = try Keeper(on: FakeMachine())
        let reply = try keeper.ask("clamp 0,4000 1600000 policy")
        #expect(reply == ["error notPresent CPU 4000 is offline or has no cpufreq policy"])
    }

    // MARK: Another program

    @Test func `a limit that somebody else wrote is shown as theirs and left to them`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 1600000 policy")
        try machine.write("2400000", to: "cpufreq/policy0/scaling_max_freq")
        let knobs = try keeper.ask("knobs")
        #expect(knobs[0].contains("scaling_min_freq now=1600000 original=800000 wanted=1600000 owner=pacer"))
        #expect(knobs[1].contains("scaling_max_freq now=2400000 original=3200000 wanted=1600000 owner=other"))
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        // The maximum is theirs; the minimum was ours.
        #expect(try machine.limits.first == "800000-2400000")
        #expect(keeper.errors.contains("policy0 was changed by another program"))
        #expect(!FileManager.default.fileExists(atPath: "\(machine.directory)/state"))
    }

    @Test func `a maximum that somebody else lowered is theirs, the minimum under it is not`()
        throws
    {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 2400000 policy")
        try machine.write("1600000", to: "cpufreq/policy0/scaling_max_freq")
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits.first == "800000-1600000")
    }

    @Test func `a limit that somebody else wrote survives the keeper's next change`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 1600000 policy")
        try machine.write("2400000", to: "cpufreq/policy0/scaling_max_freq")
        #expect(try keeper.ask("clamp 0 800000 policy") == ["ok min=800000 max=800000 cur=800000"])
        #expect(try keeper.ask("knobs")[1].contains("now=800000 original=2400000 wanted=800000 owner=pacer"))
        _ = try keeper.ask("restore")
        #expect(try machine.limits.first == "800000-2400000")
    }

    @Test(arguments: [0, 2_400_000, 1_600_000])
    func `a cap of the kernel's own is no reason to keep a limit`(held: Int) throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 \(held == 0 ? 3_200_000 : held) policy")
        try machine.set("FAKE_CAP_KHZ=1600000")
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine.limits.first == "800000-1600000")
        try machine.set("FAKE_CAP_KHZ=0")
        #expect(try machine.limits.first == KeeperTests.asFound)
        #expect(!FileManager.default.fileExists(atPath: "\(machine.directory)/state"))
    }

    @Test func `what a killed keeper leaves is not taken for somebody else's`()
        throws
    {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 1600000 policy")
        keeper.process.send(signal: SIGKILL)
        _ = try keeper.process.waitForExit()
        try machine.write("2400000", to: "cpufreq/policy0/scaling_max_freq")
        let next = try Keeper(on: machine)
        #expect(try next.ask("hello") == ["ok pacer-keeper 1"])
        #expect(try machine.limits.first == KeeperTests.asFound)
    }

    @Test func `a governor that somebody else chose is left alone`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        _ = try keeper.ask("clamp 0 1600000 policy")
        try machine.write("performance", to: "cpufreq/policy0/scaling_governor")
        _ = try keeper.ask("clamp 0 800000 policy")
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(try machine["cpufreq/policy0/scaling_governor"] == "performance")
        #expect(keeper.errors.contains("the governor of policy0 was changed by another program"))
    }

    // MARK: The daemon

    private static let badRequests = [
        "", "greet", "clamp", "clamp 0", "clamp 0 1600000", "clamp 0 1600000 policy extra", "read", "read -",
        "clamp x 1600000 policy", "clamp 0, 1600000 policy", "clamp 1-0 1600000 policy", "hello there",
        "clamp 5000 1600000 policy", "clamp 0 -1 policy", "clamp 0 0 policy", "clamp 0 1600000kHz policy",
        "clamp 0 99999999999999999999 policy", "clamp 0 1600000 two=words", "release 0",
        "range 0 2400000 800000 policy",
    ]

    @Test func `a bad request is answered and changes nothing`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        for request in Self.badRequests {
            #expect(try keeper.ask(request).first?.hasPrefix("error badRequest ") == true, "\(request)")
        }
        #expect(try keeper.ask("hello") == ["ok pacer-keeper 1"])
        #expect(try machine.limits.first == KeeperTests.asFound)
    }

    @Test func `a line that is too long is discarded as a whole`() throws {
        let keeper = try Keeper(on: FakeMachine())
        let tooLong = "clamp 0 1600000 policy " + String(repeating: "x", count: 10_000)
        #expect(try keeper.ask(tooLong) == ["error badRequest a request line has at most 4096 bytes"])
        let exact = "hello" + String(repeating: " ", count: 4096 - 5)
        #expect(try keeper.ask(exact) == ["ok pacer-keeper 1"])
        #expect(try keeper.ask(exact + " ").first?.hasPrefix("error badRequest") == true)
        #expect(try keeper.ask("hello") == ["ok pacer-keeper 1"])
    }

    @Test func `a NUL byte does not end a request early`() throws {
        let keeper = try Keeper(on: FakeMachine())
        try keeper.send(Array("hello".utf8) + [0] + Array(" there\n".utf8))
        #expect(try keeper.nextReply().first?.hasPrefix("error badRequest") == true)
    }

    @Test func `requests may come in pieces and in bunches`() throws {
        let keeper = try Keeper(on: FakeMachine())
        try keeper.send(Array("hel".utf8))
        try keeper.send(Array("lo\nread 0\nhello\n".utf8))
        #expect(try keeper.nextReply() == ["ok pacer-keeper 1"])
        #expect(try keeper.nextReply().count == 2)
        #expect(try keeper.nextReply() == ["ok pacer-keeper 1"])
    }

    @Test func `a line cut short by the end of the daemon is not carried out`() throws {
        let machine = try FakeMachine()
        let keeper = try Keeper(on: machine)
        try keeper.send(Array("clamp 0 800000 policy".utf8))
        keeper.hangUp()
        #expect(try keeper.process.waitForExit() == 0)
        #expect(keeper.errors == "")
        #expect(try machine.limits.first == KeeperTests.asFound)
    }

    @Test(arguments: [[], ["--state"], ["--state", ""], ["--bogus"], ["--state", "x", "y"], ["--restore"]])
    func `bad usage has its own exit status`(arguments: [String]) throws {
        let result = try run([#require(Programs.keeper)] + arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains("Usage: pacer-keeper"))
    }

    @Test func `help and version go to standard output`() throws {
        let keeper = try #require(Programs.keeper)
        let help = try run([keeper, "--help"]), version = try run([keeper, "--version"])
        #expect(help.status == 0 && help.output.hasPrefix("Usage: pacer-keeper"))
        #expect(version.status == 0 && version.output.hasSuffix(", protocol 1\n"))
    }
}
