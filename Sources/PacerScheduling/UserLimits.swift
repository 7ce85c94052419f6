public import PacerUnits

/// Whose a job is, where several users share a machine.
public struct UserID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number by which the kernel knows the user.
    public let number: Int64

    /// The user with this number.
    public init(_ number: Int64) { self.number = number }

    /// The administrator, whose jobs no limit holds back.
    public static let root = UserID(0)

    /// Orders by number.
    public static func < (left: UserID, right: UserID) -> Bool { left.number < right.number }

    /// The number alone.
    public var description: String { "\(number)" }
}

extension UserID: Codable {
    /// Reads the number.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Int64.self))
    }

    /// Writes the number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}

/// What each user may have at once; root is not limited.
public struct UserLimits: Hashable, Sendable, Codable {
    /// Jobs that wait; `nil` for any number. Who submits more is refused, which the driver does.
    public var queued: Int?
    /// Jobs that hold cores; `nil` for any number. What would be one more waits.
    public var running: Int?
    /// Share of the machine's cores, above 0 and at most 1; `nil` for all. A job that would need more waits,
    /// and one that can do with fewer gets fewer.
    public var coreShare: Double?

    /// No limits but those given.
    public init(queued: Int? = nil, running: Int? = nil, coreShare: Double? = nil) {
        self.queued = queued
        self.running = running
        self.coreShare = coreShare
    }

    /// The cores that a user may hold of `all`: the share of them, rounded down, but at least one.
    public func cores(of all: Int) -> Int {
        guard let coreShare else { return all }
        return min(all, max(1, Int(Double(all) * coreShare)))
    }
}

/// The cores that a user has had for how long lately: one number, which halves as time goes by.
public struct UserShare: Hashable, Sendable, Codable {
    /// Whose.
    public var user: UserID
    /// Seconds, each times the cores that were held in it, less what has faded.
    public var coreTime: Double
    /// When it fades next.
    public var fades: Instant

    /// What is remembered is halved as often as this.
    static let halfLife = Seconds(600)

    /// A user who has had no cores yet at `now`.
    init(user: UserID, at now: Instant) {
        self.user = user
        coreTime = 0
        fades = now + Self.halfLife
    }

    /// Lets time go by, with `cores` held since `before`.
    mutating func add(cores: Int, from before: Instant, to now: Instant) {
        // In whole steps, so that it is the same however often it is asked.
        if now >= fades {
            let steps = Int64((now - fades).value / Self.halfLife.value) + 1
            coreTime = steps > 60 ? 0 : coreTime / Double(1 << steps)
            fades = fades + Self.halfLife * Double(steps)
        }
        coreTime += Double(cores) * max(0, (now - before).value)
    }
}
