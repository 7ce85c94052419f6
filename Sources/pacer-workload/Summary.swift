/// The one line that a run ends with.
struct Summary {
    let kind: String
    let plan: Plan
    let elapsed: MonotonicSpan
    let isRight: Bool

    /// For people: `independent threads=2 work=2000000 seconds=2.031 rate=984736/s check ok`.
    var line: String {
        "\(kind) threads=\(plan.threads) work=\(plan.work) seconds=\(seconds) rate=\(itemsPerSecond)/s "
            + "check \(verdict)"
    }

    /// For programs: the same members as a JSON object, `check` being "ok" or "wrong".
    var json: String {
        "{\"kind\":\"\(kind)\",\"threads\":\(plan.threads),\"work\":\(plan.work),\"seconds\":\(seconds),"
            + "\"rate\":\(itemsPerSecond),\"check\":\"\(verdict)\"}"
    }

    private var verdict: String { isRight ? "ok" : "wrong" }

    private var itemsPerSecond: Int {
        Int((Double(plan.work) * 1e9 / Double(max(1, elapsed.nanoseconds))).rounded())
    }

    /// Elapsed seconds with three decimals.
    private var seconds: String {
        let milliseconds = (elapsed.nanoseconds + 500_000) / 1_000_000
        let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        return "\(milliseconds / 1_000).\(fraction)"
    }
}
