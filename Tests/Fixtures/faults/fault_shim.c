// SPDX-License-Identifier: Apache-2.0
//
// A library for LD_PRELOAD that lets a program fail at an exact point. To compile:
//
//     cc -std=gnu11 -Wall -Wextra -O2 -shared -fPIC fault_shim.c -o fault_shim.so -ldl
//
// It counts the calls by which a program changes the world outside itself: writes, syncs, renames, removals, new
// files and folders, messages. What it is to do is in a file that both sides map, FAULT_CONTROL, as eight-byte
// numbers (struct control below), so that it can be changed while the program runs:
//   * at call number strike_at the process gets strike_signal, before the call or, with strike_after, behind it;
//   * from call fail_from up to and not including fail_until, what changes files below FAULT_PREFIX fails with
//     fail_errno; with fail_half a write puts down the first half of its bytes before it comes to fail;
//   * the clocks that count real time and sleep are ahead by realtime_shift and boottime_shift nanoseconds.
// A timer on the real-time clock that is to end when that clock is set (TFD_TIMER_CANCEL_ON_SET) becomes the FIFO
// FAULT_CLOCK: a byte written there sets the clock, as far as the program can tell.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    _Atomic int64_t realtime_shift, boottime_shift;
    _Atomic uint64_t calls;
    _Atomic uint64_t strike_at, strike_signal, strike_after;
    _Atomic uint64_t fail_from, fail_until, fail_errno, fail_half, failed;
};

static struct control nothing;
static struct control *control = &nothing;
static const char *prefix, *clock_fifo;
static int clock_timer = -1;

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (!next) \
        next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULT_CONTROL");
    prefix = getenv("FAULT_PREFIX");
    clock_fifo = getenv("FAULT_CLOCK");
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED)
        control = shared;
    syscall(SYS_close, file);
}

// MARK: What happens at a call

// The number of this call; the process may not come back from here.
static uint64_t enter(void)
{
    uint64_t number = atomic_fetch_add(&control->calls, 1) + 1;
    if (number == control->strike_at && !control->strike_after)
        kill(getpid(), (int)control->strike_signal);
    return number;
}

static void leave(uint64_t number)
{
    if (number == control->strike_at && control->strike_after) {
        int error = errno;
        kill(getpid(), (int)control->strike_signal);
        errno = error;
    }
}

static bool is_below(const char *path)
{
    return prefix && strncmp(path, prefix, strlen(prefix)) == 0;
}

static bool is_struck(uint64_t number)
{
    return control->fail_from && number >= control->fail_from && number < control->fail_until;
}

static bool fail(void)
{
    atomic_fetch_add(&control->failed, 1);
    errno = (int)control->fail_errno;
    return true;
}

static bool fails_path(uint64_t number, int folder, const char *path)
{
    char whole[4096], link[64];
    if (!is_struck(number) || !path)
        return false;
    if (*path == '/' || folder == AT_FDCWD)
        return is_below(path) && fail();
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, sizeof whole - 1);
    whole[length > 0 ? length : 0] = 0;
    return is_below(whole) && fail();
}

static bool fails_file(uint64_t number, int file)
{
    char whole[4096], link[64];
    if (!is_struck(number))
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, whole, sizeof whole - 1);
    whole[length > 0 ? length : 0] = 0;
    return is_below(whole) && fail();
}

#define CALL(type, failed, otherwise) \
    uint64_t number = enter(); \
    type result = (failed) ? (type)-1 : (otherwise); \
    leave(number); \
    return result

// MARK: Files

ssize_t write(int file, const void *bytes, size_t count)
{
    NEXT(write);
    uint64_t number = enter();
    ssize_t result = -1;
    if (!fails_file(number, file))
        result = next(file, bytes, count);
    else if (control->fail_half && count > 1)
        result = next(file, bytes, count / 2);
    leave(number);
    return result;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at)
{
    NEXT(pwrite);
    uint64_t number = enter();
    ssize_t result = -1;
    if (!fails_file(number, file))
        result = next(file, bytes, count, at);
    else if (control->fail_half && count > 1)
        result = next(file, bytes, count / 2, at);
    leave(number);
    return result;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at)
{
    return pwrite(file, bytes, count, at);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    NEXT(writev);
    CALL(ssize_t, fails_file(number, file), next(file, parts, count));
}

