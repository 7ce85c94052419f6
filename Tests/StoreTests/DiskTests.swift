import FoundationEssentials
import Glibc
import PacerPorts
import PacerScheduling
@testable import PacerStore
import PacerUnits
import Testing

struct `A database that may not grow` {
    @Test func `refuses with the words of SQLite and goes on when it may grow again`() throws {
        let folder = try Folder()
        var samples = Samples(seed: 1)
        let store = try folder.open()
        let database = try #require(store.database)
        let pages = try database.number("PRAGMA page_count")
        _ = try database.number("PRAGMA max_page_count = \(pages + 8)")
        var kept: [StoredJob] = []
        var failure: PortError?
        while failure == nil {
            let job = samples.job(Int64(kept.count + 1))
            do throws(PortError) {
                try store.save(job)
                kept.append(job)
            } catch {
                failure = error
            }
        }
        #expect(failure?.code == .failed)
        #expect(
            failure?.description
                == "could not save job \(kept.count + 1): database or disk is full (SQLite result 13)")
        #expect(try store.jobs(limit: nil) == kept)
        let long = String(repeating: "long ", count: 20_000)
        #expect(throws: PortError.self) { try store.append(long, about: nil, at: .zero) }
        _ = try database.number("PRAGMA max_page_count = 1000000")
        try store.append(long, about: nil, at: .zero)
        #expect(try store.journal(limit: nil).map(\.number) == [1])
        try store.save(samples.job(Int64(kept.count + 1)))
        #expect(try store.jobs(limit: nil).dropLast() == kept[...])
    }
}

@Suite(.enabled(if: PrivateMounts.arePermitted, "needs the right to mount (CAP_SYS_ADMIN)"))
struct `A file system of its own` {
    @Test func `that is full fails one call and works again with room`() throws {
        let seen = try PrivateMounts.run { folder throws in
            var samples = Samples(seed: 2)
            let store = try folder.open()
            var kept = [samples.job(1)]
            try store.save(kept[0])
            let room = Int(try #require(freeBytes(folder.path))) - 16384
            try folder.write(Data(count: room), to: "filler")
            var failure: PortError?
            while failure == nil {
                let job = samples.job(Int64(kept.count + 1))
                do throws(PortError) {
                    try store.save(job)
                    kept.append(job)
                } catch {
                    failure = error
                }
            }
            let isReadable = try store.jobs(limit: nil) == kept
            try FileManager.default.removeItem(atPath: "\(folder.path)/filler")
            kept.append(samples.job(Int64(kept.count + 1)))
            try store.save(kept[kept.count - 1])
            try folder.copyLiveFiles(to: "copy.sqlite")
            let isWhole = try folder.open("copy.sqlite").jobs(limit: nil) == kept
            return (failure: failure, isReadable: isReadable, isWhole: isWhole)
        }
        #expect(seen.failure?.code == .failed)
        #expect(seen.failure?.reason == "database or disk is full (SQLite result 13)")
        #expect(seen.isReadable)
        #expect(seen.isWhole)
    }

    @Test func `that has no room at all cannot hold a new database until it has`() throws {
        let seen = try PrivateMounts.run { folder throws in
            try folder.write(Data(count: Int(try #require(freeBytes(folder.path)))), to: "filler")
            let refusal = folder.refusal()
            try FileManager.default.removeItem(atPath: "\(folder.path)/filler")
            return (refusal: refusal, later: folder.refusal())
        }
        #expect(seen.refusal?.code == .failed)
        #expect(seen.refusal?.reason.contains("full") == true)
        #expect(seen.later == nil)
    }

    @Test func `that is read-only is refused and opens when it is not`() throws {
        let seen = try PrivateMounts.run { folder throws in
            var samples = Samples(seed: 3)
            let job = samples.job(1)
            let store = try folder.open()
            try store.save(job)
            store.close()
            try PrivateMounts.remount(folder.path, readOnly: true)
            let refusal = folder.refusal()
            let new = folder.refusal("deeper/new.sqlite")
            try PrivateMounts.remount(folder.path, readOnly: false)
            return (refusal: refusal, new: new, isThere: try folder.open().jobs(limit: nil) == [job])
        }
        for refusal in [seen.refusal, seen.new] {
            #expect(refusal?.code == .notPermitted)
            #expect(refusal?.reason.hasSuffix("Read-only file system") == true)
        }
        #expect(seen.isThere)
    }

    private func freeBytes(_ path: String) -> UInt64? {
        var status = statvfs()
        return statvfs(path, &status) == 0 ? UInt64(status.f_bavail) * UInt64(status.f_bsize) : nil
    }
}

/// A small file system in memory that only one thread sees.
enum PrivateMounts {
    private typealias Unshare = @convention(c) (Int32) -> Int32
    private typealias Mount =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafePointer<CChar>, UnsafePointer<CChar>?, UInt, UnsafePointer<CChar>?
        )
        -> Int32

    struct Failure: Error {
        var call: String
        var number = errno
    }

    /// Linux's numbers; Swift does not see the calls or their constants.
    private static let newMounts: Int32 = 0x20000
    private static let (readOnly, remounting, recursive, isPrivate) =
        (1, 32, 16384, 1 << 18) as (UInt, UInt, UInt, UInt)

    private static func function<Type>(_ name: String, as type: Type.Type) throws -> Type {
        guard let symbol = dlsym(nil, name) else { throw Failure(call: name) }
        return unsafeBitCast(symbol, to: type)
    }

    static let arePermitted: Bool = (try? run { _ in true }) ?? false

    /// Runs `body` on a thread of its own with 512 KiB of memory mounted as its folder.
    static func run<Value: Sendable>(_ body: @escaping @Sendable (Folder) throws -> Value) throws -> Value {
        let work = Work {
            let folder = try Folder()
            let unshare = try function("unshare", as: Unshare.self)
            let mount = try function("mount", as: Mount.self)
            guard unshare(newMounts) == 0 else { throw Failure(call: "unshare") }
            guard mount(nil, "/", nil, recursive | isPrivate, nil) == 0 else {
                throw Failure(call: "mount /")
            }
            guard mount("tmpfs", folder.path, "tmpfs", 0, "size=512k") == 0 else {
                throw Failure(call: "mount")
            }
            defer { umount2(folder.path, 2) }
            return try body(folder)
        }
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<AnyWork>.fromOpaque(argument).takeUnretainedValue().run() }
                return nil
            }, Unmanaged<AnyWork>.passUnretained(work).toOpaque())
        guard created == 0 else { throw Failure(call: "pthread_create", number: created) }
        pthread_join(thread, nil)
        guard let result = work.result else { throw Failure(call: "the thread") }
        return try result.get()
    }

    static func remount(_ path: String, readOnly isReadOnly: Bool) throws {
        let mount = try function("mount", as: Mount.self)
        guard mount(nil, path, nil, remounting | (isReadOnly ? readOnly : 0), nil) == 0 else {
            throw Failure(call: "remount")
        }
    }

    private class AnyWork {
        func run() {}
    }

    private final class Work<Value>: AnyWork {
        private let body: () throws -> Value
        var result: Result<Value, any Error>?

        init(_ body: @escaping () throws -> Value) { self.body = body }

        override func run() { result = Result { try body() } }
    }
}
