import PacerPlatform
import PacerPorts
import Testing

@testable import PacerHardware

@Suite struct KeeperProtocolTests {
    static let domain =
        "domain cpus=0,1 related=0,1,2,3 driver=acpi-cpufreq governor=performance min=800000 max=3200000 "
        + "hwmin=800000 hwmax=3200000 base=- cur=3199999 boost=- freqs=3200000,2400000,800000 "
        + "governors=ondemand,performance latency_ns=10000"
    static let knob =
        "knob path=/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq now=800000 original=3200000 "
        + "wanted=800000 owner=pacer reason=policy since=1700000000"

    @Test func `a domain line is read field by field`() throws {
        let domain = try KeeperReply.domain(Self.domain)
        #expect(domain.cpus == [CPUID(0), CPUID(1)])
        #expect(domain.related.description == "0-3")
        #expect(domain.driver == "acpi-cpufreq")
        #expect((domain.minimum, domain.maximum) == (800_000, 3_200_000))
        #expect(domain.base == nil && domain.current == 3_199_999)
        #expect(domain.boost.isEmpty && domain.frequencies == [3_200_000, 2_400_000, 800_000])
        #expect(domain.governors == ["ondemand", "performance"] && domain.latencyNanoseconds == 10000)
    }

    @Test func `a knob line is read field by field`() throws {
        let knob = try KeeperReply.knob(Self.knob)
        #expect(knob.owner == .pacer && knob.reason == .policy && knob.since == 1_700_000_000)
        let untouched = try KeeperReply.knob(
            "knob path=/x now=- original=- wanted=- owner=system reason=- since=-")
        #expect(untouched.original == nil && untouched.wanted == nil && untouched.reason == nil)
    }

    @Test func `endings are told from the body`() throws {
        #expect(try KeeperReply.ending("ok") == .done(""))
        #expect(try KeeperReply.ending("ok 3") == .done("3"))
        #expect(try KeeperReply.ending("okay 3") == nil)
        #expect(
            try KeeperReply.ending("error notAccepted the kernel kept 800000 kHz")
                == .failed(.notAccepted, sentence: "the kernel kept 800000 kHz"))
        for line in ["error", "error notPresent", "error newCode something", "error failed "] {
            #expect(throws: KeeperProtocolError.self, "\(line)") { try KeeperReply.ending(line) }
        }
    }

    @Test(arguments: [
        "min=1 max=2", "min=1 max=2 cur=3 more=4", "min=1 min=1 max=2 cur=3", "min= max=2 cur=3",
        "min=-1 max=2 cur=3", "min=1 max=2  cur=3", "min=+1 max=2 cur=3", "min=0 max=2 cur=3",
        "min=99999999999999999999 max=2 cur=3", "min=1 max=2 cur=3 ", "=1 max=2 cur=3", "",
        "min=١ max=2 cur=3",
    ])
    func `limits that are not exactly the protocol's are refused`(line: String) {
        #expect(throws: KeeperProtocolError.self) { try KeeperReply.limits(line) }
    }

    @Test(arguments: [
        ("cpus=0,1", "cpus=-"), ("cpus=0,1", "cpus="), ("cpus=0,1", "cpus=1-0"), ("cpus=0,1", "cpus=a"),
        ("freqs=3200000", "freqs=,3200000"), ("governors=ondemand", "governors=,ondemand"),
        ("latency_ns=10000", "latency_ns=-1"), ("domain ", "domains "), (" base=-", ""),
    ])
    func `a damaged domain line is refused`(good: String, bad: String) throws {
        let range = try #require(Self.domain.firstRange(of: good))
        let line = Self.domain.replacingCharacters(in: range, with: bad)
        #expect(throws: KeeperProtocolError.self) { try KeeperReply.domain(line) }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `no damaged line is misread or crashes`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789=,- \u{0}\u{7f}éabcknow".unicodeScalars)
        for _ in 0..<3000 {
            let source = Bool.random(using: &generator) ? Self.domain : Self.knob
            var scalars = Array(source.unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: scalars.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: scalars.remove(at: place)
                case 1: scalars.insert(alphabet.randomElement(using: &generator) ?? "x", at: place)
                default: scalars[place] = alphabet.randomElement(using: &generator) ?? "x"
                }
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            let line = String(text)
            if let domain = try? KeeperReply.domain(line) {
                let all = [domain.minimum, domain.maximum] + domain.frequencies + domain.boost
                #expect(all.allSatisfy { (1...100_000_000).contains($0) }, "seed \(seed): \(line)")
                #expect(!domain.cpus.isEmpty, "seed \(seed): \(line)")
            }
            _ = try? KeeperReply.knob(line)
            _ = try? KeeperReply.ending(line)
            _ = try? KeeperReply.limits(line)
        }
    }

    @Test func `requests are lines of plain words`() {
        let cpus = CPUSet([0, 1, 2, 5].map(CPUID.init))
        #expect(
            KeeperRequest.clamp(cpus, kilohertz: 800_000, reason: .policy).line == "clamp 0-2,5 800000 policy"
        )
        #expect(KeeperRequest.release(cpus, reason: .restore).line == "release 0-2,5 restore")
        #expect(KeeperRequest.read([CPUID(3)]).line == "read 3")
    }
}

extension String {
    func firstRange(of part: String) -> Range<String.Index>? {
        indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
    }

    func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
