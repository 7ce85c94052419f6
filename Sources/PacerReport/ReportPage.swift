import PacerUnits

/// A report as one page of HTML that needs nothing from elsewhere.
///
/// Charts are drawn here and work without the script, which adds the whole table with its sorting and
/// filtering, and what shows when something is pointed at. Equal data give equal bytes.
public enum ReportPage {
    /// The page.
    ///
    /// - Precondition: ``ReportData/validate()`` finds no fault.
    public static func html(_ data: ReportData) -> String {
        let context = PageContext(data)
        let rows = PageRows(data)
        let headline = PageHeadline(context: context)
        let frontier = PageFrontier(context: context)
        let json = PageJSON(context: context, rows: rows, frontier: frontier)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="generator" content="Pacer">
            <link rel="icon" href="data:,">
            <title>\(escaped("\(data.title): \(headline.answer)"))</title>
            <style>
            \(PageStyle.text(context))
            </style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the report</a>
            \(headline.html)
            \(navigation)
            <main id="main">
            \(PageEnergy(context: context).html)
            \(PagePower(context: context).html)
            \(PageCores(context: context).html)
            \(PageSlack(context: context).html)
            \(PageJobs(context: context, rows: rows).html)
            \(frontier.html)
            \(PageMachine(context: context).html)
            </main>
            <footer><p>Made by Pacer from results of format version \(ReportData.version).</p></footer>
            <script type="application/json" id="data">
            \(json.text)
            </script>
            <script>
            \(PageScript.text)
            </script>
            </body>
            </html>

            """
    }

    private static let sections = [
        ("energy", "Energy"), ("power", "Power"), ("cores", "Cores"), ("slack", "Slack"), ("jobs", "Jobs"),
        ("frontiers", "Frontiers"), ("machine", "Machine"),
    ]

    private static var navigation: String {
        let links = sections.map { "<a href=\"#\($0)\">\($1)</a>" }.joined(separator: "\n")
        return "<nav aria-label=\"Sections\">\(links)</nav>"
    }
}
