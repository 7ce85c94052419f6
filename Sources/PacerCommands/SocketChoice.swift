import PacerConfig

/// Which daemon a command talks to.
struct SocketChoice: Hashable {
    let path: String
    /// Whether the user named it: then no other daemon will do.
    let isExplicit: Bool

    /// `--socket`, else `PACER_SOCKET`, else the user's own where its socket exists, else the system's.
    init(
        option: String?, environment: [String: String], userID: UInt32, exists: (String) -> Bool
    ) {
        if let named = option ?? environment["PACER_SOCKET"].flatMap({ $0.isEmpty ? nil : $0 }) {
            path = named
            isExplicit = true
            return
        }
        let user = DaemonConfiguration.defaults(forRoot: false, environment: environment, userID: userID)
            .socket
        let system = DaemonConfiguration.defaults(forRoot: true, environment: environment, userID: 0).socket
        path = exists(user) ? user : system
        isExplicit = false
    }
}
