import PacerAPI
import PacerUnits

/// What a submitted job was promised, in one sentence.
struct AdmissionText {
    let admission: AdmissionView
    let job: JobView
    /// How far local time is ahead of UTC, in seconds, at a time in Unix seconds.
    let zone: (Int64) -> Int64

    /// The promise of `job`; `nil` where the answer has none.
    init?(_ job: JobView, zone: @escaping (Int64) -> Int64) {
        guard let admission = job.admission else { return nil }
        self.admission = admission
        self.job = job
        self.zone = zone
    }

    var sentence: String {
        guard let finish = admission.finishUnixNs else { return nothing }
        if admission.keepsDeadline == false { return late(finish) + longerEstimate(finish) }
        guard admission.basis != "estimate" else {
            return "by the estimate it can end \(moment(finish)); \(start)its class is learnt while it runs"
        }
        return "\(start)expected to end \(moment(finish))\(quantile)\(configuration)"
            + longerEstimate(finish)
    }

    private var nothing: String {
        switch admission.missing {
        case "wait": "the jobs before it end nobody knows when, so nothing is promised"
        case "line": "too many jobs wait before it for anything to be promised"
        default:
            "nothing is known of class \(job.className) yet, so nothing is promised; "
                + "--estimate DURATION tells"
        }
    }

    private func late(_ finish: Int64) -> String {
        let basis = admission.basis == "estimate" ? "by the estimate " : ""
        let earliest = admission.earliestDeadlineUnixNs.map {
            "; the earliest that can is \(moment($0))"
        }
        return "\(basis)the deadline cannot be kept: \(start)expected to end \(moment(finish))"
            + "\(earliest ?? ""); it runs as fast as its policy can\(configuration)"
    }

    /// What the submitter's guess comes to where earlier runs of the class let expect an earlier end: nobody
    /// but the submitter can know that there is more to do this time. Nothing for any other job.
    private func longerEstimate(_ finish: Int64) -> String {
        guard admission.basis == "history", let estimate = job.estimateS else { return "" }
        let start = admission.startUnixNs ?? job.submittedUnixNs
        guard estimate.isFinite, estimate > Words.seconds(from: start, to: finish) else { return "" }
        // The guess is that of the whole machine at full speed.
        let earliest = Instant(nanoseconds: start) + Seconds(estimate)
        return "; by the estimate, which is longer, in \(length(earliest.nanoseconds)) at the earliest"
    }

    /// Nothing for a job that starts at once.
    private var start: String {
        guard let start = admission.startUnixNs, Words.seconds(from: job.submittedUnixNs, to: start) > 1
        else { return "" }
        return "expected to start \(moment(start)), "
    }

    private var quantile: String {
        guard let share = admission.finishQuantile, let finish = admission.finishQuantileUnixNs
        else { return "" }
        return ", to \(Words.percent(share)) in \(length(finish))"
    }

    private var configuration: String {
        guard let configuration = admission.configuration else { return "" }
        let energy = admission.modelledEnergyJ.map { ", \(Joules($0)) modelled" } ?? ""
        return ": \(Words.configuration(configuration))\(energy)"
    }

    /// `in 34.2 s, at 12:00:34`.
    private func moment(_ unixNs: Int64) -> String {
        "in \(length(unixNs)), at \(Words.time(unixNs, now: job.submittedUnixNs, zone: zone))"
    }

    private func length(_ unixNs: Int64) -> String {
        Words.length(max(0, Words.seconds(from: job.submittedUnixNs, to: unixNs)))
    }
}
