import Testing

@testable import PacerAPIServer

@Suite struct DefaultClassTests {
    private static func name(_ arguments: String...) -> String {
        defaultClass(of: arguments, workingDirectory: nil)
    }

    @Test func `an interpreter stands for its script, whatever options it has`() {
        #expect(Self.name("python3", "/opt/train.py", "-c", "x") == "train.py")
        #expect(Self.name("/usr/bin/python3", "-u", "-W", "ignore", "train.py") == "train.py")
        #expect(Self.name("bash", "-euo", "pipefail", "./nightly.sh") == "nightly.sh")
        #expect(Self.name("python3", "-m", "pytest", "tests") == "pytest")
        #expect(Self.name("sh") == "sh")
        #expect(Self.name("sh", "-s") == "sh")
        #expect(Self.name("sh", "-c") == "sh")
        #expect(Self.name("python3", "-", "x") == "python3")
    }

    @Test(arguments: [["sh", "-c"], ["bash", "-lc"], ["bash", "-o", "pipefail", "-c"], ["perl", "-ne"]])
    func `a script among the arguments has a class of its own, which does not tell it`(_ head: [String]) {
        let sleep = defaultClass(of: head + ["sleep 4 # secret"], workingDirectory: nil)
        let make = defaultClass(of: head + ["make check"], workingDirectory: nil)
        #expect(sleep != make)
        #expect(!sleep.contains("secret") && !sleep.contains("sleep"))
        #expect(sleep.hasPrefix("\(head[0]) "))
        #expect(sleep == defaultClass(of: head + ["sleep 4 # secret", "arguments"], workingDirectory: nil))
    }

    @Test func `a word that is no file is a subcommand`() {
        #expect(Self.name("/usr/bin/cargo", "build", "--release") == "cargo build")
        #expect(Self.name("xz", "-9", "file") == "xz")
        #expect(defaultClass(of: ["cat", "etc"], workingDirectory: "/") == "cat")
    }
}
