import Foundation
import FoundationXML
import PacerAPI
import Testing

@testable import PacerCommands

/// The picture and the words of `pacer explain`.
@Suite struct ExplainTests {
    static func estimate(
        _ cores: Int, _ khz: Int?, rate: Double, power: Double, origin: OriginName = .predicted
    ) -> EstimateView {
        EstimateView(
            configuration: ConfigurationView(cores: cores, frequencyKhz: khz), ratePerS: rate,
            rateErrorRatio: 0.05, powerW: power, origin: origin)
    }

    /// `cores` by `clocks` configurations; two of them on the hull, the first of these chosen.
    static func explanation(cores: Int, clocks: Int, scale: Double = 1) -> ExplanationView {
        var told = ExplanationView(
            job: Samples.finished(), scope: .whole, accounting: "horizon", idleW: 8, restW: 8)
        let fastest = scale * Double(cores) * (0.6 + 0.2 * Double(clocks))
        told.work = 25 * fastest
        told.spanS = 50
        told.reserveS = 5
        told.requiredRatePerS = fastest / 2
        for count in 1...cores {
            for clock in 1...clocks {
                let n = Double(count)
                let gigahertz = 0.6 + 0.2 * Double(clock)
                told.estimates.append(
                    estimate(
                        count, 600_000 + 200_000 * clock, rate: scale * n * gigahertz,
                        power: 14 + n * (0.3 * gigahertz * gigahertz * gigahertz + 0.5),
                        origin: clock == clocks ? .measured : .predicted))
            }
        }
        let ends = [told.estimates.first, told.estimates.last].compactMap { $0?.configuration }
        told.hull = Array(Set(ends)).sorted { $0.cores < $1.cores }
        let plan = { (configuration: ConfigurationView, joules: Double) in
            PlanView(
                segments: [.init(configuration: configuration, durationS: 40)], modelledEnergyJ: joules,
                durationS: 40, meetsDeadline: true, reason: "least energy of 2")
        }
        let first = ends[0]
        told.plans = [
            .init(
                policy: "minimum-energy", plan: plan(first, 200), relativeToChosen: 1, keepsReserve: true),
            .init(
                policy: "race-to-idle", plan: plan(first, 250), relativeToChosen: 1.25, keepsReserve: false),
        ]
        told.ranAt = [.init(configuration: first, durationS: 8)]
        return told
    }

    static let sizes = [(1, 1), (1, 2), (2, 9), (20, 10)]
    static let scales = [1e-4, 1, 1e9]

