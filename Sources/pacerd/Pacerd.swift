import ArgumentParser
import CPacerShims
import Glibc
import NIOCore
import NIOPosix
import PacerAPIServer
import PacerConfig
import PacerPorts
import PacerRuntime

/// `pacerd`: the service that runs jobs.
@main
struct Pacerd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pacerd",
        abstract: "Runs jobs with deadlines at the least energy.",
        usage: "pacerd [<options>]",
        discussion: """
            Listens on a Unix socket for pacer(1). Root's daemon serves the machine; another user's daemon \
            runs that user's jobs and controls what the user may. SIGTERM ends it: jobs go on under their \
            shepherds and are taken over at the next start. SIGHUP makes it read its configuration and \
            its policies again.

            Exit codes: 0 ended by a signal, 64 usage, 69 the socket is taken, 74 state cannot be used, \
            78 configuration.
            """,
        version: pacerVersion,
        subcommands: [Calibrate.self])

    @OptionGroup var options: Options

    func run() throws {
        // Before any thread is made, so that only sigwait below ever sees them.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        // The parent may be gone already; then nobody is left to serve either.
        if options.private, !ParentProcess.endsThis(numbered: options.parent) { throw ExitCode(75) }
        // One that serves a single command is no business of whoever supervises that command.
        let notice = options.private ? SupervisorNotice.silent : .taken()

        let installation = Installation.located()
        let configuration: DaemonConfiguration
        do {
            configuration = try configured(installation)
        } catch let error as ConfigurationError {
            Log.write(.error, "\(error)")
            throw ExitCode(78)
        }
        let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let daemon: NIOLoopBound<Daemon>
        do {
            daemon = try started(configuration, installation, notice, on: eventLoop)
        } catch {
            Log.write(.error, "\(error)")
            throw ExitCode(exitCode(for: error))
        }
        announce()
        notice.ready(try eventLoop.submit { daemon.value.status }.wait())
        while true {
            var received: Int32 = 0
            sigwait(&signals, &received)
            guard received == SIGHUP, !options.private else { break }
            notice.reloading()
            try reload(daemon, installation, on: eventLoop)
            notice.ready(try eventLoop.submit { daemon.value.status }.wait())
        }
        notice.stopping()
        try eventLoop.flatSubmit { daemon.value.stop() }.wait()
    }

    /// A job takes a descriptor for each CPU and a few more, so that the usual 1024 are soon used up.
    /// Programs of jobs start with what the daemon was given: some of them close, or make room for, all that
    /// they may have.
    private func raiseDescriptorLimit() {
        let failure = pacer_raise_descriptor_limit()
        guard failure < 0 else { return }
        Log.write(
            .warning, "the limit of open files could not be raised: \(String(cString: strerror(-failure)))")
    }

    private func started(
        _ configuration: DaemonConfiguration, _ installation: Installation, _ notice: SupervisorNotice,
        on eventLoop: any EventLoop
    ) throws -> NIOLoopBound<Daemon> {
        let isPrivate = options.private
        let jobsCgroup = options.jobsCgroup
        let daemon = try eventLoop.submit {
            NIOLoopBound(
                try Daemon(
                    configuration, installation: installation, isPrivate: isPrivate, jobsCgroup: jobsCgroup,
                    eventLoop: eventLoop),
                eventLoop: eventLoop)
        }.wait()
        try eventLoop.flatSubmit {
            eventLoop.makeCompletedFuture { try daemon.value.start(version: pacerVersion, notice: notice) }
                .flatMap { $0 }
        }.wait()
        return daemon
    }

    /// Reads the configuration and the policies again. Where they cannot be used, all stays as it was.
    private func reload(
        _ daemon: NIOLoopBound<Daemon>, _ installation: Installation, on eventLoop: any EventLoop
    ) throws {
        let configuration: DaemonConfiguration
        let policies: LoadedPolicies
        do {
            configuration = try configured(installation)
            policies = try LoadedPolicies.load(configuration)
        } catch {
            return Log.write(.error, "nothing was changed: \(error)")
        }
        let sentence = try eventLoop.submit { daemon.value.reload(configuration, policies) }.wait()
        Log.write(.info, sentence)
    }

    /// The configuration file, and what the command line says instead.
    private func configured(_ installation: Installation) throws -> DaemonConfiguration {
        var result = try installation.configuration(file: options.config)
        if let socket = options.socket { result.socket = absolute(socket) }
        if let directory = options.stateDirectory { result.stateDirectory = absolute(directory) }
        if let policies = options.policies { result.policies = absolute(policies) }
        if let profile = options.profile { result.emulatedProfile = profile }
        if let machine = options.machine {
            guard let choice = DaemonConfiguration.MachineChoice(rawValue: machine) else {
                throw ValidationError("'\(machine)' is not a machine; use auto, linux or emulated.")
            }
            result.machine = choice
        }
        return result
    }

    private func announce() {
        if let descriptor = options.readyFd {
            // Whoever waited for this may have gone; that is no reason not to serve.
            _ = [UInt8(1)].withUnsafeBytes { write(descriptor, $0.baseAddress, 1) }
            close(descriptor)
        }
        Log.write(.info, "ready")
    }

    private func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&buffer, buffer.count) != nil else { return path }
        return buffer.withUnsafeBufferPointer { pointer in
            pointer.baseAddress.map { "\(String(cString: $0))/\(path)" } ?? path
        }
    }

    private func exitCode(for error: any Error) -> Int32 {
        switch error {
        case is ConfigurationError, is DaemonError: 78
        case is APIServerError: 69
        case is PortError: 74
        default: 70
        }
    }
}

/// The version of Pacer.
let pacerVersion = "0.1.0"
