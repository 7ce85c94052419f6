/// A short text by which two values can be told apart: the 64-bit FNV-1a hash (Fowler, Noll and Vo) of all
/// that a value encodes, in the order in which it does, numbers to the last bit.
///
/// What is `nil` and what is called `reason` is left out: a field that a later version adds, and other words
/// for the same decision, do not make it another one.
public enum Fingerprint {
    /// The fingerprint of `value`: sixteen hexadecimal digits.
    public static func of(_ value: some Encodable) -> String {
        let sink = Sink()
        do { try value.encode(to: FingerprintEncoder(sink: sink)) } catch { return "unencodable" }
        let digits = String(sink.hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    fileprivate final class Sink {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325

        func add(byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

        func add(_ number: UInt64) {
            for shift in stride(from: 0, to: 64, by: 8) {
                add(byte: UInt8(truncatingIfNeeded: number >> shift))
            }
        }

        func add(_ text: String) {
            for byte in text.utf8 { add(byte: byte) }
            add(byte: 0xff)
        }
    }
}

private struct FingerprintEncoder: Encoder {
    let sink: Fingerprint.Sink
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        sink.add(byte: UInt8(ascii: "{"))
        return KeyedEncodingContainer(Keyed(sink: sink))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        sink.add(byte: UInt8(ascii: "["))
        return Unkeyed(sink: sink)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(sink: sink) }
}

extension Fingerprint.Sink {
    fileprivate func encode<Value: Encodable>(_ value: Value) throws {
        if let number = same(value, as: Double.self) {
            add(number == 0 ? 0 : number.bitPattern)
        } else if let text = same(value, as: String.self) {
            add(text)
        } else if let number = same(value, as: Int.self) {
            add(UInt64(bitPattern: Int64(number)))
        } else if let number = same(value, as: Int64.self) {
            add(UInt64(bitPattern: number))
        } else if let number = same(value, as: UInt64.self) {
            add(number)
        } else if let number = same(value, as: Int32.self) {
            add(UInt64(bitPattern: Int64(number)))
        } else if let flag = same(value, as: Bool.self) {
            add(byte: flag ? 1 : 0)
        } else {
            try value.encode(to: FingerprintEncoder(sink: self))
        }
    }

    /// A cast without the search for conversions that one that fails makes: most of these do.
    private func same<Value, Other>(_ value: Value, as other: Other.Type) -> Other? {
        Value.self == other ? value as? Other : nil
    }
}

private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: Fingerprint.Sink
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) {}

    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        guard key.stringValue != "reason" else { return }
        sink.add(key.stringValue)
        try sink.encode(value)
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        sink.add(key.stringValue)
        return FingerprintEncoder(sink: sink).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        sink.add(key.stringValue)
        return FingerprintEncoder(sink: sink).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { FingerprintEncoder(sink: sink) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { FingerprintEncoder(sink: sink) }
}

private struct Unkeyed: UnkeyedEncodingContainer {
    let sink: Fingerprint.Sink
    var codingPath: [any CodingKey] { [] }
    var count = 0

    init(sink: Fingerprint.Sink) { self.sink = sink }

    mutating func encodeNil() {
        count += 1
        sink.add(byte: UInt8(ascii: "-"))
    }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        count += 1
        sink.add(byte: UInt8(ascii: ","))
        try sink.encode(value)
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> { FingerprintEncoder(sink: sink).container(keyedBy: keyType) }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        FingerprintEncoder(sink: sink).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { FingerprintEncoder(sink: sink) }
}

private struct Single: SingleValueEncodingContainer {
    let sink: Fingerprint.Sink
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() { sink.add(byte: UInt8(ascii: "-")) }
    mutating func encode<Value: Encodable>(_ value: Value) throws { try sink.encode(value) }
}
