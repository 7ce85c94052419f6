import FoundationEssentials
import Glibc
import PacerPorts
import PacerScheduling
@testable import PacerStore
import PacerUnits
import Testing

struct `Opening a database` {
    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try #require(stat(path, &status) == 0, "\(path)")
        return status.st_mode & 0o777
    }

    @Test func `makes folders and files that nobody else can read`() throws {
        let folder = try Folder()
        let store = try folder.open("a/b/pacer.sqlite")
        var samples = Samples(seed: 1)
        try store.save(samples.job(1))
        for name in ["a", "a/b"] { #expect(try mode("\(folder.path)/\(name)") == 0o700, "\(name)") }
        for ending in ["", "-wal", "-shm", ".lock"] {
            #expect(try mode("\(store.path)\(ending)") == 0o600, "\(ending)")
        }
    }

    @Test func `that another process has open is refused at once`() throws {
        let folder = try Folder()
        let store = try folder.open()
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/link.sqlite", withDestinationPath: folder.database)
        for name in ["pacer.sqlite", "link.sqlite"] {
            let refusal = try #require(folder.refusal(name))
            #expect(refusal.code == .notPermitted)
            #expect(
                refusal.description
                    == "could not open the database \(folder.database): another Pacer daemon has it open "
                    + "(it holds \(folder.database).lock)")
        }
        store.close()
        #expect(folder.refusal() == nil)
    }

    @Test func `that was closed fails every later call`() throws {
        let folder = try Folder()
        let store = try folder.open()
        store.close()
        store.close()
        let error = #expect(throws: PortError.self) { try store.nextJobID() }
        #expect(error?.description == "could not give the job a number: the database was closed")
    }

    @Test func `of a newer version is refused and not touched`() throws {
        let folder = try Folder()
        let store = try folder.open()
        try store.database?.run("PRAGMA user_version = 99")
        store.close()
        let before = try folder.contents()
        let refusal = try #require(folder.refusal())
        #expect(refusal.code == .invalid)
        #expect(
            refusal.reason
                == "\(folder.database) has format version 99, but this version of Pacer knows versions "
                + "up to 2; nothing was changed")
        #expect(try folder.contents() == before)
    }

    @Test func `of a newer version that crashed is refused and keeps its log`() throws {
        let folder = try Folder()
        let store = try folder.open()
        try store.database?.run("PRAGMA user_version = 99")
        try folder.copyLiveFiles(to: "copy.sqlite")
        let before = (try folder.read("copy.sqlite"), try folder.read("copy.sqlite-wal"))
        #expect(folder.refusal("copy.sqlite")?.reason.contains("format version 99") == true)
        #expect(try (folder.read("copy.sqlite"), folder.read("copy.sqlite-wal")) == before)
    }

    @Test func `of another program is refused and not touched`() throws {
        let folder = try Folder()
        try folder.write(Data(), to: "pacer.sqlite")
        let other = try Database(path: folder.database)
        try other.run("CREATE TABLE bookmarks(url TEXT)")
        other.close()
        let before = try folder.read("pacer.sqlite")
        #expect(folder.refusal()?.reason == "\(folder.database) is the database of another program")
        #expect(try folder.read("pacer.sqlite") == before)
    }

    @Test func `works through a symbolic link, and names the file itself`() throws {
        let folder = try Folder()
        try folder.open().close()
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/link", withDestinationPath: folder.path)
        let store = try folder.open("./link//pacer.sqlite")
        #expect(store.path == folder.database)
    }
}

struct `A place that cannot hold a database` {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func refusal(_ name: String) throws -> PortError {
        let refusal = try #require(folder.refusal(name))
        #expect(refusal.code == .invalid)
        return refusal
    }

    @Test func `is a path that is too long for SQLite`() throws {
        let deep = (1...3).map { _ in String(repeating: "d", count: 200) }.joined(separator: "/")
        let length = folder.path.utf8.count + 1 + deep.utf8.count + 1 + 8
        #expect(
            try refusal("\(deep)/p.sqlite").reason == "the path has \(length) bytes; SQLite takes 504 at most"
        )
    }

    @Test func `is the longest path and one byte more`() throws {
        let room = StoreLocation.longestPath - folder.path.utf8.count - 1
        let deep = String(repeating: "\(String(repeating: "d", count: 150))/", count: 2)
        let name = { (length: Int) in deep + String(repeating: "p", count: length - deep.utf8.count) }
        let store = try folder.open(name(room))
        #expect(store.path.utf8.count == StoreLocation.longestPath)
        #expect(try store.nextJobID().number == 1)
        #expect(try refusal(name(room + 1)).reason.contains("505 bytes"))
    }

    @Test func `is a name that is too long for the file system`() throws {
        #expect(try refusal(String(repeating: "n", count: 300)).reason.contains("File name too long"))
    }

    @Test func `is a folder`() throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/pacer.sqlite", withIntermediateDirectories: false)
        #expect(try refusal("pacer.sqlite").reason == "a folder is in the place of the file")
        #expect(try refusal("pacer.sqlite/").reason == "that is a folder")
        #expect(try refusal("..").reason == "that is a folder")
    }

    @Test func `is below a file`() throws {
        try folder.write(Data(), to: "file")
        #expect(try refusal("file/pacer.sqlite").reason.hasSuffix("Not a directory"))
    }

    @Test func `is a pipe or a link to nowhere`() throws {
        try #require(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        #expect(try refusal("pipe").reason == "what is in its place is not a regular file")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/link", withDestinationPath: "/nonexistent/pacer")
        #expect(try refusal("link").reason == "what is in its place is not a regular file")
    }

    @Test func `is not a path at all`() throws {
        for path in ["", "nul\0inside"] {
            let error = #expect(throws: PortError.self) { try SQLiteStore.open(path: path, at: .zero) }
            #expect(error?.reason == "that is not a path")
        }
    }
}
