/// Where the cgroup hierarchies are mounted and where in them this process is.
struct CgroupMounts: Equatable {
    /// The mount point of version 2.
    var version2: String?
    /// The mount points of version 1 by controller.
    var version1: [String: String] = [:]
    /// The path of this process below the version 2 mount point; empty for its root.
    var ownPath = ""

    /// - Parameters:
    ///   - mounts: the text of `/proc/self/mountinfo`.
    ///   - membership: the text of `/proc/self/cgroup`.
    init(mounts: String, membership: String) {
        var root = "/"
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 5, let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count else {
                continue
            }
            let point = Self.unescaped(fields[4])
            if fields[dash + 1] == "cgroup2", version2 == nil {
                version2 = point
                root = Self.unescaped(fields[3])
            } else if fields[dash + 1] == "cgroup" {
                for option in fields[dash + 3].split(separator: ",") where version1[String(option)] == nil {
                    version1[String(option)] = point
                }
            }
        }
        for line in membership.split(separator: "\n") where line.hasPrefix("0::") {
            let path = String(line.dropFirst(3))
            let inside = root == "/" || !path.hasPrefix(root) ? path : String(path.dropFirst(root.count))
            ownPath = inside == "/" || inside.hasPrefix("/..") ? "" : inside
        }
    }

    /// The state of this process.
    static func current() -> CgroupMounts {
        CgroupMounts(
            mounts: KernelFile.text("/proc/self/mountinfo") ?? "",
            membership: KernelFile.text("/proc/self/cgroup") ?? "")
    }

    /// Spaces and the like are written as `\040` in mountinfo.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 92, rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
