import FoundationEssentials

/// Why a text is not the JSON that was expected, in one sentence that names the place.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String
}

/// JSON as it is on the wire: keys sorted, so that equal values are equal texts.
public enum WireJSON {
    /// `value` as JSON.
    ///
    /// - Parameter pretty: Whether to break lines and indent, for people.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws(WireError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw WireError(description: "a value cannot be written as JSON: \(sentence(for: error))")
        }
    }

    /// The value in `bytes`; keys that the type does not have are ignored.
    ///
    /// - Parameter infinities: Whether the texts `inf`, `-inf` and `nan` are numbers, as in stored files.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: some Sequence<UInt8>, infinities: Bool = false
    ) throws(WireError) -> Value {
        let decoder = JSONDecoder()
        if infinities {
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        }
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw WireError(description: sentence(for: error))
        }
    }

    private static func sentence(for error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            "'\(path(context.codingPath + [key]))' is missing"
        case DecodingError.valueNotFound(_, let context):
            "'\(path(context.codingPath))' must not be null"
        case DecodingError.typeMismatch(let type, let context):
            "'\(path(context.codingPath))' must be \(words(for: type))"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "'\(path(context.codingPath))' is not valid: \(context.debugDescription)"
        case DecodingError.dataCorrupted:
            "the text is not JSON"
        case EncodingError.invalidValue(_, let context):
            "'\(path(context.codingPath))' has no JSON form"
        default:
            "\(error)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty
            ? "the text"
            : keys.reduce(into: "") { text, key in
                if let index = key.intValue {
                    text += "[\(index)]"
                } else {
                    text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
                }
            }
    }

    private static func words(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [String: Any].Type: "an object"
        default: "\(type)".hasPrefix("Array") ? "a list" : "an object"
        }
    }
}
