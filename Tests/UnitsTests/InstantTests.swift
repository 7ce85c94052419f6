import PacerUnits
import Testing

@Suite struct InstantTests {
    @Test func `a predicted time is rounded up to the next nanosecond`() {
        #expect((Instant.zero + Seconds(1.5)).nanoseconds == 1_500_000_000)
        #expect((Instant.zero + Seconds(1e-10)).nanoseconds == 1)
    }

    @Test func `the difference of instants is in seconds and has a sign`() {
        let early = Instant(nanoseconds: 1_000_000_000)
        let late = Instant(nanoseconds: 3_500_000_000)
        #expect(late - early == Seconds(2.5))
        #expect(early - late == Seconds(-2.5))
        #expect(early.duration(to: late) == .milliseconds(2500))
        #expect(early.advanced(by: .milliseconds(2500)) == late)
        #expect(early < late)
    }

    @Test func `beyond the end of the clock an instant stays at its end`() {
        #expect(Instant.distantFuture + Seconds(1) == .distantFuture)
        #expect(Instant.zero + Seconds.infinity == .distantFuture)
        #expect(Instant.zero.advanced(by: .seconds(Int64.max)) == .distantFuture)
        #expect(Instant.zero.advanced(by: .seconds(Int64.min)).nanoseconds == .min)
    }

    @Test func `a duration becomes seconds and comes back`() {
        #expect(Seconds(Duration.milliseconds(1250)) == Seconds(1.25))
        #expect(Duration(Seconds(1.25), rounding: .down) == .milliseconds(1250))
        #expect(Duration(Seconds(0.5e-9), rounding: .up) == .nanoseconds(1))
        #expect(Duration(Seconds(0.5e-9), rounding: .down) == .nanoseconds(0))
        #expect(Duration(Seconds.infinity, rounding: .up) == .nanoseconds(Int64.max))
    }

    @Test func `instants from elsewhere can be as far apart as numbers allow`() {
        let first = Instant(nanoseconds: .min)
        let last = Instant(nanoseconds: .max)
        #expect((last - first).value == 18_446_744_073.709553)
        #expect((first - last).value == -18_446_744_073.709553)
        #expect(first.duration(to: last) == .nanoseconds(Int64.max))
        #expect(last.duration(to: first) == .nanoseconds(Int64.min))
        #expect((Instant.zero - first).value == 9_223_372_036.854776)
    }
}
