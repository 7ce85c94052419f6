import PacerPlatform
import PacerPorts
import PacerUnits
import Testing

@testable import PacerRuntime

@Suite struct KnobWatchTests {
    private static let fast = Hertz(kilohertz: 3_200_000)
    private static let middle = Hertz(kilohertz: 1_600_000)
    private static let slow = Hertz(kilohertz: 800_000)
    private let domain = DomainID(0)

    /// Looks once at a domain that was asked for 3.2 GHz.
    private func look(
        _ watch: inout KnobWatch, _ lowest: Hertz = fast, _ highest: Hertz = fast, runsAt: Hertz? = nil,
        governor: String? = nil, isBusy: Bool = true, after seconds: Double
    ) -> [KnobWatch.Action] {
        var state = HeldState(domain: domain, wanted: Self.fast, lowest: lowest, highest: highest)
        state.present = runsAt
        state.governor = governor
        return watch.look(
            at: [state], isBusy: { _ in isBusy }, culprits: { "tuned is running" },
            now: .zero + Seconds(seconds))
    }

    @Test func `a domain that holds what it should is no news`() {
        var watch = KnobWatch(.warn)
        for second in 0..<20 {
            #expect(look(&watch, runsAt: Self.fast, after: Double(second)).isEmpty)
        }
    }

    @Test func `with warn each change is told once, and its end`() {
        var watch = KnobWatch(.warn)
        let first = look(&watch, Self.slow, Self.middle, after: 0)
        guard case .tell(domain, Self.middle, let sentence) = first.first else {
            Issue.record("\(first)")
            return
        }
        #expect(sentence.contains("tuned is running"))
        #expect(look(&watch, Self.slow, Self.middle, after: 5).isEmpty)
        #expect(look(&watch, Self.slow, Self.slow, after: 10).count == 1)
        let last = look(&watch, after: 15)
        guard case .tell(domain, Self.fast, _) = last.first else {
            Issue.record("\(last)")
            return
        }
        #expect(look(&watch, after: 20).isEmpty)
    }

    @Test func `with hold a knob is set again, but never twice within the truce`() {
        var watch = KnobWatch(.hold)
        var times: [Int] = []
        // A rival that changes it back before every look.
        for second in 0..<60 {
            for case .holdAgain in look(&watch, Self.slow, Self.middle, after: Double(second)) {
                times.append(second)
            }
        }
        #expect(times == [0, 10, 20, 30, 40, 50])
    }

    @Test func `with refuse a domain that somebody changed is given back`() {
        var watch = KnobWatch(.refuse)
        let actions = look(&watch, Self.slow, Self.middle, after: 0)
        guard case .leave(domain, _) = actions.first else {
            Issue.record("\(actions)")
            return
        }
    }

    @Test func `a silent cap is told when it was seen twice under load, and when it is over`() {
        var watch = KnobWatch(.warn)
        #expect(look(&watch, runsAt: Self.middle, after: 0).isEmpty)
        // Suspicion makes the next look come sooner.
        #expect(watch.due == .zero + KnobWatch.suspicion)
        let told = look(&watch, runsAt: Self.middle, after: 1)
        guard case .tell(domain, Self.middle, let sentence) = told.first else {
            Issue.record("\(told)")
            return
        }
        #expect(sentence.contains("1.6 GHz") && sentence.contains("3.2 GHz"))
        #expect(look(&watch, runsAt: Self.middle, after: 6).isEmpty)
        #expect(look(&watch, runsAt: Self.fast, after: 11).count == 1)
    }

    @Test func `what an idle core says of its frequency means nothing`() {
        var watch = KnobWatch(.warn)
        for second in 0..<10 {
            #expect(look(&watch, runsAt: Self.slow, isBusy: false, after: Double(second)).isEmpty)
        }
    }

    @Test func `another governor is mentioned once`() {
        var watch = KnobWatch(.hold)
        #expect(look(&watch, governor: "performance", after: 0).isEmpty)
        #expect(look(&watch, governor: "powersave", after: 5).count == 1)
        #expect(look(&watch, governor: "powersave", after: 10).isEmpty)
    }

    @Test func `nothing is due while nothing is held`() {
        var watch = KnobWatch(.warn)
        #expect(watch.due == nil)
        watch.wasHeld(at: .zero)
        #expect(watch.due == .zero + KnobWatch.suspicion)
        #expect(watch.look(at: [], isBusy: { _ in true }, culprits: { "" }, now: .zero).isEmpty)
        #expect(watch.due == nil)
    }
}