    @Test(arguments: sizes, scales)
    func `every mark is inside the plot, and every line inside the terminal`(
        size: (Int, Int), scale: Double
    ) throws {
        let chart = try #require(
            FrontierChart(Self.explanation(cores: size.0, clocks: size.1, scale: scale)))
        #expect(FrontierPlot(chart, width: FrontierPlot.least - 1, unicode: true) == nil)
        for width in [FrontierPlot.least, 60, 80, 300] {
            for unicode in [true, false] {
                let plot = try #require(FrontierPlot(chart, width: width, unicode: unicode))
                for point in chart.points {
                    #expect((0..<plot.columns).contains(plot.column(point.rate)))
                    #expect((0..<plot.rows).contains(plot.row(point.power)))
                }
                let lines = plot.lines
                for line in lines where width >= 60 { #expect(displayWidth(line) <= width, "\(line)") }
                let text = lines.joined(separator: "\n")
                let marks = unicode ? ["◆", "■", "┊"] : ["#", "I", ":"]
                // Once in the plot and once in the legend.
                for mark in marks { #expect(text.components(separatedBy: mark).count >= 3, "\(text)") }
                #expect(unicode || text.utf8.allSatisfy { $0 < 128 }, "\(text)")
            }
        }
    }

    @Test func `the marks stand where the axes say`() throws {
        let chart = try #require(FrontierChart(Self.explanation(cores: 2, clocks: 9)))
        let plot = try #require(FrontierPlot(chart, width: 80, unicode: true))
        #expect(plot.column(0) == 0)
        #expect(plot.column(chart.rates.upper) == plot.columns - 1)
        #expect(plot.row(chart.powers.upper) == 0)
        #expect(plot.row(chart.powers.lower) == plot.rows - 1)
        let body = plot.lines.dropFirst().prefix(plot.rows)
        let needed = plot.column(try #require(chart.required))
        #expect(body.allSatisfy { $0.contains("┊") || $0.contains("●") || $0.contains("○") })
        // Behind the labels and the axis, in the column of the rate that is needed.
        let row = try #require(body.first { $0.contains("┊") })
        #expect(Array(row).firstIndex(of: "┊") == needed + plot.lines[1].prefix { $0 != "┤" }.count + 1)
        #expect(plot.lines[1].hasPrefix(chart.powers.label(chart.powers.upper)))
    }

    @Test func `a rate far beyond the fastest does not squeeze the picture`() throws {
        var told = Self.explanation(cores: 2, clocks: 3)
        told.requiredRatePerS = 100
        let chart = try #require(FrontierChart(told))
        #expect(chart.required == nil)
        #expect(chart.rates.upper < 10)
        let text = ExplanationText(told).lines.joined(separator: " ")
        #expect(text.contains("100 units/s, more than the 2.4 units/s of its fastest configuration."))
    }

    @Test(arguments: [
        ([3.0, 41], false, "0 10 20 30 40 50"), ([0, 0.0042], true, "0.000 0.001 0.002 0.003 0.004 0.005"),
        ([7, 7], false, "6.0 6.5 7.0 7.5 8.0"), ([0, 52_000], true, "0 20 40 60"),
        ([], false, "0.0 0.2 0.4 0.6 0.8 1.0"),
    ])
    func `ticks are round and cover what is shown`(_ values: [Double], _ fromZero: Bool, _ labels: String) {
        let axis = ChartAxis(covering: values, fromZero: fromZero, ticks: 5)
        #expect(axis.ticks.map(axis.label).joined(separator: " ") == labels)
        for value in values { #expect((axis.lower...axis.upper).contains(value)) }
    }

    @Test(arguments: sizes)
    func `the picture is well-formed, says what it shows and keeps to its frame`(size: (Int, Int)) throws {
        var told = Self.explanation(cores: size.0, clocks: size.1)
        told.job.command = ["sh", "-c", "a < b && echo \"]]>\u{1}é\""]
        let chart = try #require(FrontierChart(told))
        let reader = SVGReader()
        let parser = XMLParser(data: Data(FrontierSVG(chart, of: told).text.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.root["role"] == "img")
        #expect(reader.root["aria-labelledby"] == "title desc")
        #expect(reader.elements.isSuperset(of: ["title", "desc", "style", "polyline", "circle", "text"]))
        #expect(reader.elements.isDisjoint(with: ["script", "image", "foreignObject", "use", "a"]))
        // One tooltip a point, that of the idle machine, that of the reserve and the title.
        #expect(reader.titles == chart.points.count + 3)
        #expect(!reader.coordinates.isEmpty)
        #expect(reader.coordinates.allSatisfy { (0...960).contains($0) })
        #expect(reader.text.contains("minimum-energy"))
        #expect(reader.text.contains("prefers-color-scheme: dark"))
        #expect(reader.text.contains("a < b && echo"))
    }

    @Test func `the story names what was needed, chosen, next best and taken, each joule with its kind`() {
        var told = Self.explanation(cores: 2, clocks: 2)
        told.nextBest = .init(estimate: told.estimates[1], modelledEnergyJ: 260, durationS: 30, isSure: true)
        let lines = ExplanationText(told).lines
        let text = lines.joined(separator: " ")
        for part in [
            "It had 50 units to do and 50 s from its start to the deadline: 1 units/s, or 50 % of its",
            "minimum-energy would choose 1 core at 800 MHz for 40 s: 200 J modelled from its start to the",
            "The next best single configuration is 1 core at 1 GHz: 260 J, 30.0 % more.",
            "2 of 4 configurations were measured", "took 8 s and 210 J emulated of the machine while it ran",
            "race-to-idle    1 core at 800 MHz  40 s     250 J  +25.0 %  tight",
            "using up the reserve of 5 s",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(lines.allSatisfy { displayWidth($0) <= 80 })
        told.nextBest?.modelledEnergyJ = 199
        #expect(text != ExplanationText(told).lines.joined(separator: " "))
        let near = ExplanationText(told).lines.joined(separator: " ")
        #expect(near.contains("0.5 % less, a difference within one standard error of its rate."))
    }

    @Test func `what is unknown is said to be unknown`() {
        var told = Self.explanation(cores: 2, clocks: 2)
        told.work = nil
        told.requiredRatePerS = nil
        told.plans = []
        let text = ExplanationText(told).lines.joined(separator: " ")
        #expect(text.contains("How much work it has is not known"))
        #expect(text.contains("Its policy, minimum-energy, is not known any more."))
        told.estimates = []
        #expect(FrontierChart(told) == nil)
    }

    @Test func `a change is signed, or called the same`() {
        #expect([0.123, -0.04, 2.216, 0.0004].map(Words.change) == ["+12.3 %", "−4.0 %", "+222 %", "same"])
        #expect(Words.rate(76_400, "units/s") == "76.4 thousand units/s")
        #expect(Words.rate(0.00321, "units/s") == "0.00321 units/s")
        #expect(Words.work(1_040_000, "instructions") == "1.04 million instructions")
    }
}

/// What a test wants to know of a picture.
private final class SVGReader: NSObject, XMLParserDelegate {
    var root: [String: String] = [:]
    var elements: Set<String> = []
    var titles = 0
    var coordinates: [Double] = []
    var text = ""

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        if elements.isEmpty { root = attributes }
        elements.insert(name)
        if name == "title" { titles += 1 }
        for key in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy"] {
            if let value = attributes[key] { coordinates.append(Double(value) ?? .nan) }
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
