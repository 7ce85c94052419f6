// SPDX-License-Identifier: Apache-2.0
import Testing

/// How pacer-keeper describes the machines there are.
@Suite(
    "pacer-keeper describes frequency domains", .serialized,
    .enabled(if: FakeMachine.obstacle == nil, "no fake machine: \(FakeMachine.obstacle ?? "")"))
struct KeeperDomainTests {
    private let allCPUs = (0..<FakeMachine.cpuCount).map(String.init).joined(separator: ",")

    @Test func `a table driver lists its frequencies and governors`() throws {
        let reply = try Keeper(on: FakeMachine(["FAKE_GOVERNOR": "performance"])).ask("domains")
        #expect(
            reply.first == "domain cpus=0 related=0 driver=acpi-cpufreq governor=performance"
                + " min=800000 max=3200000 hwmin=800000 hwmax=3200000 base=- cur=3200000 boost=-"
                + " freqs=3200000,2400000,1600000,800000"
                + " governors=performance,powersave,userspace,schedutil latency_ns=10000")
        #expect(reply.last == "ok \(FakeMachine.cpuCount)")
    }

    @Test func `one policy over all CPUs is one domain`() throws {
        let reply = try Keeper(on: FakeMachine(["FAKE_DOMAIN": "all"])).ask("domains")
        #expect(reply.first?.hasPrefix("domain cpus=\(allCPUs) related=\(allCPUs) ") == true)
        #expect(reply.last == "ok 1")
    }

    @Test func `hardware coordination widens the domain beyond the policy`() throws {
        let reply = try Keeper(on: FakeMachine(["FAKE_DOMAIN": "hw-all"])).ask("domains")
        #expect(reply.first?.hasPrefix("domain cpus=0 related=\(allCPUs) ") == true)
        #expect(reply.last == "ok \(FakeMachine.cpuCount)")
    }

    @Test func `a driver without a table has a base frequency and empty lists`() throws {
        let machine = try FakeMachine(["FAKE_DRIVER": "intel_pstate", "FAKE_BOOST_KHZ": "3600000"])
        let domain = try #require(try Keeper(on: machine).ask("domains").first)
        #expect(domain.contains(" driver=intel_pstate governor=powersave "))
        #expect(domain.contains(" hwmax=3600000 base=2400000 "))
        #expect(domain.contains(" boost=3600000 freqs=- governors=performance,powersave "))
    }

    @Test func `without a cpufreq driver there is no domain and no knob`() throws {
        let keeper = try Keeper(on: FakeMachine(["FAKE_DRIVER": "none"]))
        #expect(try keeper.ask("domains") == ["ok 0"])
        #expect(try keeper.ask("knobs") == ["ok 0"])
        #expect(try keeper.ask("restore") == ["ok 0"])
        let reply = try keeper.ask("clamp 0 1600000 policy")
        #expect(reply.first?.hasPrefix("error notPresent ") == true)
    }

    @Test func `the fake machine's energy counter advances and wraps`() throws {
        let machine = try FakeMachine(["FAKE_ENERGY_RANGE_UJ": "2000000"])
        let start = try machine.packageEnergy
        try poll(until: "energy was used") { try machine.packageEnergy > start }
        var last = try machine.packageEnergy
        try poll(until: "the counter wrapped") {
            let now = try machine.packageEnergy
            defer { last = now }
            return now < last
        }
    }
}
