import PacerPlatform
import Testing

@Suite struct LoopbackAddressTests {
    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:1", "::1", 1), ("127.9.8.7:65535", "127.9.8.7", 65535),
    ])
    func `an address of this machine alone is read, and written as it was`(
        _ text: String, _ host: String, _ port: Int
    ) throws {
        let address = try #require(LoopbackAddress(parsing: text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:9464x",
        "0.0.0.0:9464",
        "192.168.0.1:9464", "127.0.0:9464", "127.0.0.0.1:9464", "127.0.0.256:9464", "127.0.0.01:9464",
        "localhost:9464", "[::]:9464", "::1:9464", "[::1]", "[fe80::1]:9464", "127.0.0.1:+1", "128.0.0.1:1",
        "*:9464", "127.0.0.1:99999999999999999999", " 127.0.0.1:1",
    ])
    func `anything else is not`(_ text: String) {
        #expect(LoopbackAddress(parsing: text) == nil)
    }

    @Test func `a host names this machine by an address or by the name that always does`() {
        for name in [
            "127.0.0.1", "127.0.0.1:9464", "localhost", "localhost:1", "[::1]", "[::1]:80", "127.1.2.3:5",
        ] {
            #expect(LoopbackAddress.isName(name), "\(name)")
        }
        for name in [
            "", "example.org", "example.org:9464", "127.0.0.1.example.org", "localhost.example.org",
            "10.0.0.1", "[::2]:1", "127.0.0.1:x", "::1",
        ] {
            #expect(!LoopbackAddress.isName(name), "\(name)")
        }
    }
}
