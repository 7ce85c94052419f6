import Glibc
import PacerAPI
import PacerPorts
import PacerScheduling

/// Who may see and do what. docs/api.md has the table, route by route.
struct Authorisation: Sendable {
    /// What a peer is to this daemon.
    enum Role: Hashable, Sendable {
        /// Root, or the daemon's own user: may do everything.
        case root
        /// A member of the configured group: sees all jobs and ends all but root's.
        case administrator
        /// Sees and ends jobs of their own.
        case user
    }

    private let daemonUserID: UInt32
    private let adminGroupID: UInt32?

    init(daemonUserID: UInt32 = geteuid(), adminGroupID: UInt32? = nil) {
        self.daemonUserID = daemonUserID
        self.adminGroupID = adminGroupID
    }

    /// What the kernel says of the peer decides, not a list of members: a membership counts from the next
    /// login on, as everywhere else.
    func role(of peer: Peer) -> Role {
        if peer.userID == 0 || peer.userID == daemonUserID { return .root }
        guard let adminGroupID else { return .user }
        return peer.groupID == adminGroupID || peer.groups.contains(adminGroupID) ? .administrator : .user
    }

    /// Whether `peer` sees everybody's jobs, the machine's energy and the event journal.
    func seesEverything(_ peer: Peer) -> Bool { role(of: peer) != .user }

    /// Whether `peer` may see `job`.
    func may(_ peer: Peer, see job: StoredJob) -> Bool {
        seesEverything(peer) || peer.userID == job.submission.userID
    }

    /// Refuses to show `job` to others.
    func check(_ peer: Peer, maySee job: StoredJob) throws(APIError) {
        guard may(peer, see: job) else { throw refusal(job) }
    }

    /// Refuses to end what is not the peer's to end.
    func check(_ peer: Peer, mayCancel job: StoredJob) throws(APIError) {
        try check(peer, maySee: job)
        guard
            role(of: peer) != .administrator || peer.userID == job.submission.userID
                || job.submission.userID != 0
        else {
            throw APIError(
                .notPermitted, "job \(job.record.request.id) is root's: only root can cancel it")
        }
    }

    /// Refuses to show what `job` wrote: it may hold secrets, and the files are its submitter's alone.
    func check(_ peer: Peer, mayReadOutputOf job: StoredJob) throws(APIError) {
        guard role(of: peer) == .root || peer.userID == job.submission.userID else {
            throw role(of: peer) == .user
                ? refusal(job)
                : APIError(
                    .notPermitted,
                    "only its submitter and root can read the output of job \(job.record.request.id)")
        }
    }

    /// Refuses what tells of all jobs.
    func check(_ peer: Peer, seesEverythingBecause reason: String) throws(APIError) {
        guard seesEverything(peer) else { throw APIError(.notPermitted, reason) }
    }

    private func refusal(_ job: StoredJob) -> APIError {
        APIError(.notPermitted, "job \(job.record.request.id) belongs to another user")
    }
}
