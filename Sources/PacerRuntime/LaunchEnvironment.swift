import PacerPorts
import PacerScheduling

/// The variables by which common runtimes learn how many threads to start.
let threadCountVariables = [
    "OMP_NUM_THREADS", "RAYON_NUM_THREADS", "GOMAXPROCS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
]

extension JobSubmission {
    /// The arguments with every `{cores}` replaced by the number of cores the job starts with.
    func arguments(cores: Int) -> [String] { arguments.map { replacing("{cores}", by: "\(cores)", in: $0) } }

    /// The submitter's environment with hints for thread counts; what the submitter set stays.
    func environment(job: JobID, cores: Int) -> [String: String] {
        var result = environment
        result["PACER_CORES"] = "\(cores)"
        result["PACER_JOB"] = "\(job)"
        for name in threadCountVariables where result[name] == nil { result[name] = "\(cores)" }
        return result
    }
}

/// `text` with every occurrence of `mark` replaced.
func replacing(_ mark: String, by value: String, in text: String) -> String {
    var result = ""
    var rest = text[...]
    while !rest.isEmpty {
        if rest.hasPrefix(mark) {
            result += value
            rest = rest.dropFirst(mark.count)
        } else {
            result.append(rest.removeFirst())
        }
    }
    return result
}
