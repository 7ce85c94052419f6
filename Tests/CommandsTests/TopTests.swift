import PacerAPI
import PacerUnits
import Testing

@testable import PacerCommands

@Suite struct TopTests {
    static func overview(
        cores: Int = 2, perDomain: Int = 1, jobs: Int = 1, waiting: Int = 2, joules: Double = 100,
        at: Int64 = 0
    ) -> OverviewView {
        let now = Samples.now + at * 1_000_000_000
        var view = OverviewView(
            nowUnixNs: now, machineName: "emulated desktop", energySource: .emulated, energyAtUnixNs: now,
            totalJ: joules, unknownS: 0)
        view.domains = (0..<(cores / perDomain)).map { index in
            var domain = OverviewView.Domain(
                id: index * perDomain, cores: Array(index * perDomain..<(index + 1) * perDomain))
            domain.heldKhz = 2_400_000
            domain.readBackKhz = 2_400_000
            return domain
        }
        for index in 0..<jobs {
            var job = Samples.running()
            job.id = Int64(10 + index)
            job.allocation = AllocationView(coreIDs: [index % cores], frequencyKhz: 2_400_000)
            job.slackS = Double(12 - 5 * index)
            job.energy.attributedJ = 100 + Double(index)
            view.active.append(job)
        }
        view.waiting = (0..<waiting).map { Samples.job(Int64(50 + $0), state: .queued) }
        for index in view.waiting.indices { view.waiting[index].startedUnixNs = nil }
        view.counts.running = jobs
        view.counts.queued = waiting
        return view
    }

    private func frame(
        _ width: Int, _ height: Int?, _ model: TopModel, style: Style = .plain
    ) -> [String] {
        TopFrame(width: width, height: height, style: style) { _ in "14:28:12" }.lines(model)
    }

    @Test(arguments: [1, 2, 5, 8, 20, 39, 40, 79, 80, 81, 132, 300])
    func `a frame is never wider or higher than the screen, whatever is shown`(_ width: Int) {
        for height in [1, 5, 24] {
            for (cores, perDomain) in [(2, 1), (256, 64)] {
                for (jobs, waiting) in [(0, 0), (3, 40)] {
                    var model = TopModel(
                        Self.overview(cores: cores, perDomain: perDomain, jobs: jobs, waiting: waiting))
                    for key in ["", "k", "?", "s"] {
                        if let key = key.first { _ = model.press(.character(key), pageLength: 5) }
                        for style in [Style.plain, Style(isOn: true)] {
                            let lines = frame(width, height, model, style: style)
                            #expect(lines.count == height)
                            #expect(lines.allSatisfy { displayWidth($0) <= width })
                        }
                        if key == "?" { _ = model.press(.escape, pageLength: 5) }
                    }
                }
            }
        }
    }

    @Test func `a frame of 80 by 24 has the watts, the cores, the jobs and the keys`() {
        var model = TopModel(Self.overview())
        model.update(Self.overview(joules: 123.4, at: 1))
        let lines = frame(80, 24, model)
        let text = lines.joined(separator: "\n")
        #expect(lines[0].hasPrefix("pacer top  emulated desktop, 2 cores"))
        #expect(lines[0].hasSuffix("14:28:12"))
        #expect(text.contains("power   23.4 W emulated; 123 J emulated since the daemon started"))
        #expect(text.contains("1 running, 2 waiting"))
        #expect(text.contains("0: 2.4 GHz, job 10"))
        #expect(text.contains("1: 2.4 GHz, free"))
        let row = lines.first { $0.hasPrefix(">") } ?? ""
        for part in ["10", "xz", "running", "1 core at 2.4 GHz", "30 %", "12 s"] {
            #expect(row.contains(part), "\(part) in \(row)")
        }
        #expect(lines.last?.contains("q quit") == true)
    }

    @Test func `narrow terminals keep the job and its slack`() {
        let model = TopModel(Self.overview())
        let lines = frame(30, 24, model)
        #expect(lines.contains { $0.contains("JOB") && $0.contains("SLACK") })
        #expect(lines.contains { $0.hasPrefix(">") && $0.contains("10") && $0.contains("12 s") })
    }

