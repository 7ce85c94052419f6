import PacerPlatform
import PacerReplay
import PacerUnits
import Testing

@Suite struct SurfaceTableTests {
    static let header = "app,input,cores,freq_khz,time_s,energy_j,power_w\n"

    @Test func `a program's rows become a surface, ascending, with power as energy over time`() throws {
        let table = try SurfaceTable(
            Self.header + "b,x,2,2000000,5,100,\na,x,1,1000000,20,,3\nb,x,1,1000000,10,100,99\n")
        #expect(table.notes == [])
        #expect(table.surfaces.map(\.app) == ["b", "a"])
        let first = try #require(table.surfaces.first)
        #expect(first.points.map(\.configuration.cores) == [1, 2])
        #expect(first.points.map(\.power) == [Watts(10), Watts(20)])
        #expect(first.points.map(\.time) == [Seconds(10), Seconds(5)])
        #expect(table.surfaces[1].points.map(\.power) == [Watts(3)])
    }

    @Test func `columns may come in any order, with others between them`() throws {
        let table = try SurfaceTable(
            "note,power_w,time_s,freq_khz,cores,app\nhello,5,2,7,3,p\n")
        #expect(table.surfaces.count == 1)
        #expect(table.surfaces[0].input == "")
        #expect(
            table.surfaces[0].points == [
                SurfacePoint(
                    configuration: Configuration(cores: 3, frequency: Hertz(7000)), time: Seconds(2),
                    power: Watts(5))
            ])
    }

    @Test(arguments: [
        "\u{FEFF}app,input,cores,freq_khz,time_s,energy_j,power_w\r\na,x,1,1000,2,4,\r\n",
        "\n# measured in March\n\"app\",input,\"cores\",freq_khz,time_s,energy_j,power_w\n\na , x,1,1000, 2 ,\"4\",\n",
        "app,input,cores,freq_khz,time_s,energy_j,power_w\na,x,1,1000,2e0,4.0,",
        "app,input,cores,freq_khz,time_s,energy_j,power_w\na,x,1,1000,2,4,NA\na,x,2,1000,NA,4,NA",
    ])
    func `byte-order marks, returns, quotes, comments and blanks change nothing`(_ text: String) throws {
        let plain = try SurfaceTable(Self.header + "a,x,1,1000,2,4,\n")
        #expect(try SurfaceTable(text).surfaces == plain.surfaces)
    }

    @Test func `in quotes a comma is part of the name, and two quotes are one`() throws {
        let table = try SurfaceTable(Self.header + "\"a, \"\"b\"\"\",x,1,1000,2,4,\n")
        #expect(table.surfaces[0].app == "a, \"b\"")
    }

    @Test func `repeats are merged into means and rows that lack something left out, and both are told`()
        throws
    {
        let table = try SurfaceTable(
            Self.header + "a,x,1,1000,2,4,\na,x,1,1000,4,16,\na,x,2,1000,3,,\na,x,4,1000,,5,\n")
        #expect(
            table.surfaces[0].points == [
                SurfacePoint(
                    configuration: Configuration(cores: 1, frequency: Hertz(1e6)), time: Seconds(3),
                    power: Watts(3))
            ])
        #expect(
            table.notes == [
                "2 rows without a time, or without an energy and a power, left out",
                "1 repeated configuration merged into means",
            ])
    }

    @Test func `a relative table is scaled to the time of the fastest`() throws {
        let text =
            "app,input,cores,freq_khz,time_s,energy_j,power_w,speedup,powerup\n"
            + "a,x,1,1000,,,,1,1\na,x,4,1000,,,,4,2.5\n"
        let table = try SurfaceTable(text, scale: SurfaceTable.Scale(fastest: Seconds(30), power: Watts(2)))
        let surface = table.surfaces[0]
        #expect(surface.isRelative)
        #expect(surface.points.map(\.time) == [Seconds(120), Seconds(30)])
        #expect(surface.points.map(\.power) == [Watts(2), Watts(5)])
    }

    @Test func `conditions select rows by any column`() throws {
        let text =
            "app,input,cores,freq_khz,time_s,power_w,long\na,x,1,1000,2,4,1\na,x,2,1000,1,4,0\n"
            + "b,x,1,1000,2,4,1\n"
        let table = try SurfaceTable(
            text,
            where: [
                SurfaceTable.Condition(column: "long", value: "1"),
                SurfaceTable.Condition(column: "app", value: "a"),
            ])
        #expect(table.surfaces.map(\.app) == ["a"])
        #expect(table.surfaces[0].points.map(\.configuration.cores) == [1])
    }

    /// What is wrong, the line, and a part of the sentence.
    static let refused: [(String, Int?, String)] = [
        ("", nil, "the table is empty"),
        ("\n\n# nothing\n", nil, "the table is empty"),
        (header, nil, "the table has no rows"),
        ("app,input,freq_khz,time_s,power_w\na,x,1,1,1\n", 1, "the header lacks 'cores'"),
        ("\u{0}\u{1}\u{2}\u{7F}ELF\n\u{3}", 1, "the header lacks 'app'"),
        ("app,cores,freq_khz,energy_j\na,1,1,1\n", 1, "the header needs time_s"),
        (header + "a,x,1,1000,,,\n", nil, "no row has both a time and an energy or a power"),
        (header + "a,x,1,1000,2,4,\n,x,1,1000,2,4,\n", 3, "the row names no app"),
        (header + "a,x,,1000,2,4,\n", 2, "a row needs cores and freq_khz"),
        (header + "a,x,0,1000,2,4,\n", 2, "cores is 0.0"),
        (header + "a,x,1.5,1000,2,4,\n", 2, "cores is 1.5"),
        (header + "a,x,1e9,1000,2,4,\n", 2, "cores is 1000000000.0"),
        (header + "a,x,1,0,2,4,\n", 2, "freq_khz is 0.0"),
        (header + "a,x,1,1e300,2,4,\n", 2, "freq_khz is 1e+300"),
        (header + "a,x,1,1000,-2,4,\n", 2, "time_s is -2.0"),
        (header + "a,x,1,1000,0,4,\n", 2, "time_s is 0.0"),
        (header + "a,x,1,1000,2,-4,\n", 2, "energy_j is -4.0"),
        (header + "a,x,1,1000,2,4,0\n", 2, "power_w is 0.0"),
        (header + "a,x,1,1000,nan,4,\n", 2, "time_s is 'nan', which is not a number"),
        (header + "a,x,1,1000,2,inf,\n", 2, "energy_j is 'inf', which is not a number"),
        (header + "a,x,one,1000,2,4,\n", 2, "cores is 'one', which is not a number"),
        (header + "a,x,1,1000,1e300,4,\n", 2, "a run time of 1e+300 s"),
        (header + "a,x,1,1000,1e-9,4,\n", 2, "a run time of 1e-09 s"),
        (header + "a,x,1,1000,1,1e300,\n", 2, "a power of 1e+300 W"),
        (header + "a,x,1,1000,1,1e-300,\n", 2, "a power of 1e-300 W"),
        (header + "\"a,x,1,1000,2,4,\n", 2, "a quote is opened and not closed"),
        (
            "app,cores,freq_khz,time_s,power_w,speedup,powerup\na,1,1,1,1,,\na,2,1,,,2,2\n", 3,
            "use one of the two"
        ),
        ("app,cores,freq_khz,speedup,powerup\na,1,1,1e-300,1\na,2,1,1,1\n", 2, "a run time of"),
    ]

    @Test(arguments: refused.indices)
    func `what cannot be is refused with its line, in one sentence`(_ index: Int) throws {
        let (text, line, part) = Self.refused[index]
        let problem = #expect(throws: SurfaceTable.Problem.self) { try SurfaceTable(text) }
        #expect(problem?.line == line)
        #expect(problem?.reason.contains(part) == true, "\(problem?.reason ?? "")")
        #expect(problem?.description.contains("\n") == false)
    }

    @Test(arguments: [
        ("length", "1", "the header lacks 'length', which is to be selected by"),
        ("app", "b", "no row has app=b"),
    ])
    func `a condition that selects nothing is refused`(_ column: String, _ value: String, _ part: String)
        throws
    {
        let problem = #expect(throws: SurfaceTable.Problem.self) {
            try SurfaceTable(
                Self.header + "a,x,1,1000,2,4,\n",
                where: [SurfaceTable.Condition(column: column, value: value)])
        }
        #expect(problem?.reason == part)
    }
}
