import Glibc

/// Whole lines to a file descriptor, unbuffered, so that a signal loses none of them.
enum Console {
    /// Writes `line` and a newline with one `write` where the kernel allows it; false when it cannot.
    @discardableResult
    static func write(line: String, to descriptor: Int32) -> Bool {
        var text = line + "\n"
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno == EAGAIN {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    if poll(&waiting, 1, 1_000) <= 0 { return false }
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
