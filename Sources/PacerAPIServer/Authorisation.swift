import Glibc
import PacerAPI
import PacerPorts
import PacerScheduling

/// Who may see and do what: users their own jobs; root and the daemon's own user all.
struct Authorisation: Sendable {
    private let daemonUserID: UInt32

    init(daemonUserID: UInt32 = geteuid()) { self.daemonUserID = daemonUserID }

    /// Whether `peer` may act on everybody's jobs.
    func isAdministrator(_ peer: Peer) -> Bool { peer.userID == 0 || peer.userID == daemonUserID }

    /// Whether `peer` may see and cancel `job`.
    func may(_ peer: Peer, actOn job: StoredJob) -> Bool {
        isAdministrator(peer) || peer.userID == job.submission.userID
    }

    /// Refuses what `peer` may not.
    func check(_ peer: Peer, mayActOn job: StoredJob) throws(APIError) {
        guard may(peer, actOn: job) else {
            throw APIError(.notPermitted, "job \(job.record.request.id) belongs to another user")
        }
    }
}
