import Testing

@Suite struct OrderTests {
    @Test(arguments: ["PacerScheduling", "PacerReplay", "PacerModels"])
    func `no loop of the deciding modules takes the order of a dictionary`(module: String) {
        expectNone(Repository.swift(module).flatMap(OrderCheck.findings))
    }

    @Test(
        arguments: [
            "for job in jobs.values {", "for id in jobs.keys where id > limit {",
            "for job\n    in jobs.values\n{", "for (name, policy) in policies {",
            "while true { for entry in running.values.filter(\\.isOld) {} }",
        ])
    func `a loop over a dictionary is found`(code: String) {
        #expect(OrderCheck.findings(in: snippet(code)).count == 1)
    }

    @Test(
        arguments: [
            "for job in jobs.values.sorted(by: { $0.id < $1.id }) {", "for id in jobs.keys.sorted() {",
            "for job in jobs.values {  // order does not matter: a sum of integers",
            "// order does not matter: all are set to zero\nfor id in jobs.keys {",
            "for (index, point) in points.enumerated() {", "for (a, b) in zip(left, right) {",
            "// for job in jobs.values {", "for value in model.valuesByCore {",
        ])
    func `a sorted, excused or harmless loop is not found`(code: String) {
        #expect(OrderCheck.findings(in: snippet(code)).isEmpty)
    }
}
