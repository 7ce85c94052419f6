import PacerAPI
import PacerScheduling
import PacerUnits

extension AdmissionView {
    /// What is told of a promise.
    init(_ admission: Admission, traits: MachineTraits) {
        switch admission {
        case .unknown(let gap): self.init(basis: "none", missing: gap.rawValue)
        case .predicted(let prediction):
            self.init(basis: prediction.basis.rawValue)
            startUnixNs = prediction.start.nanoseconds
            finishUnixNs = prediction.finish.nanoseconds
            finishQuantileUnixNs = prediction.finishQuantile?.nanoseconds
            finishQuantile = prediction.finishQuantile.map { _ in Admission.quantile }
            configuration = ConfigurationView(prediction.configuration, traits: traits)
            modelledEnergyJ = prediction.energy?.value.finite
            keepsDeadline = prediction.keepsDeadline
            earliestDeadlineUnixNs = prediction.earliestDeadline.nanoseconds
        }
    }
}
