import Foundation
import PacerPlatform
import PacerUnits
import Testing

@testable import PacerCommands
@testable import PacerReport

/// The page of a report.
@Suite struct PageTests {
    static let sample = SampleReplay(jobs: 120, cores: 16).data()

    @Test func `equal data give equal bytes`() throws {
        let again = SampleReplay(jobs: 120, cores: 16).data()
        #expect(ReportPage.html(Self.sample) == ReportPage.html(again))
        let read = try ReportFile.parse(try ReportFile.text(again), file: "results.json")
        #expect(ReportPage.html(read) == ReportPage.html(Self.sample))
    }

    @Test(arguments: ["</script><b>x", "\" onload=alert(1) x=\"", "'&amp;<!--<script>", "\u{202E}abc\u{0}"])
    func `names cannot become markup`(name: String) throws {
        var data = SampleReplay(jobs: 12, cores: 4).data()
        let plain = ReportPage.html(data)
        data.title = name
        data.machine.name = name
        data.notes = [name]
        data.kinds.indices.forEach { data.kinds[$0].name = name }
        data.kinds.indices.forEach { data.kinds[$0].rateUnit = name }
        data.jobs.indices.forEach { data.jobs[$0].name = name }
        data.policies.indices.forEach { data.policies[$0].name = name }
        data.policies.indices.forEach { data.policies[$0].outcomes[0].remark = name }
        let page = ReportPage.html(data)
        let tags = { (page: String) in
            MarkupReader(page).counts.filter { !["tr", "option"].contains($0.key) }
        }
        // The same elements as with harmless names, but for what a policy being the baseline adds.
        #expect(tags(page)["script"] == tags(plain)["script"])
        #expect(tags(page)["b"] == nil)
        #expect(MarkupReader(page).faults.isEmpty)
        #expect(MarkupReader(page).attributes.isDisjoint(with: ["onload"]))
        #expect(!page.unicodeScalars.contains { $0.value == 0 })
        // What the script reads are still the very names.
        let json = try #require(page.ranges(of: #/(?s)id="data">(.*?)<\/script>/#).first)
        let body = page[json].drop { $0 != ">" }.dropFirst().dropLast("</script>".count)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        let jobs = try #require(object["jobs"] as? [String: Any])
        #expect((jobs["name"] as? [String])?.first == name)
    }

