import PacerOptimizer
import PacerTestSupport
import PacerUnits

/// A small reproducible problem, and its programs written out in full.
struct BoundCase: CustomStringConvertible {
    var machine: BoundMachine
    var options: [[BoundOption]]
    var jobs: [BoundJob]
    let description: String

    var problem: BoundProblem { BoundProblem(machine: machine, tables: options, jobs: jobs) }

    /// The cuts of time.
    var cuts: [Double] {
        Set(jobs.flatMap { [$0.release.value, $0.deadline.value] }).sorted()
    }

    /// Two to four jobs on two to four cores; the seed chooses everything else too.
    init(seed: UInt64, sharesFrequency: Bool = false) {
        var generator = SeededGenerator(seed: seed)
        let cores = Int.random(in: 2...4, using: &generator)
        let uncore = seed % 4 == 0 ? 0 : Double.random(in: 0...15, using: &generator)
        machine = BoundMachine(
            cores: cores, idle: Watts(5), uncore: Watts(uncore), horizon: Seconds(30),
            sharesFrequency: sharesFrequency)
        options = []
        jobs = []
        description = "seed \(seed), shared frequency: \(sharesFrequency)"
        for table in 0..<Int.random(in: 2...4, using: &generator) {
            let contention = Double.random(in: 0...0.4, using: &generator)
            let clock = Double.random(in: 0.3...1, using: &generator)
            let activity = Double.random(in: 0.6...1.4, using: &generator)
            let isRigid = Int.random(in: 0..<3, using: &generator) == 0
            let least = isRigid ? Int.random(in: 1...cores, using: &generator) : 1
            options.append(
                (least...(isRigid ? least : cores)).flatMap { count in
                    [1.0, 2, 3].map { gigahertz in
                        let n = Double(count)
                        return BoundOption(
                            rate: n / (1 + contention * (n - 1)) / (clock * 3 / gigahertz + 1 - clock),
                            corePower: Watts(
                                n * activity
                                    * (0.3 * gigahertz * gigahertz * gigahertz + 0.5 * gigahertz + 0.6)),
                            cores: count, frequency: Hertz(gigahertz * 1e9))
                    }
                })
            let release = Double(Int.random(in: 0...10, using: &generator))
            let window = Double(Int.random(in: 2...12, using: &generator))
            let fastest = options[table].map(\.rate).max() ?? 0
            // Little enough for all to be done, though late cuts may still forbid it.
            let share = Double.random(in: 0.05...0.5, using: &generator)
            jobs.append(
                BoundJob(
                    release: Seconds(release), deadline: Seconds(release + window),
                    work: share * fastest * window, table: table))
        }
    }

    /// The blocks with the jobs that can run in them.
    var blocks: [(length: Double, jobs: [Int])] {
        zip(cuts, cuts.dropFirst()).map { start, end in
            (
                end - start,
                jobs.indices.filter { jobs[$0].release.value <= start && jobs[$0].deadline.value >= end }
            )
        }
    }

    /// Least energy by the area program: a variable for each job, block and option, none left out.
    var areaOptimum: Double? {
        var program = DenseSimplex()
        var work = jobs.map { _ in [Int: Double]() }
        for block in blocks {
            // Without a shared frequency there is one class of options.
            let classes: [Hertz?] =
                machine.sharesFrequency ? Set(options.joined().map(\.frequency)).sorted() : [nil]
            var length: [Int: Double] = [:]
            for frequency in classes {
                let on = program.variable(cost: machine.uncore.value)
                length[on] = 1
                var area: [Int: Double] = [on: -Double(machine.cores)]
                for job in block.jobs {
                    var time: [Int: Double] = [on: -1]
                    for option in options[jobs[job].table]
                    where frequency == nil || option.frequency == frequency {
                        let variable = program.variable(cost: option.corePower.value)
                        work[job][variable] = option.rate
                        time[variable] = 1
                        area[variable] = Double(option.cores)
                    }
                    program.require(time, .atMost, 0)
                }
                program.require(area, .atMost, 0)
            }
            program.require(length, .atMost, block.length)
        }
        for job in jobs.indices { program.require(work[job], .equal, jobs[job].work) }
        return program.solve().map { $0.cost + machine.idleEnergy.value }
    }

    /// Every way to give the jobs of a block whole options that fit, none at all included.
    func columns(of jobs: [Int]) -> [[(job: Int, option: BoundOption)]] {
        var columns: [[(job: Int, option: BoundOption)]] = [[]]
        for job in jobs {
            for column in columns {
                let used = column.map(\.option.cores).reduce(0, +)
                for option in options[self.jobs[job].table] where used + option.cores <= machine.cores {
                    if machine.sharesFrequency, let first = column.first,
                        first.option.frequency != option.frequency
                    {
                        continue
                    }
                    columns.append(column + [(job, option)])
                }
            }
        }
        return columns
    }

    /// Least energy by the column program: every column, none left out.
    var columnOptimum: Double? {
        var program = DenseSimplex()
        var work = jobs.map { _ in [Int: Double]() }
        for block in blocks {
            var length: [Int: Double] = [:]
            for column in columns(of: block.jobs) where !column.isEmpty {
                let power = column.map(\.option.corePower.value).reduce(machine.uncore.value, +)
                let variable = program.variable(cost: power)
                length[variable] = 1
                for part in column { work[part.job][variable] = part.option.rate }
            }
            program.require(length, .atMost, block.length)
        }
        for job in jobs.indices { program.require(work[job], .equal, jobs[job].work) }
        return program.solve().map { $0.cost + machine.idleEnergy.value }
    }
}
