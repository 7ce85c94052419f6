/// `text` without what a terminal would obey: names and reasons come from whoever submitted a job.
func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    // Format characters can turn the direction of what follows.
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
}
