import PacerModels
import PacerReplay
import Testing

@Suite struct ShippedKindsTests {
    @Test func `the table is what the shipped surfaces give when they are fitted anew`() throws {
        let fitted = try KindFitting.kinds()
        #expect(ShippedKinds.all.map(\.name) == fitted.map(\.name))
        for (kind, fit) in zip(ShippedKinds.all, fitted) {
            #expect(
                abs(kind.scalability.contention - fit.scalability.contention) <= 1e-4, "\(kind.name)")
            #expect(abs(kind.scalability.coherency - fit.scalability.coherency) <= 1e-6, "\(kind.name)")
            #expect(abs(kind.clockShare - fit.clockShare) <= 1e-3, "\(kind.name)")
            #expect(abs(kind.activity - fit.activity) <= 1e-3, "\(kind.name)")
        }
    }

    @Test func `every kind has a name of its own, a speed, and an activity whose median is one`() {
        #expect(Set(ShippedKinds.all.map(\.name)).count == ShippedKinds.all.count)
        for kind in ShippedKinds.all + [ShippedKinds.plain] {
            #expect(ShippedKinds.named(kind.name) == kind)
            #expect((0...1).contains(kind.clockShare) && kind.activity > 0)
            #expect(kind.scalability.base == 1)
        }
        let activities = ShippedKinds.all.map(\.activity).sorted()
        #expect(abs((activities[10] + activities[11]) / 2 - 1) < 1e-3)
        #expect(ShippedKinds.named("nothing") == nil)
    }
}
