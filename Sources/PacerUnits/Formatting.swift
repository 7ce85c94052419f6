/// Which decimal prefixes a printed quantity may take.
enum PrefixRange {
    /// From micro to giga.
    case engineering
    /// Micro, milli and none: for what has its own larger units.
    case small
}

/// `value` with three significant digits, a decimal prefix and a unit: `65.2 W`, `2.4 GHz`, `840 mJ`.
func formatted(_ value: Double, unit: String, prefixes: PrefixRange) -> String {
    guard value.isFinite else { return "\(value) \(unit)" }
    let magnitude = abs(value)
    let scale: (Double, String)
    switch magnitude {
    case 0: scale = (1, "")
    case 0.9995e9... where prefixes == .engineering: scale = (1e9, "G")
    case 0.9995e6... where prefixes == .engineering: scale = (1e6, "M")
    case 0.9995e3... where prefixes == .engineering: scale = (1e3, "k")
    case 0.9995...: scale = (1, "")
    case 0.9995e-3...: scale = (1e-3, "m")
    default: scale = (1e-6, "µ")
    }
    return "\(significant(value / scale.0)) \(scale.1)\(unit)"
}

/// `value` rounded to three significant digits above one thousandth, without trailing zeros.
func significant(_ value: Double) -> String {
    let magnitude = abs(value)
    let decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2
    return decimal(value, places: decimals, keepZeros: false)
}

/// `value` in decimal notation with at most `places` digits behind the point.
///
/// Written out here because the pure modules do without Foundation.
public func decimal(_ value: Double, places: Int, keepZeros: Bool = true) -> String {
    var factor = 1.0
    for _ in 0..<places { factor *= 10 }
    // Beyond 2^53 a number has no decimals to round, and far beyond it is no integer that can be divided.
    guard value.isFinite, abs(value) < 1e15, abs(value) * factor < 9.2e18 else { return "\(value)" }
    let scaled = Int64((abs(value) * factor).rounded())
    let whole = scaled / Int64(factor)
    var fraction = String(scaled % Int64(factor))
    fraction = String(repeating: "0", count: places - min(places, fraction.count)) + fraction
    if !keepZeros { while fraction.hasSuffix("0") { fraction.removeLast() } }
    let sign = value < 0 && scaled != 0 ? "-" : ""
    return places == 0 || fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
}