    @Test func `a printed frame shows every job`() {
        let model = TopModel(Self.overview(cores: 4, jobs: 4, waiting: 60))
        let lines = frame(132, nil, model)
        for id in Array(10..<14) + Array(50..<110) {
            #expect(lines.contains { $0.split(separator: " ").first == "\(id)" }, "\(id)")
        }
    }

    @Test func `power is energy by time, and unknown where the energy is`() {
        var model = TopModel(Self.overview(joules: 100))
        #expect(model.power == nil)
        model.update(Self.overview(joules: 150, at: 2))
        #expect(model.power == Watts(25))
        // The same reading again, as those get it who may not see every one.
        var same = Self.overview(joules: 150, at: 2)
        same.nowUnixNs += 900_000_000
        model.update(same)
        #expect(model.power == Watts(25))
        var unknown = Self.overview(joules: 150, at: 4)
        unknown.unknownS = 1
        model.update(unknown)
        #expect(model.power == nil)
        // Another daemon counts from zero.
        var restarted = Self.overview(joules: 3, at: 5)
        restarted.unknownS = 1
        model.update(restarted)
        #expect(model.power == nil)
    }

    @Test func `watts of packages and memory are told apart where there are several`() {
        func zoned(_ first: Double, _ second: Double, at: Int64) -> OverviewView {
            var view = Self.overview(joules: first + second, at: at)
            view.energySource = .measured
            view.zones = [
                OverviewView.Zone(name: "package-0", totalJ: first),
                OverviewView.Zone(name: "dram", totalJ: second),
            ]
            return view
        }
        var model = TopModel(zoned(10, 1, at: 0))
        model.update(zoned(50, 4, at: 1))
        let text = frame(100, 24, model).joined(separator: "\n")
        #expect(text.contains("43 W measured (package-0 40 W, dram 3 W)"))
    }

    @Test func `other users' cores are marked, and of them nothing else is told`() {
        var view = Self.overview(cores: 2, jobs: 1, waiting: 0)
        view.othersCores = [1]
        view.counts.running = 2
        let text = frame(100, 24, TopModel(view)).joined(separator: "\n")
        #expect(text.contains("1: 2.4 GHz, other user"))
        #expect(text.contains("2 running, 0 waiting, 1 of them shown"))
    }

    @Test func `many cores are a character each, by frequency`() {
        var view = Self.overview(cores: 128, perDomain: 64, jobs: 3, waiting: 0)
        view.domains[1].readBackKhz = 800_000
        view.othersCores = [127]
        let lines = CoreMap(view).lines(width: 100, height: 4)
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("0-63 2.4 GHz 012---"))
        #expect(lines[1].hasPrefix("64-127 800 MHz ---"))
        #expect(lines[1].hasSuffix("-+"))
    }

    @Test func `what a job is called cannot move the cursor`() {
        var view = Self.overview()
        view.active[0].className = "\u{1b}[2Jevil\u{7}\u{202e}"
        view.machineName = "m\u{1b}c"
        for height in [24, nil] {
            let text = frame(100, height, TopModel(view)).joined(separator: "\n")
            let harmful = text.unicodeScalars.filter {
                $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
            }
            #expect(harmful.isEmpty)
            #expect(text.contains("evil"))
        }
    }

    @Test func `colours are only where they are wanted`() {
        let model = TopModel(Self.overview())
        #expect(!frame(80, 24, model).joined().contains("\u{1b}"))
        #expect(frame(80, 24, model, style: Style(isOn: true)).joined().contains("\u{1b}["))
    }

    @Test func `orders`() {
        var model = TopModel(Self.overview(cores: 4, jobs: 4, waiting: 2))
        #expect(model.jobs.map(\.id) == [10, 11, 12, 13, 50, 51])
        _ = model.press(.character("s"), pageLength: 5)
        #expect(model.order == .slack)
        #expect(model.jobs.map(\.id) == [13, 12, 11, 10, 50, 51])
        _ = model.press(.character("s"), pageLength: 5)
        #expect(model.jobs.prefix(4).map(\.id) == [50, 51, 13, 12])
        for _ in 0..<2 { _ = model.press(.character("s"), pageLength: 5) }
        #expect(model.order == .service)
    }
}

