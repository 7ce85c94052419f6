import PacerAPI
import PacerModels
import PacerUnits

/// Why a calibration was not done: one sentence and an exit code.
struct CalibrationFailure: Error, CustomStringConvertible {
    let exitCode: Int32
    let sentence: String

    init(_ exit: CommandExit, _ sentence: String) {
        self.exitCode = exit.rawValue
        self.sentence = sentence
    }

    private init(exitCode: Int32, sentence: String) {
        self.exitCode = exitCode
        self.sentence = sentence
    }

    /// 130, as a shell says it of a program that was interrupted.
    static let interrupted = CalibrationFailure(
        exitCode: 130, sentence: "interrupted; nothing was written")

    var description: String { sentence }
}

/// How a calibration puts what it does.
enum CalibrationWords {
    static func point(_ point: CalibrationPoint) -> String {
        switch point {
        case .idle: "the idle machine"
        case .busy(let load, let cores, let frequency, _):
            "\(CoreCount(cores)) at \(frequency), \(load.rawValue)"
        }
    }
}
