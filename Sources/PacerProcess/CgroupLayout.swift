import CPacerShims
import Glibc
import PacerPlatform
import PacerPorts

/// Which cgroups an executor may use.
public enum CgroupUse: Hashable, Sendable {
    /// Whatever the machine offers.
    case any
    /// Version 2 alone, also where its controllers are missing.
    case version2
    /// None: jobs are held together by their process tree.
    case none
}

/// The cgroups above the jobs': one parent in every hierarchy that can be used here.
///
/// Version 2 is preferred controller by controller. Where it lacks one (hybrid machines keep the controllers
/// in version 1), a version 2 cgroup still identifies, freezes and kills all processes of a job.
struct CgroupLayout {
    /// The parent of the jobs' cgroups in version 2.
    private(set) var version2: String?
    /// The version 2 cgroup of the shepherds, where they have one of their own: what supervises the daemon
    /// then finds nothing in the daemon's cgroup but the daemon and the keeper.
    private(set) var shepherds: String?
    /// Controllers that the jobs' version 2 cgroups have, of ``wanted``.
    private(set) var controllers2: Set<String> = []
    /// The parents in version 1, by controller.
    private(set) var version1: [String: String] = [:]
    private(set) var containment: Containment

    /// `cpu` and `cpuset` confine and slow jobs; `memory` and `pids` show an administrator what they take.
    private static let wanted = ["cpu", "cpuset", "memory", "pids"]

    /// Who else may be in the cgroup that the jobs' parent is made in.
    private enum Base: Equatable {
        /// Everybody.
        case shared
        /// The daemon, to which it is delegated.
        case own
        /// Nobody: it is delegated for jobs and their shepherds.
        case jobs
    }

    /// Looks for usable cgroups and creates the parents named `parent` in them.
    ///
    /// - Parameter jobs: A cgroup below the mount point of version 2 that may be left to jobs.
    init(parent: String, use: CgroupUse, mounts: CgroupMounts = .current(), jobs: String? = nil) {
        containment = Containment(method: "process tree", note: "")
        var refusals: [String] = []
        if use != .none {
            prepareVersion2(parent: parent, mounts: mounts, jobs: jobs, refusals: &refusals)
        }
        if use == .any {
            for controller in ["cpu", "cpuacct", "cpuset"] {
                prepareVersion1(controller, parent: parent, mounts: mounts, refusals: &refusals)
            }
        }
        containment = describe(use: use, refusals: refusals)
        if let jobs, shepherds == nil, use != .none {
            containment.note += "; the cgroup '\(jobs)' is not there or not delegated, so it is not used"
        }
    }

    /// Creates the cgroup of a job, confined to `cpus`.
    func makeCgroup(named name: String, cpus: CPUSet) throws(PortError) -> JobCgroup? {
        guard version2 != nil || !version1.isEmpty else { return nil }
        let cgroup = self.cgroup(named: name)
        if !cgroup.make() { try makeInPlace(of: cgroup, named: name) }
        do {
            try cgroup.initialiseMemoryNodes()
            try cgroup.confine(to: cpus)
        } catch {
            cgroup.remove()
            throw error
        }
        return cgroup
    }

    /// Makes a cgroup whose parents are gone, or in the place of an earlier job's.
    private func makeInPlace(of cgroup: JobCgroup, named name: String) throws(PortError) {
        guard cgroup.processes().isEmpty else {
            throw PortError(
                .failed, "create cgroup \(name)", reason: "processes of an earlier job are still in it")
        }
        cgroup.remove()
        do {
            try ensureParents()
            for folder in cgroup.folders { try KernelFile.makeFolder(folder) }
        } catch {
            cgroup.remove()
            throw error
        }
    }

    /// The cgroup of a job that an earlier executor launched; `nil` when there is none.
    func existingCgroup(named name: String) -> JobCgroup? {
        let cgroup = self.cgroup(named: name)
        return cgroup.folders.contains(where: KernelFile.exists) ? cgroup : nil
    }

    /// The names of the cgroups of jobs that there are, other executors' included.
    var names: Set<String> {
        let parents = Set(version1.values).union(version2.map { [$0] } ?? [])
        return Set(parents.flatMap(KernelFile.names(in:)).filter { $0.hasPrefix("job-") })
    }

    /// Removes the parents that hold no jobs.
    func removeParents() {
        for folder in Set(version1.values).union(version2.map { [$0] } ?? []) {
            rmdir(folder)  // refused while jobs, or another executor's jobs, are in it, and so it should be
        }
    }

    // MARK: - Details

    private func cgroup(named name: String) -> JobCgroup {
        JobCgroup(
            version2: version2.map { "\($0)/\(name)" }, controllers2: controllers2,
            version1: version1.mapValues { "\($0)/\(name)" })
    }

    private func ensureParents() throws(PortError) {
        for folder in Set(version1.values).sorted() { try KernelFile.makeFolder(folder) }
        if let folder = version1["cpuset"] { try JobCgroup.inheritCPUSet(folder) }
        if let folder = version2 {
            try KernelFile.makeFolder(folder)
            for controller in controllers2.sorted() {
                try KernelFile.write("+\(controller)", to: "\(folder)/cgroup.subtree_control")
            }
        }
    }

