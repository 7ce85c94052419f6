import PacerPlatform
import Testing

@testable import PacerHardware

@Suite struct OnlineCPUsTests {
    private let tree: FakeTree

    init() throws { tree = try FakeTree() }

    @Test(arguments: [("0-3,6\n", [0, 1, 2, 3, 6]), ("0\n", [0])])
    func `the kernel's list is read`(text: String, numbers: [Int]) throws {
        try tree.write(text, to: "online")
        #expect(OnlineCPUs.read("\(tree.root)/online") == CPUSet(numbers.map { CPUID($0) }))
    }

    @Test(arguments: ["", "\n", "all\n"]) func `what is no list is nothing known`(text: String) throws {
        try tree.write(text, to: "online")
        #expect(OnlineCPUs.read("\(tree.root)/online") == nil)
        #expect(OnlineCPUs.read("\(tree.root)/absent") == nil)
    }
}
