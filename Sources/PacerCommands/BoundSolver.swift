import PacerAPI
import PacerOptimizer
import PacerReplay

/// Finds the lower bound that a replay is compared with.
enum BoundSolver {
    /// The bound for what a policy made of `workload`; its method says how much may be spent on it.
    static func outcome(
        _ workload: Workload, _ machine: ReplayMachine, _ result: ReplayResult, method: BoundMethod
    ) throws(CommandFailure) -> ReplayBoundOutcome {
        guard method != .none else {
            return ReplayBoundOutcome(jobs: 0, energy: result.energy.total, bound: nil)
        }
        let problem = BoundProblem(workload: workload, machine: machine, result: result)
        // Asked for by name, a missing program is a failure; otherwise the outcome has a note.
        let isThere = LinearProgramChild.isThere || method == .exact
        let solver: (() throws -> any LinearProgramSolver)? = isThere ? { try LinearProgramChild() } : nil
        do {
            return ReplayBoundOutcome(
                jobs: problem.jobs.count, energy: result.energy.total,
                bound: try EnergyBound(problem, method: method, solver: solver))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.internalFailure, "no lower bound: \(error)")
        }
    }
}
