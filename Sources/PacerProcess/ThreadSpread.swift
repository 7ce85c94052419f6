import CPacerShims
import PacerPlatform
import PacerPorts

/// Where threads are moved to when the CPUs of a job change, so that none waits while a CPU of the job idles.
///
/// The kernel takes a running thread to a CPU that has come free only when its load balancer next looks: tens
/// of milliseconds in which a job that has just got cores runs no faster than before, and in which its rate
/// says nothing about them.
struct ThreadSpread {
    /// A CPU of the job, and what it shares with others.
    struct Place: Hashable {
        /// The logical CPU.
        let cpu: CPUID
        /// The lowest CPU of its core: siblings have the same.
        let core: CPUID
        /// The number of its processor package.
        let package: Int
    }

    /// A thread that runs or could, and the CPU that it is on.
    struct Thread: Hashable {
        let id: Int32
        let cpu: CPUID
    }

    /// A thread, and where it is to go.
    struct Move: Hashable {
        let thread: Int32
        let cpu: CPUID
    }

    /// Moves after which no CPU has two threads more than another, and no core two more than another that has
    /// a CPU with fewer. Threads stay in their package where that is as good.
    static func moves(of threads: [Thread], over places: [Place]) -> [Move] {
        var waiting: [CPUID: [Int32]] = [:]
        for thread in threads { waiting[thread.cpu, default: []].append(thread.id) }
        var cores: [CPUID: Int] = [:]
        for place in places { cores[place.core, default: 0] += waiting[place.cpu]?.count ?? 0 }
        let load = { (place: Place) in (waiting[place.cpu]?.count ?? 0, cores[place.core] ?? 0) }
        var moves: [Move] = []
        while let from = places.max(by: { load($0) < load($1) }) {
            let distance = { (place: Place) in place.package == from.package ? 0 : 1 }
            let cost = { (place: Place) in (load(place).0, load(place).1, distance(place)) }
            guard let to = places.min(by: { cost($0) < cost($1) }) else { break }
            let (here, there) = (load(from), load(to))
            let helps = here.0 >= there.0 + 2 || (here.0 == there.0 + 1 && here.1 >= there.1 + 2)
            guard helps, let thread = waiting[from.cpu]?.popLast() else { break }
            waiting[to.cpu, default: []].append(thread)
            cores[from.core, default: 0] -= 1
            cores[to.core, default: 0] += 1
            moves.append(Move(thread: thread, cpu: to.cpu))
        }
        return moves
    }

    /// Moves threads of `processes` now. Afterwards each may use all of `mask` again.
    ///
    /// Nothing is owed to a thread that cannot be moved, or ends meanwhile: the kernel will see to it.
    static func apply(_ mask: AffinityMask, to processes: [Int32], reader: KernelFileReader) {
        let cpus = Set(mask.cpus.cpus)
        guard cpus.count > 1 else { return }
        let threads = processes.flatMap { process in
            reader.threads(of: process).compactMap { running($0, of: process, reader: reader) }
        }.filter { cpus.contains($0.cpu) }
        guard threads.count > 1 else { return }
        let places = cpus.sorted().map { place($0, reader: reader) }
        for move in moves(of: threads, over: places) {
            guard let one = try? AffinityMask(CPUSet([move.cpu])) else { continue }
            do throws(PortError) {
                try one.apply(to: move.thread)
            } catch {
                continue  // it may use all of them as before
            }
            // What could be pinned can be let go; should its program change hands in between, the next change
            // of cores tries again.
            try? mask.apply(to: move.thread)
        }
    }

    private static func place(_ cpu: CPUID, reader: KernelFileReader) -> Place {
        let folder = "/sys/devices/system/cpu/cpu\(cpu.number)/topology"
        let sibling =
            reader.read("\(folder)/core_cpus_list") { $0.number() }
            ?? reader.read("\(folder)/thread_siblings_list") { $0.number() }
        let package = reader.read("\(folder)/physical_package_id") { $0.number() }
        return Place(
            cpu: cpu, core: sibling.map { CPUID(Int($0)) } ?? cpu, package: package.map { Int($0) } ?? 0)
    }

    /// A thread that runs or waits for a CPU; `nil` for one that sleeps.
    private static func running(_ id: Int32, of process: Int32, reader: KernelFileReader) -> Thread? {
        reader.read("/proc/\(process)/task/\(id)/stat") { scanner in
            guard scanner.skip(pastLast: UInt8(ascii: ")")), scanner.character() == UInt8(ascii: "R") else {
                return nil
            }
            scanner.skip(fields: 35)  // the state is the 3rd field, the CPU the 39th
            return scanner.number().map { Thread(id: id, cpu: CPUID(Int($0))) }
        }
    }
}
