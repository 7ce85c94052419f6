import FoundationEssentials
import Glibc

/// Writes the manual pages: those of a program from what it says of its command line, and that of the
/// configuration from the file that is installed. Part of the build; it is not installed.
@main
enum PacerManual {
    static let usage = """
        usage: pacer-manual commands SECTION FOLDER VERSION DATE [SUPPLEMENTS]   < help of a program as JSON
               pacer-manual configuration FOLDER VERSION DATE                    < pacerd.yaml

        """

    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch let mistake as Misuse {
            complain(mistake.text)
            exit(64)
        } catch {
            complain("pacer-manual: \(error)\n")
            exit(74)
        }
    }

    private struct Misuse: Error { var text: String }

    private static func run(_ arguments: [String]) throws {
        let input = try standardInput()
        switch (arguments.first, arguments.count) {
        case ("commands", 5), ("commands", 6):
            guard let section = Int(arguments[1]) else { throw Misuse(text: usage) }
            let pages = CommandPages(
                help: try JSONDecoder().decode(ToolHelp.self, from: input), section: section,
                edition: Edition(version: arguments[3], date: arguments[4]),
                supplements: try supplements(arguments.count == 6 ? arguments[5] : nil))
            for page in pages.pages() { try write(page, to: arguments[2]) }
        case ("configuration", 4):
            let page = ConfigurationPage(
                text: String(decoding: input, as: UTF8.self),
                edition: Edition(version: arguments[2], date: arguments[3]))
            try write(page.page(), to: arguments[1])
        default: throw Misuse(text: usage)
        }
    }

    private struct Unreadable: Error { var errorNumber: Int32 }

    private static func standardInput() throws -> Data {
        var input = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(0, &buffer, buffer.count)
            guard count >= 0 else { throw Unreadable(errorNumber: errno) }
            if count == 0 { return input }
            input += buffer.prefix(count)
        }
    }

    private static func complain(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }

    private static func write(_ page: ManualPage, to folder: String) throws {
        try page.text.write(toFile: "\(folder)/\(page.file)", atomically: false, encoding: .utf8)
    }

    /// The files of `folder` called as pages with `.roff` behind.
    private static func supplements(_ folder: String?) throws -> [String: String] {
        guard let folder else { return [:] }
        var result: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".roff")
        {
            result[String(name.dropLast(".roff".count))] = try String(
                contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        }
        return result
    }
}
