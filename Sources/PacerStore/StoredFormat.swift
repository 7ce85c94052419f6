import FoundationEssentials
import PacerPorts

/// How values are written into JSON columns: `{"format":1,"value":…}` with sorted keys.
///
/// Unknown keys are skipped, so that a value with additions can still be read. A change that an older program
/// would misread takes the next format number.
struct StoredFormat {
    static let current = 1

    private struct UnknownFormat: Error {
        var number: Int
    }

    private struct Envelope<Value: Codable>: Codable {
        var format: Int
        var value: Value

        init(_ value: Value) {
            self.format = StoredFormat.current
            self.value = value
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            format = try container.decode(Int.self, forKey: .format)
            guard format == StoredFormat.current else { throw UnknownFormat(number: format) }
            value = try container.decode(Value.self, forKey: .value)
        }
    }

    private static let infinities = ("inf", "-inf", "nan")
    private let encoder: JSONEncoder
    private let decoder: JSONDecoder

    init() {
        let (positive, negative, nan) = StoredFormat.infinities
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: positive, negativeInfinity: negative, nan: nan)
        decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: positive, negativeInfinity: negative, nan: nan)
    }

    func text(_ value: some Codable) throws(DatabaseError) -> String { try plainText(Envelope(value)) }

    /// The value as it is within a text.
    func plainText(_ value: some Encodable) throws(DatabaseError) -> String {
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw DatabaseError(.invalid, "it has no stored form: \(error)")
        }
    }

    /// Reads what ``text(_:)`` wrote; `what` begins the sentence when that fails.
    func value<Value: Codable>(_ text: String, of what: String) throws(DatabaseError) -> Value {
        do {
            return try decoder.decode(Envelope<Value>.self, from: Data(text.utf8)).value
        } catch let unknown as UnknownFormat {
            throw DatabaseError(
                .failed,
                "\(what) is stored in format \(unknown.number), but this version of Pacer reads format "
                    + "\(StoredFormat.current)")
        } catch {
            throw DatabaseError(.failed, "\(what) is stored in a form that cannot be read: \(error)")
        }
    }
}
