import PacerUnits

/// How near to their deadlines jobs finished.
struct PageSlack {
    let context: PageContext

    var html: String {
        let histograms = context.data.policies.map { SlackHistogram($0, of: context.data) }
        let known = context.order.filter { histograms[$0].jobs > 0 }
        let body =
            known.isEmpty
            ? "<p class=\"none\">Not drawn: no job with a deadline has finished.</p>"
            : figure(known, histograms)
        return """
            <section id="slack" aria-labelledby="slack-h">
            <h2 id="slack-h">Slack at the deadline</h2>
            \(body)
            </section>
            """
    }

    private func figure(_ known: [Int], _ histograms: [SlackHistogram]) -> String {
        let most = known.compactMap { histograms[$0].counts.max() }.max() ?? 1
        return """
            <figure>
            <figcaption>Jobs by the share of the time from submission to deadline that was left when they \
            finished. Left of the line they were late: <i class="swatch late"></i>\u{A0}hatched.</figcaption>
            <div class="hists">
            \(known.map { chart($0, histograms[$0], most) }.joined(separator: "\n"))
            </div>
            </figure>
            """
    }

    private func chart(_ index: Int, _ histogram: SlackHistogram, _ most: Int) -> String {
        let name = context.data.policies[index].name
        let middle = SlackHistogram.bins / 2
        let bars = histogram.counts.enumerated().map { bin, jobs in
            guard jobs > 0 else { return "<i></i>" }
            let height = coordinate(Double(jobs) / Double(max(1, most)) * 100)
            let from = (Double(bin) * SlackHistogram.step + SlackHistogram.lowest) * 100
            let range =
                "\(decimal(from, places: 0).replacingMinus) to "
                + "\(decimal(from + SlackHistogram.step * 100, places: 0).replacingMinus) %"
            let group = bin < middle ? " class=\"late\"" : ""
            return "<i\(group) style=\"height:\(height)%\" title=\"\(range): \(counted(jobs, "job"))\"></i>"
        }
        let median = histogram.median.map { "median \(percent($0)) left" } ?? ""
        let late = histogram.late == 0 ? "none late" : "\(count(histogram.late)) late"
        let words = "\(counted(histogram.jobs, "job")), \(late), \(median)"
        return """
            <div class="histrow"><h3>\(escaped(name)) <small>\(escaped(words))</small></h3>
            <div class="hist" role="img" aria-label="\(escaped("\(name): \(words)"))">\(bars.joined())</div>
            <div class="x" aria-hidden="true"><span class="first" style="left:0">≤ −100\u{A0}%</span>\
            <span class="minor" style="left:25%">−50</span><span style="left:50%">deadline</span>\
            <span class="minor" style="left:75%">50</span>\
            <span class="last" style="left:100%">100\u{A0}%</span></div></div>
            """
    }
}
