/// An address and a port that only programs on this machine can reach.
public struct LoopbackAddress: Hashable, Sendable, CustomStringConvertible {
    /// `127.0.0.1`, another address of 127.0.0.0/8, or `::1`.
    public let host: String
    /// The port of TCP; 0 for one that the system chooses.
    public let port: Int

    /// The address in `text`: `127.0.0.1:9464` or `[::1]:9464`. `nil` for anything else, names included: what
    /// a name stands for is not decided here.
    public init?(parsing text: String) {
        guard let colon = text.lastIndex(of: ":"), let host = Self.host(text[..<colon]) else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = Self.number(digits, upTo: 65535), port > 0 else { return nil }
        self.host = host
        self.port = port
    }

    /// `port` of 127.0.0.1.
    public init(port: Int) {
        host = "127.0.0.1"
        self.port = port
    }

    /// As it is written: `127.0.0.1:9464`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether a request that names this host, with or without a port, means this machine by an address, or
    /// by the one name that always does.
    public static func isName(_ text: String) -> Bool {
        var name = text[...]
        if let colon = name.lastIndex(of: ":"), number(name[name.index(after: colon)...], upTo: 65535) != nil,
            !name.hasPrefix("[") || name[..<colon].hasSuffix("]")
        {
            name = name[..<colon]
        }
        return name == "localhost" || host(name) != nil
    }

    private static func host(_ text: Substring) -> String? {
        if text == "[::1]" { return "::1" }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127", parts.allSatisfy({ number($0, upTo: 255) != nil }) else {
            return nil
        }
        return String(text)
    }

    /// A number in decimal digits without a sign or a leading zero.
    private static func number(_ text: Substring, upTo limit: Int) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text == "0" || !text.hasPrefix("0"), let value = Int(text), value <= limit
        else { return nil }
        return value
    }
}