int fsync(int file)
{
    NEXT(fsync);
    CALL(int, fails_file(number, file), next(file));
}

int fdatasync(int file)
{
    NEXT(fdatasync);
    CALL(int, fails_file(number, file), next(file));
}

int ftruncate(int file, off_t length)
{
    NEXT(ftruncate);
    CALL(int, fails_file(number, file), next(file, length));
}

int ftruncate64(int file, off64_t length)
{
    return ftruncate(file, length);
}

int rename(const char *from, const char *to)
{
    NEXT(rename);
    CALL(int, fails_path(number, AT_FDCWD, to), next(from, to));
}

int renameat(int folder, const char *from, int into, const char *to)
{
    NEXT(renameat);
    CALL(int, fails_path(number, into, to), next(folder, from, into, to));
}

int unlink(const char *path)
{
    NEXT(unlink);
    // A full disk does not keep anybody from making room.
    CALL(int, control->fail_errno != ENOSPC && fails_path(number, AT_FDCWD, path), next(path));
}

int unlinkat(int folder, const char *path, int flags)
{
    NEXT(unlinkat);
    CALL(int, control->fail_errno != ENOSPC && fails_path(number, folder, path), next(folder, path, flags));
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir);
    struct stat status;
    bool is_there = stat(path, &status) == 0;
    CALL(int, !is_there && fails_path(number, AT_FDCWD, path), next(path, mode));
}

static bool open_fails(uint64_t number, int folder, const char *path, int flags)
{
    struct stat status;
    bool is_there = fstatat(folder, path, &status, 0) == 0;
    bool changes = (flags & O_CREAT && !is_there) || flags & O_TRUNC
        || (control->fail_errno == EROFS && (flags & O_ACCMODE) != O_RDONLY);
    return changes && fails_path(number, folder, path);
}

static int open_counted(int folder, const char *path, int flags, mode_t mode)
{
    static int (*next)(int, const char *, int, ...);
    if (!next)
        next = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
    if (!(flags & (O_CREAT | O_WRONLY | O_RDWR)))
        return next(folder, path, flags, mode);
    CALL(int, open_fails(number, folder, path, flags), next(folder, path, flags, mode));
}

#define MODE(last) \
    va_list arguments; \
    va_start(arguments, last); \
    mode_t mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0; \
    va_end(arguments)

int open(const char *path, int flags, ...)
{
    MODE(flags);
    return open_counted(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags);
    return open_counted(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE(flags);
    return open_counted(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    MODE(flags);
    return open_counted(folder, path, flags, mode);
}

// MARK: Messages

ssize_t send(int file, const void *bytes, size_t count, int flags)
{
    NEXT(send);
    CALL(ssize_t, false, next(file, bytes, count, flags));
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags)
{
    NEXT(sendmsg);
    CALL(ssize_t, false, next(file, message, flags));
}

// MARK: Clocks

static void shift(struct timespec *time, int64_t by)
{
    int64_t whole = time->tv_sec * INT64_C(1000000000) + time->tv_nsec + by;
    time->tv_sec = whole / 1000000000;
    time->tv_nsec = whole % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    NEXT(clock_gettime);
    int result = next(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        shift(time, control->realtime_shift);
    if (result == 0 && clock == CLOCK_BOOTTIME)
        shift(time, control->boottime_shift);
    return result;
}

time_t time(time_t *seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds)
        *seconds = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec time;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &time);
    *now = (struct timeval){.tv_sec = time.tv_sec, .tv_usec = time.tv_nsec / 1000};
    return 0;
}

int timerfd_settime(int timer, int flags, const struct itimerspec *wanted, struct itimerspec *before)
{
    NEXT(timerfd_settime);
    if (!(flags & TFD_TIMER_CANCEL_ON_SET) || !clock_fifo || timer == clock_timer)
        return timer == clock_timer ? 0 : next(timer, flags, wanted, before);
    int file = (int)syscall(SYS_openat, AT_FDCWD, clock_fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return -1;
    // In place of the timer, under its number.
    clock_timer = dup3(file, timer, O_CLOEXEC);
    syscall(SYS_close, file);
    return clock_timer < 0 ? -1 : 0;
}

ssize_t read(int file, void *bytes, size_t count)
{
    NEXT(read);
    ssize_t result = next(file, bytes, count);
    if (file != clock_timer || file < 0 || result < 0)
        return result;
    errno = ECANCELED;
    return -1;
}
