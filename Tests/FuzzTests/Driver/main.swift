import Glibc

/// libFuzzer's own driver: it takes the options of the command line and calls back with inputs.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ read: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The entry point that was asked for: what libFuzzer calls has no context.
nonisolated(unsafe) var chosen: FuzzTarget?

guard CommandLine.arguments.count > 1,
    let target = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] })
else {
    print("usage: pacer-fuzz TARGET [OPTION]… [CORPUS]…, where TARGET is one of:")
    for target in FuzzTarget.all { print("  \(target.name)") }
    exit(64)
}
chosen = target

// Without the name of the target.
var rest = CommandLine.unsafeArgv
rest[1] = rest[0]
rest += 1
var count = CommandLine.argc - 1
exit(
    runDriver(&count, &rest) { bytes, count in
        chosen?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    })
