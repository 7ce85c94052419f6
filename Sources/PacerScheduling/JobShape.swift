/// How a job may use cores, in the terms of Feitelson and Rudolph (1996).
public enum JobShape: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Exactly this many cores, chosen by the user.
    case rigid(cores: Int)
    /// Any number up to `limit`, chosen once at the start.
    case moldable(limit: Int?)
    /// Any number up to `limit`, and it may change while the job runs.
    case malleable(limit: Int?)

    /// The shape in words: `moldable, up to 4 cores`.
    public var description: String {
        switch self {
        case .rigid(let cores): "rigid, \(cores) cores"
        case .moldable(let limit): limit.map { "moldable, up to \($0) cores" } ?? "moldable"
        case .malleable(let limit): limit.map { "malleable, up to \($0) cores" } ?? "malleable"
        }
    }
}
