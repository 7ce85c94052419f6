import Glibc
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerScheduling
import PacerStore
import PacerUnits

/// Jobs that have a folder and that the database does not know, because it was damaged or is an older one.
///
/// Their numbers are not given again. One that still runs is taken over: what can be told of its program is
/// what the kernel tells. One that has ended keeps its output, and gets a record that says what is known.
struct Orphans {
    /// The folder that holds those of all jobs.
    let folders: String
    let defaultPolicy: String

    /// Gives each of them a record; returns a sentence for each.
    func register(
        in store: SQLiteStore, executor: ProcessExecutor, machine: Machine, at now: Instant
    ) throws(PortError) -> [String] {
        let numbers = self.numbers()
        guard let last = numbers.last else { return [] }
        try store.skipJobIDs(through: last)
        let known = try store.jobIDs()
        var sentences: [String] = []
        for id in numbers where !known.contains(id) {
            let adoption = executor.adopt(id, folder: "\(folders)/\(id)")
            var job = recovered(id, program: executor.program(of: id), at: now)
            if let owner = owner(of: id) {
                job.submission.userID = owner.user
                job.submission.groupID = owner.group
            }
            if geteuid() == 0 { job.record.request.user = UserID(Int64(job.submission.userID)) }
            switch adoption {
            case .running:
                let cores = machine.cores.map(\.id)
                job.record.state = .running(
                    Allocation(cores: cores, frequency: machine.topFrequency), since: now)
                job.record.started = now
                sentences.append(
                    "Job \(id), which the database does not know, still runs and was taken over.")
            case .ended(let report):
                job.record.state = .finished(.ended(report.status), at: report.at)
                sentences.append("Job \(id), which the database does not know, had ended: \(report.status).")
                executor.forget(id)
            case .lost, .notStarted:
                job.record.state = .finished(.lost, at: now)
                sentences.append("Of job \(id), which the database does not know, only its folder is left.")
                executor.forget(id)
            }
            try store.save(job)
        }
        return sentences
    }

    /// Whose the output of a job is: in a folder that only the daemon can change, that is who submitted it,
    /// whatever its program has become since. `nil` where there is none.
    private func owner(of id: JobID) -> (user: UInt32, group: UInt32)? {
        var status = stat()
        guard lstat("\(folders)/\(id)/stdout", &status) == 0 else { return nil }
        return (status.st_uid, status.st_gid)
    }

    /// The numbers of the folders, ascending.
    private func numbers() -> [JobID] {
        guard let directory = opendir(folders) else { return [] }
        defer { closedir(directory) }
        var found: [JobID] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int64(name), number > 0, "\(number)" == name { found.append(JobID(number)) }
        }
        return found.sorted()
    }

    private func recovered(_ id: JobID, program: ProgramFacts?, at now: Instant) -> StoredJob {
        let arguments = program?.arguments ?? []
        var submission = JobSubmission(
            arguments: arguments.isEmpty ? ["unknown"] : arguments, environment: program?.environment ?? [:],
            workingDirectory: program?.workingDirectory ?? "/", umask: 0o077, userID: program?.userID ?? 0,
            groupID: program?.groupID ?? 0, className: "recovered", shape: .moldable(limit: nil),
            policy: defaultPolicy)
        submission.deadline = nil
        let request = JobRequest(
            id: id, className: submission.className, submitted: now, deadline: nil, shape: submission.shape,
            policy: submission.policy, estimate: nil, outputLimit: nil)
        return StoredJob(submission: submission, record: JobRecord(queued: request))
    }
}
