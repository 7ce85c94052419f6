import Glibc
import Testing

@testable import PacerProcess

@Suite struct InstructionCounterTests {
    @Test func `counters leave the last descriptors to others, and then none is open`() throws {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        var asked = 0
        let limit = 604 + InstructionCounter.reserve
        let opened = InstructionCounter.openAll(on: Array(0..<8), limit: limit) { _ in
            asked += 1
            return fcntl(writing, F_DUPFD_CLOEXEC, 600)
        }
        #expect(opened == nil)
        #expect((1...5).contains(asked))
        close(writing)
        // The end is seen once every copy is closed, also by who is just being started by another test.
        var byte: UInt8 = 0
        #expect(eventually { recv(reading, &byte, 1, Int32(MSG_DONTWAIT)) == 0 })
    }

    @Test func `there is one for each CPU that is there, or none at all`() throws {
        let opened = InstructionCounter.openAll(on: Array(0..<8), limit: .max) { cpu in
            cpu == 3 ? -ENODEV : dup(2)
        }
        #expect(opened?.count == 7)
        for counter in opened ?? [] { close(counter) }
        let refused = InstructionCounter.openAll(on: Array(0..<8), limit: .max) { cpu in
            cpu == 3 ? -EACCES : dup(2)
        }
        #expect(refused == nil)
    }
}
