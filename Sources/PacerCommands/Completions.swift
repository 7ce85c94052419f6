import ArgumentParser
import FoundationEssentials
import Glibc
import PacerAPI
import PacerAPIClient

/// What a shell is told when it completes a command line. Failures complete nothing: there is nobody to tell.
enum Completions {
    /// Names of the policies that came with Pacer.
    static let policies = CompletionKind.custom { _, _, _ in
        let files = (try? FileManager.default.contentsOfDirectory(atPath: InstalledFiles.policies)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }.sorted()
    }

    /// Numbers of the newest jobs of the daemon that commands talk to, newest first.
    static let jobs = CompletionKind.custom { _, _, _ in
        let choice = SocketChoice(
            option: nil, environment: ProcessInfo.processInfo.environment, userID: geteuid()
        ) {
            access($0, F_OK) == 0
        }
        let jobs = (try? APIClient(socketPath: choice.path).jobs(limit: 50)) ?? []
        return jobs.reversed().map { "\($0.id)" }
    }
}
