import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits

/// A table of measured surfaces; a small one is evaluated as well.
@Sendable func readSurface(_ input: [UInt8]) {
    accepting {
        let table = try SurfaceTable(input.text, where: [])
        for surface in table.surfaces.prefix(2) {
            // The engine looks at a job every two seconds at least: one of months takes its time.
            guard surface.points.count <= 12, surface.points.allSatisfy({ $0.time <= Seconds(600) }),
                surface.machine.coreCount <= 64
            else { continue }
            let trial = SurfaceTrial(deadlineFactor: 1.5, knowledge: .cold, idlePower: Watts(1))
            _ = surface.evaluate(surfacePolicy, trial)
        }
    }
}

private let surfacePolicy = GridPolicy(
    name: "fuzz", summary: "of the tests", cores: .any, frequency: .any, mix: .twoConfigurations,
    objective: .energy, accounting: .horizon, margin: 0.05, queue: .edf, haste: 1, references: [])
