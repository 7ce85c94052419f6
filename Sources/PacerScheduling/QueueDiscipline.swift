/// The order in which waiting jobs are served, and who may overtake whom.
public enum QueueDiscipline: String, Hashable, Sendable, Codable, CaseIterable {
    /// Earliest deadline first among the jobs that can still keep theirs, then those that cannot, then those
    /// without one. Malleable jobs make room for more urgent ones.
    case edf
    /// First come, first served: a job that does not fit makes all later ones wait.
    case fcfs
    /// First come, first served, but a later job may start if it does not delay the first that waits: EASY
    /// (Lifka, JSSPP 1995; Mu'alem and Feitelson, IEEE TPDS 2001).
    case easyBackfill = "easy-backfill"
}
