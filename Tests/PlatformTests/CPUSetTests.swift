import PacerPlatform
import Testing

@Suite struct CPUSetTests {
    private func set(_ numbers: Int...) -> CPUSet { CPUSet(numbers.map { CPUID($0) }) }

    @Test func `members are ascending and each is there once`() {
        #expect(set(8, 1, 3, 1).cpus.map(\.number) == [1, 3, 8])
        #expect(set(8, 1) == set(1, 8, 8))
        #expect(set(1, 8).count == 2)
    }

    @Test(arguments: [
        ("0-3,8", "0-3,8"), ("0", "0"), ("", ""), ("3,2,1", "1-3"), ("0-1,2-3\n", "0-3"), ("4 6", "4,6"),
    ]) func `the kernel's list is read and written`(_ text: String, _ canonical: String) throws {
        #expect(try #require(CPUSet(parsing: text)).description == canonical)
    }

    @Test(arguments: ["a", "3-1", "-1", "1-", "0-1-2", "0x1", "99999999"])
    func `what is not a list of CPUs is refused`(_ text: String) {
        #expect(CPUSet(parsing: text) == nil)
    }

    @Test func `a list that names more CPUs than there can be is refused`() {
        #expect(CPUSet(parsing: "0-65535")?.count == 65536)
        #expect(CPUSet(parsing: String(repeating: "0-65535,", count: 1000)) == nil)
    }

    @Test func `every set survives writing and reading`() {
        for pattern in 0..<256 {
            let members = (0..<8).filter { pattern & (1 << $0) != 0 }.map { CPUID($0) }
            #expect(CPUSet(parsing: CPUSet(members).description) == CPUSet(members))
        }
    }

    @Test func `sets are joined and compared`() {
        #expect(set(1, 2).union(set(2, 3)) == set(1, 2, 3))
        #expect(set(1, 2).isDisjoint(with: set(3)))
        #expect(!set(1, 2).isDisjoint(with: set(2)))
        #expect(set(1, 2).contains(CPUID(2)))
        #expect(CPUSet([] as [CPUID]).isEmpty)
    }
}
