import CPacerShims
import Glibc

/// The process that started this one, which is of no use without it.
enum ParentProcess {
    /// Has this process get SIGTERM when its parent ends. Returns whether it will: not where the parent has
    /// gone already.
    ///
    /// - Parameter number: The parent's own number, as the parent said it. That of an orphan's next parent
    ///   does not tell: it may be another than 1, and in a container process 1 may be a parent like any
    ///   other. `nil` where it was not said: the parent is taken to be there.
    static func endsThis(numbered number: pid_t?) -> Bool {
        // In this order: an end before the request is seen by the comparison, a later one by the kernel.
        pacer_end_with_parent(SIGTERM) == 0 && (number == nil || getppid() == number)
    }
}
