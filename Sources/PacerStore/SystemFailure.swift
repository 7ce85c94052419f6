import Glibc
import PacerPorts

/// A call of the kernel that failed, or a file that is not what it should be.
struct SystemFailure: Error, Hashable {
    let code: PortError.Code
    let reason: String

    init(_ code: PortError.Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    init(_ number: Int32, at path: String) {
        self.init(number)
        self = SystemFailure(code, "\(path): \(reason)")
    }

    /// What the kernel's error number says.
    init(_ number: Int32) {
        switch number {
        case EACCES, EPERM, EROFS: code = .notPermitted
        case ENAMETOOLONG, ENOTDIR, ELOOP: code = .invalid
        default: code = .failed
        }
        reason = systemWords(number)
    }
}

/// The system's words for an error number.
private func systemWords(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