@Suite struct TopKeyTests {
    private func pressed(_ keys: [TopKey], _ model: inout TopModel) -> [TopAction] {
        keys.compactMap { model.press($0, pageLength: 3) }
    }

    @Test func `a job is cancelled after a question, and not otherwise`() {
        var model = TopModel(TopTests.overview(jobs: 2))
        #expect(pressed([.down, .character("k")], &model).isEmpty)
        #expect(model.mode == .confirm(11))
        #expect(pressed([.character("y")], &model) == [.cancel(11)])
        #expect(model.mode == .normal)
        for no in [TopKey.character("n"), .escape, .enter, .character("k"), .up] {
            #expect(pressed([.character("k"), no], &model).isEmpty)
            #expect(model.mode == .normal)
        }
        #expect(pressed([.character("y")], &model).isEmpty)
    }

    @Test func `a job that ends while one is asked about it is not asked about any longer`() {
        var model = TopModel(TopTests.overview(jobs: 2, waiting: 0))
        _ = pressed([.character("k")], &model)
        #expect(model.mode == .confirm(10))
        var next = TopTests.overview(jobs: 2, waiting: 0, at: 1)
        next.active.removeFirst()
        model.update(next)
        #expect(model.mode == .normal)
        #expect(model.selected == 11)
        #expect(pressed([.character("y")], &model).isEmpty)
    }

    @Test func `the chosen job stays chosen, whatever comes before it`() {
        var model = TopModel(TopTests.overview(jobs: 2, waiting: 3))
        _ = pressed([.pageDown], &model)
        #expect(model.selected == 51)
        _ = pressed([.character("s")], &model)
        #expect(model.selected == 51)
        model.update(TopTests.overview(jobs: 1, waiting: 3, at: 1))
        #expect(model.selected == 51)
        _ = pressed([.pageUp, .pageUp, .up], &model)
        #expect(model.selected == model.jobs.first?.id)
        var none = TopModel(TopTests.overview(jobs: 0, waiting: 0))
        #expect(pressed([.down, .character("k"), .up], &none).isEmpty)
        #expect(none.mode == .normal)
    }

    @Test func `q and Ctrl-C quit, also from a question, and any key leaves the help`() {
        var model = TopModel(TopTests.overview())
        #expect(pressed([.character("q")], &model) == [.quit])
        #expect(pressed([.character("k"), .interrupt], &model) == [.quit])
        model = TopModel(TopTests.overview())
        #expect(pressed([.character("?")], &model).isEmpty)
        #expect(model.mode == .help)
        #expect(pressed([.character("q")], &model).isEmpty)
        #expect(model.mode == .normal)
        #expect(pressed([.suspend], &model) == [.suspend])
        #expect(pressed([.character(" ")], &model) == [.refresh])
    }

    @Test(
        arguments: [
            ("q", [.character("q")]), ("\u{1b}[A", [.up]), ("\u{1b}OB", [.down]),
            ("\u{1b}[5~\u{1b}[6~", [.pageUp, .pageDown]), ("\u{1b}", [.escape]),
            ("\u{3}", [.interrupt]), ("\u{1a}", [.suspend]), ("\r", [.enter]),
            ("\u{1b}[1;5Cx", [.character("x")]), ("\u{1b}[", []),
            ("\u{1b}[200~y\u{1b}[201~", [.character("y")]),
            ("", []), ("\u{0}\u{7f}", []), ("ks", [.character("k"), .character("s")]),
        ] as [(String, [TopKey])])
    func `what a terminal sends is taken apart into keys`(_ text: String, _ keys: [TopKey]) {
        #expect(TopKey.parse(Array(text.utf8)) == keys)
    }

    @Test func `no bytes make the reader of keys crash or hang`() {
        var state: UInt64 = 7
        for _ in 0..<2000 {
            let bytes = (0..<12).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let byte = UInt8(truncatingIfNeeded: state >> 33)
                return byte & 3 == 0 ? 0x1b : byte
            }
            #expect(TopKey.parse(bytes).count <= bytes.count)
        }
    }
}
