import PacerUnits

/// The machine, its power model, and what was assumed or left out.
struct PageMachine {
    let context: PageContext

    var html: String {
        let machine = context.data.machine
        let frequencies = machine.frequenciesKilohertz.map { gigahertz($0) }.joined(separator: ", ")
        let number = { (value: Double) in decimal(value, places: 4, keepZeros: false) }
        let facts = [
            ("Name", machine.name), ("Cores", count(machine.cores)),
            ("Frequencies, GHz", frequencies.isEmpty ? "cannot be chosen" : frequencies),
            ("Idle power", "\(number(machine.idle.value)) W"),
            ("Uncore power", "\(number(machine.uncore.value)) W, once while any core is busy"),
            (
                "Power of a busy core",
                "(\(number(machine.cubic)) f³ + \(number(machine.linear)) f + \(number(machine.constant))) W "
                    + "times the job’s activity, f in GHz"
            ),
        ]
        let items = facts.map { "<div><dt>\(escaped($0))</dt><dd>\(escaped($1))</dd></div>" }
        let notes = ([context.sourceSentence] + context.data.notes).map { "<li>\(escaped($0))</li>" }
        return """
            <section id="machine" aria-labelledby="machine-h">
            <h2 id="machine-h">Machine and method</h2>
            <dl class="machine">\(items.joined())</dl>
            <ul class="notes">\(notes.joined())</ul>
            </section>
            """
    }
}
