import PacerModels
import Testing

@Suite struct ContentionVerdictTests {
    private func signals(_ cores: Int, busy: Double, _ set: (inout ContentionSignals) -> Void = { _ in })
        -> ContentionSignals
    {
        var signals = ContentionSignals(cores: cores, onCPUShare: busy)
        set(&signals)
        return signals
    }

    private func kind(_ signals: ContentionSignals...) -> ContentionVerdict.Kind {
        ContentionVerdict(signals).kind
    }

    @Test func `a job that is nearly as many times as fast as its cores scales`() {
        let verdict = ContentionVerdict([
            signals(1, busy: 1) { $0.speedup = 1 }, signals(4, busy: 0.98) { $0.speedup = 3.7 },
        ])
        #expect(verdict.kind == .scales)
        #expect(verdict.evidence == ["4 cores work 3.70 times as fast as one"])
    }

    @Test func `busy cores without progress spin`() {
        let spin = signals(4, busy: 0.99) {
            $0.speedup = 1.02
            $0.voluntarySwitchesPerSecond = 1
            $0.futexShare = 0
        }
        #expect(kind(spin) == .spinning)
        #expect(ContentionVerdict([spin]).evidence.first == "4 cores: busy 99 % of the time")
    }

    @Test func `busy cores with half the progress spin only when the clock matters`() {
        func half(_ sensitivity: Double?) -> ContentionSignals {
            signals(4, busy: 0.99) {
                $0.speedup = 2
                $0.frequencySensitivity = sensitivity
            }
        }
        #expect(kind(half(0.95)) == .spinning)
        #expect(kind(half(0.4)) == .memoryBound)
        #expect(kind(half(nil)) == .unknown)
        #expect(kind(signals(2, busy: 1) { $0.frequencySensitivity = 0.3 }, half(nil)) == .memoryBound)
    }

    @Test func `more instructions for the same work is spinning, whatever the clock says`() {
        let spin = signals(8, busy: 0.97) {
            $0.speedup = 3
            $0.frequencySensitivity = 0.5
            $0.instructionRatio = 2.4
        }
        #expect(kind(spin) == .spinning)
        #expect(
            ContentionVerdict([spin]).evidence.contains(
                "a unit of work takes 2.4 times the instructions it takes on one core"))
    }

    @Test func `threads that sleep in a futex and are woken all the time contend for a lock`() {
        let lock = signals(4, busy: 0.28) {
            $0.speedup = 1.1
            $0.futexShare = 0.9
            $0.voluntarySwitchesPerSecond = 460
        }
        #expect(kind(lock) == .lockContended)
        #expect(ContentionVerdict([lock]).evidence.count == 3)
        let storm = signals(4, busy: 0.9) {
            $0.speedup = 1.3
            $0.systemShare = 0.45
            $0.futexShare = 0.6
            $0.voluntarySwitchesPerSecond = 40_000
        }
        #expect(kind(storm) == .lockContended)
    }

    @Test func `a parked pool beside one busy thread is serial, not contended`() {
        let serial = signals(8, busy: 0.126) {
            $0.speedup = 1.01
            $0.futexShare = 1
            $0.voluntarySwitchesPerSecond = 0.2
            $0.runnableThreads = 1
        }
        #expect(kind(serial) == .serial)
    }

    @Test func `threads in uninterruptible sleep wait for a disk`() {
        let disk = signals(4, busy: 0.2) {
            $0.uninterruptibleShare = 0.6
            $0.voluntarySwitchesPerSecond = 300
        }
        #expect(kind(disk) == .waitingOnIO)
        #expect(kind(signals(4, busy: 0.2) { $0.majorFaultsPerSecond = 200 }) == .waitingOnIO)
        #expect(kind(signals(2, busy: 0.1) { $0.runnableThreads = 0.2 }) == .waitingOnIO)
    }

    @Test func `cores that another program takes are no verdict on the job`() {
        let crowded = signals(4, busy: 0.4) {
            $0.runQueueShare = 0.6
            $0.runnableThreads = 4
        }
        let verdict = ContentionVerdict([crowded])
        #expect(verdict.kind == .unknown)
        #expect(verdict.evidence.last == "another program takes the cores")
    }

    @Test func `what cannot be told is unknown`() {
        #expect(ContentionVerdict([]).kind == .unknown)
        #expect(kind(signals(1, busy: 1)) == .unknown)
        #expect(kind(signals(4, busy: 1)) == .unknown)
        #expect(kind(signals(4, busy: 0.5)) == .unknown)
        #expect(!ContentionVerdict([]).evidence.isEmpty)
    }

    @Test func `the widest configuration is judged, in whatever order they come`() {
        let narrow = signals(2, busy: 1) { $0.speedup = 1.9 }
        let wide = signals(8, busy: 1) { $0.speedup = 1 }
        #expect(kind(narrow, wide) == .spinning)
        #expect(ContentionVerdict([narrow, wide]) == ContentionVerdict([wide, narrow]))
    }
}
