import Glibc

/// What people call a user.
enum UserName {
    /// The name of the user with this number; the number where nobody knows a name.
    static func of(_ userID: UInt32) -> String {
        var buffer = [CChar](repeating: 0, count: 16384)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(userID, &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return "\(userID)" }
        return String(cString: name)
    }
}