    @Test func `the page is well-formed, and every id is there once and every link leads to one`() {
        let reader = MarkupReader(ReportPage.html(Self.sample))
        #expect(reader.faults.isEmpty, "\(reader.faults)")
        #expect(Set(reader.ids).count == reader.ids.count)
        for target in reader.links { #expect(reader.ids.contains(target), "\(target)") }
        for landmark in ["header", "nav", "main", "footer", "h1"] { #expect(reader.counts[landmark] == 1) }
        #expect(reader.unnamedPictures == 0)
    }

    @Test func `nothing is fetched`() {
        let page = ReportPage.html(Self.sample)
        for word in ["http://", "https://", "@import", "url(", "src=", "<iframe", "<img", "fetch("] {
            #expect(!page.contains(word), "\(word)")
        }
    }

    @Test func `figures on the page are those of the data`() throws {
        let data = Self.sample
        let page = ReportPage.html(data)
        let units = PageUnits(data)
        for policy in data.policies {
            #expect(page.contains(units.total.number(policy.energy.total)))
            #expect(page.contains(percent(try #require(policy.gap))))
            let kept = "\(count(policy.summary.misses)) of \(count(policy.summary.withDeadline))"
            #expect(page.contains(kept))
        }
        let reader = MarkupReader(page)
        #expect(reader.counts["tr"] == 1 + data.policies.count + 1 + PageJobs.firstRows)
        #expect(page.contains("modelled"))
        #expect(!page.contains("measured:"))
    }

    @Test func `the answer compares with race-to-idle and names the bound and the misses`() throws {
        let data = Self.sample
        let answer = PageHeadline(context: PageContext(data)).answer
        let policies = data.policies
        let race = try #require(policies.first { $0.name == "race-to-idle" })
        let best = try #require(policies.first { $0.name == "minimum-energy" })
        #expect(answer.hasPrefix("minimum-energy took \(percent(1 - best.energy.total / race.energy.total))"))
        #expect(answer.contains("\(percent(try #require(best.gap))) above the proven lower bound"))
    }

    @Test func `a policy that misses more deadlines is not the best unless all that take less do`() {
        var data = SampleReplay(jobs: 20, cores: 8).data([.raceToIdle, .minimumEnergy, .paceToIdle])
        for index in data.policies.indices { data.policies[index].summary.misses = 0 }
        data.policies[1].energy = ReportEnergy(total: data.policies[0].energy.total * 0.5)
        data.policies[2].energy = ReportEnergy(total: data.policies[0].energy.total * 0.8)
        #expect(PageContext(data).best == 1)
        data.policies[1].summary.misses = 3
        #expect(PageContext(data).best == 2)
        data.policies[2].summary.misses = 1
        #expect(PageContext(data).best == 1)
        #expect(PageHeadline(context: PageContext(data)).answer.contains("3\u{A0}of\u{A0}"))
    }

    // MARK: Extremes

    static let extremes: [(String, ReportData)] = {
        let one = SampleReplay(jobs: 1, cores: 1).data()
        var none = one
        none.jobs = []
        for index in none.policies.indices {
            none.policies[index].outcomes = []
            none.policies[index].segments = []
            none.policies[index].summary = ReportSummary(jobs: 0)
        }
        var empty = none
        empty.policies = []
        empty.kinds = []
        empty.horizon = .zero
        var late = SampleReplay(jobs: 30, cores: 4).data()
        for index in late.jobs.indices { late.jobs[index].deadline = late.jobs[index].submitted }
        var nothing = SampleReplay(jobs: 30, cores: 4).data([.raceToIdle, .paceToIdle])
        for index in nothing.policies.indices {
            nothing.policies[index].energy = ReportEnergy(idle: .zero, uncore: .zero, cores: .zero)
            nothing.policies[index].bound = .zero
        }
        var bare = SampleReplay(jobs: 30, cores: 4).data()
        for index in bare.policies.indices {
            bare.policies[index].segments = []
            bare.policies[index].outcomes.indices.forEach { bare.policies[index].outcomes[$0].ranAt = [] }
        }
        var refused = SampleReplay(jobs: 3, cores: 4).data()
        for index in refused.policies.indices { refused.policies[index].outcomes[1] = ReportOutcome(job: 1) }
        return [
            ("one job", one), ("no jobs", none), ("nothing", empty), ("all late", late),
            ("no energy", nothing), ("no segments", bare), ("never ran", refused),
            ("no deadlines", SampleReplay(jobs: 30, cores: 4, slack: 0).data()),
            ("no bound", SampleReplay(jobs: 30, cores: 4).data(isBounded: false)),
            ("one policy", SampleReplay(jobs: 30, cores: 4).data([.minimumEnergy])),
        ]
    }()

    @Test(arguments: extremes.indices)
    func `extremes make a page, without numbers that are none`(index: Int) throws {
        let (name, data) = Self.extremes[index]
        try data.validate()
        let page = ReportPage.html(data)
        #expect(MarkupReader(page).faults.isEmpty, "\(name): \(MarkupReader(page).faults)")
        let body = page.components(separatedBy: "<script>")[0]
        for word in ["nan", "inf", "NaN", "Optional"] {
            #expect(!body.contains(#/\b\#(word)\b/#), "\(name): \(word)")
        }
    }

    @Test func `without a bound none is drawn and none is zero`() {
        let page = ReportPage.html(SampleReplay(jobs: 30, cores: 4).data(isBounded: false))
        #expect(!page.contains("class=\"bound\""))
        #expect(page.contains("No lower bound was computed"))
    }

    @Test func `a long replay is thinned, says so and stays small`() {
        let data = Self.tiled(copies: 50)
        #expect(data.jobs.count == 10_000 && data.policies.count == 10)
        let page = ReportPage.html(data)
        #expect(page.utf8.count < 10_000_000, "\(page.utf8.count)")
        #expect(page.contains("too many to draw one by one"))
        #expect(MarkupReader(page).faults.isEmpty)
        #expect(PageRows(data).omissions.isEmpty)
        let longer = PageRows(Self.tiled(copies: 60))
        #expect(longer.rows.reduce(0) { $0 + $1.count } <= PageRows.most)
        #expect(longer.omissions.count == 1)
    }

    /// Two hundred jobs again and again, under ten policies.
    static func tiled(copies: Int) -> ReportData {
        let once = SampleReplay(jobs: 200, cores: 32).data()
        var data = once
        data.horizon = once.horizon * Double(copies)
        for copy in 1..<copies {
            let shift = once.horizon * Double(copy)
            data.jobs += once.jobs.map {
                ReportJob(
                    name: $0.name, kind: $0.kind, submitted: $0.submitted + shift,
                    deadline: $0.deadline.map { $0 + shift })
            }
            for index in data.policies.indices {
                data.policies[index].outcomes += once.policies[index].outcomes.map { outcome in
                    var outcome = outcome
                    outcome.job += copy * once.jobs.count
                    outcome.started = outcome.started.map { $0 + shift }
                    outcome.finished = outcome.finished.map { $0 + shift }
                    return outcome
                }
                data.policies[index].segments += once.policies[index].segments.map { segment in
                    var segment = segment
                    segment.job += copy * once.jobs.count
                    segment.start += shift
                    segment.end += shift
                    return segment
                }
            }
        }
        for index in data.policies.indices { data.policies[index].horizon = data.horizon }
        while data.policies.count < 10 {
            var policy = data.policies[data.policies.count % 4]
            policy.name += " \(data.policies.count)"
            data.policies.append(policy)
        }
        return data
    }
}
