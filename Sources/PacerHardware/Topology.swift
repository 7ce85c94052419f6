import CHwloc
import CPacerShims
import Glibc
public import PacerPlatform

/// The cores that this process may use, as hwloc sees them.
public struct Topology: Hashable, Sendable {
    /// Ascending by id. Cores are numbered by their lowest CPU, over all cores that are online.
    public let cores: [Core]
    /// The processor's model name; `nil` when the machine does not tell.
    public let processor: String?
    /// Plain sentences about what is restricted.
    public let notes: [String]

    /// Finds the cores of this machine.
    ///
    /// Offline CPUs, and those that this process's cgroup or affinity does not allow, are left out. Where
    /// hwloc fails, each allowed CPU counts as a core of its own, with a note.
    public static func discover() -> Topology {
        read(synthetic: nil) ?? fallback()
    }

    /// The topology that hwloc's synthetic description stands for, such as `pack:2 core:4 pu:2`; `nil` when
    /// it is not a valid one. For tests.
    package static func synthetic(_ description: String) -> Topology? { read(synthetic: description) }
}

extension Topology {
    /// Loads hwloc's topology and copies what is needed; no hwloc object outlives this function.
    private static func read(synthetic: String?) -> Topology? {
        var handle: hwloc_topology_t?
        guard hwloc_topology_init(&handle) == 0, let topology = handle else { return nil }
        defer { hwloc_topology_destroy(topology) }
        if let synthetic, hwloc_topology_set_synthetic(topology, synthetic) != 0 { return nil }
        // Disallowed CPUs are included to be able to say how many there are.
        let flags = UInt(HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED.rawValue)
        guard hwloc_topology_set_flags(topology, flags) == 0, hwloc_topology_load(topology) == 0 else {
            return nil
        }

        let online = members(of: hwloc_topology_get_topology_cpuset(topology))
        var allowed = members(of: hwloc_topology_get_allowed_cpuset(topology))
        if synthetic == nil { allowed.formIntersection(affinity()) }
        var cores: [Core] = []
        var notes: [String] = []
        for (number, found) in allCores(of: topology).enumerated() {
            let ours = CPUSet(found.cpus.cpus.filter(allowed.contains))
            if ours.isEmpty { continue }
            if ours.count < found.cpus.count {
                notes.append("Only CPU \(ours) of the core with CPUs \(found.cpus) may be used.")
            }
            cores.append(
                Core(
                    id: CoreID(number), cpus: ours, package: found.package, numaNode: found.numaNode,
                    kind: found.kind))
        }
        guard !cores.isEmpty else { return nil }
        if let sentence = restriction(online: online, allowed: allowed) { notes.insert(sentence, at: 0) }
        return Topology(cores: cores, processor: processorName(of: topology), notes: notes)
    }

    private static func restriction(online: Set<CPUID>, allowed: Set<CPUID>) -> String? {
        let ours = online.intersection(allowed)
        guard ours.count < online.count else { return nil }
        return "Of the CPUs \(CPUSet(online)) only \(CPUSet(ours)) may be used: "
            + "the others are kept from this process by its cgroup or affinity."
    }

    /// A core before it is known which of its CPUs may be used.
    private struct FoundCore {
        var cpus: CPUSet
        var package: PackageID
        var numaNode: Int
        var kind: Int
    }

    /// Every core that is online, ordered by its lowest CPU.
    private static func allCores(of topology: hwloc_topology_t) -> [FoundCore] {
        let ranked = kindsAreRanked(in: topology)
        // Without core objects (some virtual machines) each CPU is a core.
        let hasCores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) > 0
        let type = hasCores ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU
        var found: [FoundCore] = []
        for index in 0..<max(0, hwloc_get_nbobjs_by_type(topology, type)) {
            guard let object = hwloc_get_obj_by_type(topology, type, UInt32(index)) else { continue }
            let kind = ranked ? hwloc_cpukinds_get_by_cpuset(topology, object.pointee.cpuset, 0) : 0
            found.append(
                FoundCore(
                    cpus: CPUSet(members(of: object.pointee.cpuset)),
                    package: package(of: object, in: topology),
                    numaNode: max(0, Int(hwloc_bitmap_first(object.pointee.nodeset))),
                    kind: max(0, Int(kind))))
        }
        return found.filter { !$0.cpus.isEmpty }.sorted { $0.cpus.cpus[0] < $1.cpus.cpus[0] }
    }

    /// hwloc orders kinds from the most frugal to the fastest core, if it can; else its numbers mean nothing.
    private static func kindsAreRanked(in topology: hwloc_topology_t) -> Bool {
        var efficiency: Int32 = -1
        guard hwloc_cpukinds_get_nr(topology, 0) > 0 else { return false }
        return hwloc_cpukinds_get_info(topology, 0, nil, &efficiency, nil, nil, 0) == 0 && efficiency >= 0
    }

    private static func package(of object: hwloc_obj_t, in topology: hwloc_topology_t) -> PackageID {
        guard let package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, object) else {
            return PackageID(0)
        }
        let number = Int32(bitPattern: package.pointee.os_index)
        return PackageID(number >= 0 ? Int(number) : Int(package.pointee.logical_index))
    }

    private static func processorName(of topology: hwloc_topology_t) -> String? {
        let packages = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PACKAGE)
        guard packages > 0, let package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0),
            let text = hwloc_obj_get_info_by_name(package, "CPUModel")
        else { return nil }
        let name = String(cString: text).split(separator: " ").joined(separator: " ")
        return name.isEmpty ? nil : packages > 1 ? "\(packages) × \(name)" : name
    }

    private static func members(of bitmap: hwloc_const_bitmap_t?) -> Set<CPUID> {
        guard let bitmap else { return [] }
        var members: Set<CPUID> = []
        var index = hwloc_bitmap_first(bitmap)
        let last = hwloc_bitmap_last(bitmap)
        while index >= 0, index <= last {
            members.insert(CPUID(Int(index)))
            index = hwloc_bitmap_next(bitmap, index)
        }
        return members
    }

    /// The CPUs that this process may run on.
    private static func affinity() -> Set<CPUID> {
        var mask = [UInt64](repeating: 0, count: 1024)
        guard pacer_affinity_get(0, &mask, mask.count) >= 0 else {
            return Set((0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))).map { CPUID($0) })
        }
        var members: Set<CPUID> = []
        for (word, bits) in mask.enumerated() where bits != 0 {
            for bit in 0..<64 where bits >> UInt64(bit) & 1 == 1 { members.insert(CPUID(word * 64 + bit)) }
        }
        return members
    }

    private static func fallback() -> Topology {
        let cpus = affinity().sorted()
        let cores = (cpus.isEmpty ? [CPUID(0)] : cpus).map { cpu in
            Core(id: CoreID(cpu.number), cpus: [cpu], package: PackageID(0))
        }
        return Topology(
            cores: cores, processor: nil,
            notes: ["The processor's topology could not be read: each CPU is taken for a core of its own."])
    }
}
