import PacerModels
import PacerPlatform
import PacerScheduling
import PacerUnits

/// A job's record as it is written: the estimates apart, in a short text.
///
/// A machine of 8 cores and 10 frequencies gives 80 estimates a job; as JSON objects they would be most of
/// the text and of the time to write and to read it.
struct StoredRecord: Codable {
    private var record: JobRecord
    private var estimates: EstimateText

    init(_ record: JobRecord) {
        self.record = record
        self.record.estimates = []
        self.estimates = EstimateText(estimates: record.estimates)
    }

    /// The record with its estimates.
    var whole: JobRecord {
        var record = record
        record.estimates = estimates.estimates
        return record
    }
}

/// Estimates as `cores hertz rate rateError watts origin [powerError]`, parted by semicolons; further words
/// are skipped.
private struct EstimateText: Codable {
    let estimates: [Estimate]

    init(estimates: [Estimate]) { self.estimates = estimates }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        estimates = try text.utf8.split(separator: UInt8(ascii: ";")).map { entry in
            guard let estimate = EstimateText.estimate(entry) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "'\(Substring(entry))' is not an estimate")
            }
            return estimate
        }
    }

    func encode(to encoder: any Encoder) throws {
        var text = ""
        text.reserveCapacity(estimates.count * 80)
        for estimate in estimates {
            let configuration = estimate.configuration
            text += text.isEmpty ? "" : ";"
            text += "\(configuration.cores) \(configuration.frequency.value) \(estimate.rate) "
            text += "\(estimate.rateError) \(estimate.power.value) \(estimate.origin.rawValue)"
            if let error = estimate.powerError { text += " \(error)" }
        }
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    private static func estimate(_ entry: Substring.UTF8View) -> Estimate? {
        let words = entry.split(separator: UInt8(ascii: " ")).map { Substring($0) }
        guard words.count >= 6, let cores = Int(words[0]), cores > 0, let frequency = Double(words[1]),
            let rate = Double(words[2]), let rateError = Double(words[3]), let power = Double(words[4]),
            let origin = Estimate.Origin(rawValue: String(words[5]))
        else { return nil }
        return Estimate(
            configuration: Configuration(cores: cores, frequency: Hertz(frequency)), rate: rate,
            rateError: rateError, power: Watts(power),
            powerError: words.count > 6 ? Double(words[6]) : nil, origin: origin)
    }
}
