public import PacerUnits

// Who waits for others to share what is drawn once.

/// What is expected of jobs that are not among the contenders.
public struct Outlook: Hashable, Sendable {
    /// Seconds until the next job comes, on average; infinite where none is expected.
    public var nextArrival = Double.infinity
    /// Seconds for which one is expected at all.
    public var expectation = 0.0
    /// Seconds for which jobs run that are not planned here; infinite where nobody knows.
    public var company = 0.0

    /// An outlook in which nobody is there and nobody comes.
    public init() {}

    /// What `arrivals` say at `now`, with jobs that are not planned here running for another `company`
    /// seconds.
    public init(_ arrivals: Arrivals, at now: Instant, company: Double = 0) {
        nextArrival = arrivals.expectedWait
        expectation = arrivals.expectation(at: now)
        self.company = company
    }
}

extension JointPlanner {
    /// A job has company when another runs for at least this share of what it would take alone.
    static let companyShare = 0.15
    /// A job waits for company only where it can wait for this share of the time in which the next is
    /// expected: then one comes in one case of five, if jobs come independently of each other.
    static let leastChance = 0.25
    /// A job waits only where what is shared is at least this share of what its own cores would draw alone.
    static let leastShared = 0.25
    /// Nobody waits once those who are here need this share of the machine's cores up to their deadlines.
    static let crowd = 0.5

    /// Puts off jobs that would have to bear alone what is drawn once for all, while others are expected in
    /// time.
    ///
    /// Whoever begins later, and still in time, shares the power of the package with those who come until
    /// then. It begins when somebody is there, when the time that it has is only its policy's patience times
    /// what it takes alone, or when nobody is expected any more.
    func putOff(_ contenders: inout [Contender]) {
        for index in contenders.indices { contenders[index].putOff = 0 }
        guard let patience, outlook.company < .infinity, outlook.expectation > 0,
            contenders.contains(where: { !$0.runs && !$0.beginsAtOnce }), !isCrowded(contenders)
        else { return }
        var company = outlook.company
        var alone: [(index: Int, length: Double, rest: Double)] = []
        for (place, index) in order.enumerated() {
            let contender = contenders[index]
            guard let option = optionAlone(contender) else { continue }
            let length = contender.work / option.speed
            let chance = contender.time - patience * length - Self.leastChance * outlook.nextArrival
            let rest = min(chance, outlook.expectation)
            let gains = ladder.sharedPower >= Self.leastShared * option.corePower
            if !contender.runs, place < hopeful, !contender.beginsAtOnce, rest > 0, gains {
                alone.append((index, length, rest))
            } else {
                company = max(company, length)
            }
        }
        // Who begins is company for the next: the shortest finds some most easily.
        for job in alone.sorted(by: { ($0.length, $0.index) < ($1.length, $1.index) }) {
            if company >= Self.companyShare * job.length {
                company = max(company, job.length)
            } else {
                contenders[job.index].putOff = job.rest
            }
        }
    }

    /// Whether those who are here leave too little for who may come, though each is given what takes the
    /// least core-time.
    private func isCrowded(_ contenders: [Contender]) -> Bool {
        var needed = 0.0
        for (place, index) in order.enumerated() {
            let contender = contenders[index]
            let table = tables[contender.table]
            let request = OptionRequest(
                speed: contender.work / max(contender.time, 1e-9), cores: contender.cores,
                priceStep: ladder.prices.count - 1, shareStep: 0, ladder: ladder)
            guard place < hopeful, let option = policy.option(request, of: table) else {
                needed += Double(contender.held)
                continue
            }
            let chosen = table.options[option]
            needed += Double(chosen.cores) * contender.work / chosen.speed / contender.time
        }
        return needed > Self.crowd * Double(cores)
    }

    /// What a job runs at, or would run at where it is alone and nothing presses it.
    private func optionAlone(_ contender: Contender) -> JobOption? {
        let table = tables[contender.table]
        if contender.current >= 0 { return table.options[contender.current] }
        let request = OptionRequest(
            speed: 0, cores: contender.cores, priceStep: 0, shareStep: 0, ladder: ladder)
        return policy.option(request, of: table).map { table.options[$0] }
    }
}
