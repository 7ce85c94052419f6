import PacerAPI
import PacerConfig
import PacerModels
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits

/// How jobs are evaluated; the same for every table and policy.
struct EvaluationSettings: Hashable {
    var idlePower = Watts.zero
    var accounting = Accounting.horizon
    /// Ascending.
    var deadlineFactors = [1.1, 1.25, 1.5, 2, 3, 4]
    var knowledge = [Knowledge.cold]
    var noise = 0.0
    var seed: UInt64 = 1
    var earlierRuns = 1
    /// `nil` where jobs say how much work there is.
    var workSpread: Double?

    func trial(_ factor: Double, _ knowledge: Knowledge) -> SurfaceTrial {
        var trial = SurfaceTrial(
            deadlineFactor: factor, knowledge: knowledge, idlePower: idlePower, accounting: accounting,
            noise: noise, seed: seed)
        trial.earlierRuns = earlierRuns
        trial.workSpread = workSpread
        return trial
    }
}

/// A file of surfaces.
struct EvaluatedTable {
    /// The file's name without its folders, and what was selected of it.
    let name: String
    /// The file's name without its folders.
    let file: String
    let surfaces: [Surface]
    /// Sentences that begin with the file's name.
    let notes: [String]

    /// Why some of the programs cannot be compared with others, in a sentence; `nil` when all can.
    var loneliness: String? {
        let programs = Set(surfaces.map(\.app)).count
        guard programs <= OtherClasses.fewest else { return nil }
        return
            "a program is compared with \(OtherClasses.fewest) others or more; here are fewer, and this is "
            + "the cold case"
    }

    /// What is wrong where the machine is said to draw more when nothing runs than while a program does, in a
    /// sentence that begins with the file's name; `nil` where it is not said to.
    ///
    /// A program would then take less than nothing above idle, and the less the longer it runs: figures that
    /// look like any others. Within 5 % it may be the error of either measurement, and changes little.
    func warning(idlePower: Watts) -> String? {
        let below = surfaces.flatMap { surface in
            surface.points.filter { $0.power < idlePower * 0.95 }.map { (surface: surface, point: $0) }
        }
        guard let least = below.min(by: { $0.point.power < $1.point.power }) else { return nil }
        let program = [least.surface.app, least.surface.input].filter { !$0.isEmpty }
        let all = surfaces.reduce(0) { $0 + $1.points.count }
        return "\(file): the idle power of \(idlePower) is above the power of running programs, such as the "
            + "\(least.point.power) of \(program.joined(separator: " ")) on \(least.point.configuration), "
            + "at \(below.count) of \(all) configurations: with it, figures of those programs mean little"
    }

    /// A table is text; what is larger than this is not one.
    private static let largestByteCount = 256 * 1024 * 1024

    init(
        file path: String, scale: SurfaceTable.Scale, conditions: [SurfaceTable.Condition]
    ) throws(CommandFailure) {
        let text: String
        do {
            text = try TextFile.read(path, limit: Self.largestByteCount)
        } catch {
            throw CommandFailure(.data, error.description)
        }
        try self.init(text, file: path, scale: scale, conditions: conditions)
    }

    init(
        _ text: String, file path: String, scale: SurfaceTable.Scale = SurfaceTable.Scale(),
        conditions: [SurfaceTable.Condition] = []
    ) throws(CommandFailure) {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        do {
            let table = try SurfaceTable(text, scale: scale, where: conditions)
            self.file = file
            name = ([file] + conditions.map(\.description)).joined(separator: " ")
            surfaces = table.surfaces
            notes = table.notes.map { "\(file): \($0)" }
        } catch {
            throw CommandFailure(.data, "\(path): \(error.description)")
        }
    }
}

/// One simulated run.
struct EvaluatedRow {
    /// Which of the tables.
    let table: Int
    let file: String
    let app: String
    let input: String
    let policy: String
    let trial: SurfaceTrial
    let result: SurfaceEvaluation

    /// The program and its input, for people.
    var program: String { input.isEmpty ? app : "\(app) \(input)" }
}

/// Makes the runs of an evaluation, one after the other.
struct EvaluationRunner {
    let tables: [EvaluatedTable]
    let policies: [GridPolicy]
    let settings: EvaluationSettings

    /// Gives every run to `each`: by table, program, policy, knowledge, deadline.
    func run(_ each: (EvaluatedRow) throws -> Void) throws {
        let programs = tables.reduce(0) { $0 + $1.surfaces.count }
        let total = programs * policies.count * settings.knowledge.count * settings.deadlineFactors.count
        let display = CountDisplay(total: total)
        defer { display.clear() }
        for (index, table) in tables.enumerated() {
            var memory = EvaluationMemory()
            for surface in table.surfaces {
                for policy in policies {
                    for knowledge in settings.knowledge {
                        for factor in settings.deadlineFactors {
                            let trial = settings.trial(factor, knowledge)
                            let classes = knowledge == .others ? memory.classes(table, policy, trial) : []
                            let result = surface.evaluate(policy, trial, classes: classes)
                            display.step()
                            try each(
                                EvaluatedRow(
                                    table: index, file: table.file, app: surface.app, input: surface.input,
                                    policy: policy.name, trial: trial, result: result))
                        }
                    }
                }
            }
        }
    }
}

/// What runs of a table's programs taught, of which nothing was known before.
private struct EvaluationMemory {
    private struct Key: Hashable {
        var policy: String
        var trial: SurfaceTrial
    }

    private var known: [Key: [ClassProfile]] = [:]

    /// What is remembered of all programs of `table`, in its order.
    mutating func classes(
        _ table: EvaluatedTable, _ policy: any Policy, _ trial: SurfaceTrial
    ) -> [ClassProfile] {
        let key = Key(policy: policy.name, trial: trial)
        if let classes = known[key] { return classes }
        let classes = table.surfaces.compactMap { $0.profile(policy, trial) }
        known[key] = classes
        return classes
    }
}
