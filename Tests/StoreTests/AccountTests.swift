import PacerPlatform
import PacerPorts
import PacerScheduling
@testable import PacerStore
import PacerUnits
import Testing

@Suite struct `Accounts` {
    private static func account(_ id: Int64, _ samples: inout Samples) -> JobAccount {
        JobAccount(
            job: JobID(id), finished: Instant(nanoseconds: Int64.random(in: 0...100, using: &samples)),
            userID: samples.pick([0, 7, 1000, .max]), className: samples.pick(["a", "b", "ü'; --", ""]),
            policy: samples.pick(["race-to-idle", "minimum-energy"]),
            source: samples.pick(EnergySource.allCases),
            attributed: Joules(Double.random(in: 0...1e6, using: &samples)),
            attributedError: samples.maybe { Joules(Double.random(in: 0...10, using: &$0)) },
            unknown: Seconds(samples.pick([0, 1.5])),
            coreTime: Seconds(Double.random(in: 0...1e5, using: &samples)),
            deadlineKept: samples.pick([nil, true, false]))
    }

    private static func key(_ account: JobAccount, _ grouping: AccountGrouping) -> String {
        switch grouping {
        case .user: "\(account.userID)"
        case .className: account.className
        case .policy: account.policy
        }
    }

    /// The same sums, added up one by one.
    private static func sums(
        _ accounts: [JobAccount], by grouping: AccountGrouping, since: Instant, user: UInt32?
    ) -> [AccountSum] {
        var sums: [String: AccountSum] = [:]
        for account in accounts
        where account.finished >= since && (user.map { $0 == account.userID } ?? true) {
            let key = key(account, grouping)
            var sum =
                sums["\(account.source.rawValue) \(key)"] ?? AccountSum(key: key, source: account.source)
            sum.jobs += 1
            sum.attributed += account.attributed
            sum.attributedError += account.attributedError ?? .zero
            sum.withoutError += account.attributedError == nil ? 1 : 0
            sum.unknown += account.unknown
            sum.coreTime += account.coreTime
            sum.withDeadline += account.deadlineKept == nil ? 0 : 1
            sum.missed += account.deadlineKept == false ? 1 : 0
            sums["\(account.source.rawValue) \(key)"] = sum
        }
        return sums.values.sorted {
            $0.source == $1.source
                ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : $0.source.rawValue < $1.source.rawValue
        }
    }

    @Test(arguments: AccountGrouping.allCases)
    func `of jobs add up to what adding them one by one gives`(_ grouping: AccountGrouping) throws {
        let folder = try Folder()
        let store = try folder.open()
        var samples = Samples(seed: 11)
        var accounts: [Int64: JobAccount] = [:]
        for _ in 0..<200 {
            let account = Self.account(Int64.random(in: 1...120, using: &samples), &samples)
            // Another line of a job is one of the same user, class, policy and source.
            var next = account
            if let before = accounts[account.job.number] {
                next.userID = before.userID
                next.className = before.className
                next.policy = before.policy
                next.source = before.source
            }
            accounts[next.job.number] = next
            try store.enter(next)
        }
        for (since, user) in [(0, nil), (50, nil), (0, 1000), (50, 7), (101, nil), (0, 5)]
            as [(Int64, UInt32?)]
        {
            let wanted = Self.sums(
                accounts.sorted { $0.key < $1.key }.map(\.value), by: grouping,
                since: Instant(nanoseconds: since), user: user)
            let found = try store.sums(by: grouping, since: Instant(nanoseconds: since), user: user)
            try #require(found.map(\.key) == wanted.map(\.key))
            for (one, other) in zip(found, wanted) {
                #expect(one.source == other.source)
                #expect(one.jobs == other.jobs)
                #expect(abs(one.attributed.value - other.attributed.value) < 1e-3)
                #expect(abs(one.attributedError.value - other.attributedError.value) < 1e-6)
                #expect(one.withoutError == other.withoutError)
                #expect(one.unknown == other.unknown)
                #expect(abs(one.coreTime.value - other.coreTime.value) < 1e-3)
                #expect(one.withDeadline == other.withDeadline)
                #expect(one.missed == other.missed)
            }
        }
    }

    private func interval(_ from: Int64, _ until: Int64, _ source: EnergySource) -> MachineAccount {
        var account = MachineAccount(
            from: Instant(nanoseconds: from * 1_000_000_000),
            until: Instant(nanoseconds: until * 1_000_000_000), source: source)
        account.counted = Joules(Double(until - from) * 10)
        account.idle = Joules(Double(until - from) * 4)
        account.unattributed = Joules(1)
        account.unknown = Seconds(2)
        return account
    }

    @Test func `of the machine are added by source, and an older interval counts by its share`() throws {
        let folder = try Folder()
        let store = try folder.open()
        for account in [
            interval(0, 100, .emulated), interval(100, 200, .emulated), interval(200, 300, .measured),
        ] { try store.enter(account) }
        let all = try store.machine(since: .zero)
        #expect(all.map(\.source) == [.emulated, .measured])
        #expect(all[0].counted == Joules(2000))
        #expect(all[0].idle == Joules(800))
        #expect(all[0].unattributed == Joules(2))
        #expect(all[0].unknown == Seconds(4))
        #expect(all[0].attributed == Joules(1198))
        #expect(all[0].from == .zero)
        #expect(all[1].until == Instant(nanoseconds: 300_000_000_000))
        let later = try store.machine(since: Instant(nanoseconds: 150_000_000_000))
        #expect(later[0].counted == Joules(500))
        #expect(later[0].from == Instant(nanoseconds: 150_000_000_000))
        #expect(later[1].counted == Joules(1000))
        #expect(try store.machine(since: Instant(nanoseconds: 300_000_000_000)).isEmpty)
    }

    @Test func `outlive the daemon, and go with the record or not at all`() throws {
        let folder = try Folder()
        let store = try folder.open()
        var samples = Samples(seed: 3)
        let account = Self.account(1, &samples)
        let failure = PortError(.failed, "go on", reason: "the test wants it")
        #expect(throws: PortError.self) {
            try store.together { () throws(PortError) in
                try store.enter(account)
                throw failure
            }
        }
        #expect(try store.sums(by: .user, since: .zero, user: nil).isEmpty)
        try store.enter(account)
        store.close()
        #expect(try folder.open().sums(by: .user, since: .zero, user: nil).map(\.jobs) == [1])
    }
}