    private mutating func prepareVersion2(
        parent: String, mounts: CgroupMounts, jobs: String?, refusals: inout [String]
    ) {
        guard let top = mounts.version2 else { return }
        var bases: [(path: String, kind: Base)] = [(top, .shared)]
        if !mounts.ownPath.isEmpty {
            let own =
                top
                + (mounts.ownPath.hasSuffix("/supervisor")
                    ? mounts.ownPath.dropLast(11) : mounts.ownPath[...])
            if Self.isDelegated(own) { bases.insert((own, .own), at: 0) }
        }
        if let jobs, Self.isDelegated("\(top)/\(jobs)") { bases.insert(("\(top)/\(jobs)", .jobs), at: 0) }
        for (base, kind) in bases {
            do throws(PortError) {
                let folder = "\(base)/\(parent)"
                try KernelFile.makeFolder(folder)
                guard access("\(folder)/cgroup.procs", W_OK) == 0 else {
                    throw PortError(errno: errno, "write to \(folder)")
                }
                if kind == .jobs {
                    try KernelFile.makeFolder("\(base)/shepherds")
                    shepherds = "\(base)/shepherds"
                }
                version2 = folder
                enableControllers(base: base, parent: folder, kind: kind)
                return
            } catch {
                refusals.append(error.description)
            }
        }
    }

    private mutating func enableControllers(base: String, parent: String, kind: Base) {
        let offered = Set(
            (KernelFile.text("\(base)/cgroup.controllers") ?? "").split(separator: " ").map(String.init))
        let wanted = Self.wanted.filter(offered.contains)
        guard !wanted.isEmpty else { return }
        if kind == .own {
            // A cgroup that hands controllers down must not hold processes itself: the daemon moves into a
            // leaf.
            do {
                try KernelFile.makeFolder("\(base)/supervisor")
                try KernelFile.write("\(getpid())", to: "\(base)/supervisor/cgroup.procs")
            } catch {
                return  // then the jobs' cgroups go without controllers, and `containment` says so
            }
        }
        for controller in wanted {
            do {
                try KernelFile.write("+\(controller)", to: "\(base)/cgroup.subtree_control")
                try KernelFile.write("+\(controller)", to: "\(parent)/cgroup.subtree_control")
                controllers2.insert(controller)
            } catch {
                continue  // refused while foreign processes are in `base`; as above
            }
        }
    }

    /// systemd marks the cgroups that it leaves to a service; an unprivileged daemon may use what it can
    /// write.
    private static func isDelegated(_ folder: String) -> Bool {
        for attribute in ["user.delegate", "trusted.delegate"] {
            if pacer_has_attribute(folder, attribute, "1") { return true }
        }
        return geteuid() != 0 && access(folder, W_OK) == 0 && access("\(folder)/cgroup.procs", W_OK) == 0
    }

    private mutating func prepareVersion1(
        _ controller: String, parent: String, mounts: CgroupMounts, refusals: inout [String]
    ) {
        guard !controllers2.contains(controller), let mount = mounts.version1[controller] else { return }
        if controller == "cpuacct", version2 != nil, controllers2.contains("cpu") { return }
        let folder = "\(mount)/\(parent)"
        do throws(PortError) {
            try KernelFile.makeFolder(folder)
            guard access(folder, W_OK) == 0 else { throw PortError(errno: errno, "write to \(folder)") }
            if controller == "cpuset" { try JobCgroup.inheritCPUSet(folder) }
            version1[controller] = folder
        } catch {
            refusals.append(error.description)
        }
    }

    private func describe(use: CgroupUse, refusals: [String]) -> Containment {
        let has: (String) -> Bool = { [controllers2, version1] in
            controllers2.contains($0) || version1[$0] != nil
        }
        if version2 == nil && version1.isEmpty {
            let why =
                use == .none
                ? "cgroups are switched off"
                : refusals.first.map { "cgroups cannot be used (\($0))" } ?? "there are no cgroups"
            return Containment(
                method: "process tree",
                note: "\(why): jobs are pinned by affinity, which they can change between two samples, "
                    + "slowed by stopping and continuing them, and metered through /proc")
        }
        let pinning =
            has("cpuset") ? "pinned by cpuset" : "pinned by affinity, which they can change between samples"
        let slowing =
            has("cpu")
            ? "slowed by a bandwidth quota"
            : version2 != nil
                ? "slowed by freezing and thawing them" : "slowed by stopping and continuing them"
        let version1Names = version1.keys.sorted().joined(separator: ", ")
        let hybrid =
            version2 != nil && !version1.isEmpty
            ? "; \(version1Names) from version 1, the rest from version 2" : ""
        return Containment(
            method: version1.isEmpty ? "cgroup v2" : "cgroup v1",
            note: "jobs are \(pinning) and \(slowing)\(hybrid)")
    }
}
