import CPacerShims
import Glibc
import PacerPorts
import PacerScheduling

/// The descriptors that a shepherd is started with, in the order that it expects: nothing as its input and
/// output, the description of its job, its end of the connection, the job's folder, the job's cgroups.
final class LaunchFiles {
    private(set) var descriptors: [Int32] = []
    /// The folder of the job's version 2 cgroup.
    private(set) var cgroupDirectory: Int32?
    private var connection: Int32 = -1

    init(_ request: LaunchRequest, cgroup: JobCgroup?, mask: AffinityMask) throws(PortError) {
        do {
            try openAll(request, cgroup: cgroup, mask: mask)
        } catch {
            closeAll()
            throw error
        }
    }

    deinit {
        closeAll()
        if connection >= 0 { close(connection) }
    }

    /// The daemon's end of the connection, which the caller owns from now on.
    func takeConnection() -> Int32 {
        defer { connection = -1 }
        return connection
    }

    /// Closes what the shepherd has by now.
    func closeAll() {
        for descriptor in Set(descriptors) { close(descriptor) }
        descriptors = []
        cgroupDirectory = nil
    }

    private func openAll(_ request: LaunchRequest, cgroup: JobCgroup?, mask: AffinityMask) throws(PortError) {
        let null = try checked(open("/dev/null", O_RDWR | O_CLOEXEC), "open /dev/null")
        descriptors = [null, null, null]
        let joining = try cgroup?.openForLaunch()
        let cgroups = (joining?.version2.map { [$0] } ?? []) + (joining?.version1 ?? [])
        do {
            let description = try LaunchDescription(
                request, mask: mask, hasVersion2: joining?.version2 != nil,
                version1Count: joining?.version1.count ?? 0)
            let file = pacer_memory_file("pacer-job", description.bytes, description.bytes.count)
            descriptors.append(try checked(file, "keep the description of job \(request.job)"))
            descriptors.append(try connect())
            let folder = open(request.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            descriptors.append(try checked(folder, "open \(request.folder)"))
            try claim(folder, of: request.job)
        } catch {
            for file in cgroups { close(file) }
            throw error
        }
        descriptors += cgroups
        cgroupDirectory = joining?.version2
    }

    /// Locks the folder. The shepherd inherits the lock with the descriptor: while it is held somebody may
    /// yet start the program, or see it end.
    ///
    /// One that has told of the end of its job may take a moment to end itself.
    private func claim(_ folder: Int32, of job: JobID) throws(PortError) {
        for _ in 0..<100 {
            if flock(folder, LOCK_EX | LOCK_NB) == 0 { return }
            poll(nil, 0, 10)
        }
        throw PortError(
            .failed, "start job \(job)", reason: "the shepherd of an earlier start still has its folder")
    }

    /// Returns the shepherd's end.
    private func connect() throws(PortError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw PortError(errno: errno, "create a connection to the job's shepherd")
        }
        connection = ends[0]
        return ends[1]
    }

    private func checked(_ result: Int32, _ operation: String) throws(PortError) -> Int32 {
        // Our own functions return the negative errno value, those of the C library -1.
        if result < 0 { throw PortError(errno: result == -1 ? errno : -result, operation) }
        return result
    }
}

/// Calls `body` with the texts as an array of C strings that ends with NULL.
func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers: [UnsafePointer<CChar>?] = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
}
