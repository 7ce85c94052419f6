#define _GNU_SOURCE
#include "CPacerShims.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif
#define DEFAULT_SEARCH_PATH "/usr/local/bin:/usr/bin:/bin"

// What the child says when it gives up; its silence means that the program was executed.
struct failure {
    int error;
    enum pacer_launch_stage stage;
};

const char *pacer_launch_stage_name(enum pacer_launch_stage stage)
{
    switch (stage) {
    case PACER_LAUNCH_OK: return "start the program";
    case PACER_LAUNCH_CLONE: return "create a process";
    case PACER_LAUNCH_CGROUP: return "put the process into its cgroup";
    case PACER_LAUNCH_SESSION: return "give the process its own session";
    case PACER_LAUNCH_DESCRIPTORS: return "set up the descriptors of the process";
    case PACER_LAUNCH_AFFINITY: return "pin the process to its CPUs";
    case PACER_LAUNCH_DIRECTORY: return "enter the working directory";
    case PACER_LAUNCH_EXEC: return "execute the program";
    case PACER_LAUNCH_PRIORITY: return "give the process the usual priority";
    case PACER_LAUNCH_LIMITS: return "limit the process as its submitter is";
    case PACER_LAUNCH_IDENTITY: return "become the submitter";
    }
    return "start the program";
}

// ---- in the child, between clone and exec: the parent's other threads are gone and may have held any
// lock, so nothing here allocates or locks ----

_Noreturn static void give_up(int report, int error, enum pacer_launch_stage stage)
{
    struct failure failure = {.error = error, .stage = stage};
    ssize_t written = write(report, &failure, sizeof failure);
    _exit(written == sizeof failure ? 127 : 126); // who reads nothing sees at least the exit code
}

static void reset_signals(void)
{
    // All zero is the default action. The system call, because the C library keeps two signals to itself,
    // which may be ignored all the same; KILL and STOP fail, as they should.
    static const unsigned long standard[8];
    for (int signal = 1; signal < NSIG; signal++)
        syscall(SYS_rt_sigaction, signal, standard, NULL, NSIG / 8);
}

static int join_cgroups(const struct pacer_launch_spec *spec, bool joined)
{
    if (spec->cgroup >= 0 && !joined) {
        int file = openat(spec->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (file < 0 || write(file, "0", 1) != 1)
            return errno;
        close(file);
    }
    for (size_t i = 0; i < spec->cgroup_file_count; i++)
        if (write(spec->cgroup_files[i], "0", 1) != 1)
            return errno;
    return 0;
}

static int place_descriptors(const struct pacer_launch_spec *spec)
{
    int from[PACER_LAUNCH_DESCRIPTORS_MAX];
    int count = (int)spec->descriptor_count;
    for (int i = 0; i < count; i++) // first out of the way of the places, so that none is overwritten
        if ((from[i] = fcntl(spec->descriptors[i], F_DUPFD_CLOEXEC, count)) < 0)
            return errno;
    for (int i = 0; i < count; i++)
        if (dup2(from[i], i) < 0)
            return errno;
    if (syscall(SYS_close_range, (unsigned)count, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
        return 0;
    struct rlimit limit;
    int last = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
    for (int i = count; i < last; i++)
        fcntl(i, F_SETFD, FD_CLOEXEC); // fails where nothing is open
    return 0;
}

// Executes the program; on return errno says why not, preferring a file that is there and cannot be
// executed over one that is not there.
static int execute(const struct pacer_launch_spec *spec)
{
    const char *program = spec->arguments[0];
    char *const *arguments = (char *const *)spec->arguments;
    char *const *environment = (char *const *)spec->environment;
    if (strchr(program, '/') || *program == 0) {
        execve(program, arguments, environment);
        return errno;
    }
    char path[PATH_MAX];
    size_t length = strlen(program);
    int error = ENOENT;
    for (const char *entry = spec->search_path ? spec->search_path : DEFAULT_SEARCH_PATH; entry;) {
        const char *end = strchrnul(entry, ':');
        size_t folder = (size_t)(end - entry);
        if (folder + length + 2 <= sizeof path) {
            memcpy(path, entry, folder);
            path[folder] = '/';
            memcpy(path + folder + (folder > 0), program, length + 1);
            execve(path, arguments, environment);
            if (errno != ENOENT && errno != ENOTDIR)
                error = errno;
            if (error != ENOENT && error != EACCES)
                return error;
        }
        entry = *end ? end + 1 : NULL;
    }
    return error;
}

// Gives back what the caller has above others. What is below the usual stays: somebody chose it.
static int lower_priority(void)
{
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, 0);
    if (errno || (nice < 0 && setpriority(PRIO_PROCESS, 0, 0) != 0))
        return errno;
    int policy = sched_getscheduler(0);
    const struct sched_param usual = {.sched_priority = 0};
    bool is_real_time = policy == SCHED_FIFO || policy == SCHED_RR;
    if (policy < 0 || (is_real_time && sched_setscheduler(0, SCHED_OTHER, &usual) != 0))
        return errno;
    // A class of input and output of one's own; 0 is the one that follows the nice value.
    if (syscall(SYS_ioprio_set, 1, 0, 0) != 0 && errno != ENOSYS && errno != EPERM)
        return errno;
    char score[16] = {0};
    int file = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? 0 : errno; // no /proc: nothing can have lowered it
    bool written = read(file, score, sizeof score - 1) <= 0 || *score != '-' || pwrite(file, "0", 1, 0) == 1;
    int error = written ? 0 : errno;
    close(file);
    return error;
}

static rlim_t limit_value(uint64_t value)
{
    return value == PACER_UNLIMITED ? RLIM_INFINITY : (rlim_t)value;
}

static rlim_t lower(rlim_t left, rlim_t right)
{
    return left < right ? left : right; // RLIM_INFINITY is the largest
}

static int apply_limits(const struct pacer_identity *identity)
{
    for (size_t i = 0; i < identity->limit_count; i++) {
        const struct pacer_limit *limit = &identity->limits[i];
        struct rlimit wanted = {limit_value(limit->soft), limit_value(limit->hard)}, own;
        if (setrlimit(limit->resource, &wanted) == 0)
            continue;
        // Without CAP_SYS_RESOURCE nobody can give more than he has.
        if (errno != EPERM || getrlimit(limit->resource, &own) != 0)
            return errno;
        wanted.rlim_max = lower(wanted.rlim_max, own.rlim_max);
        wanted.rlim_cur = lower(wanted.rlim_cur, wanted.rlim_max);
        if (setrlimit(limit->resource, &wanted) != 0)
            return errno;
    }
    return 0;
}

// The system calls themselves: the C library would want to tell threads that are not here.
static int take_identity(const struct pacer_identity *identity)
{
    uid_t user = identity->user, real, effective, saved;
    gid_t group = identity->group;
    if (syscall(SYS_setgroups, identity->group_count, identity->groups) != 0
        || syscall(SYS_setresgid, group, group, group) != 0 || syscall(SYS_setresuid, user, user, user) != 0)
        return errno;
    if (getresuid(&real, &effective, &saved) != 0 || real != user || effective != user || saved != user)
        return EPERM;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (user != 0 && syscall(SYS_capset, &header, none) != 0)
        return errno; // also takes what could be inherited, and with it the ambient ones
    // The caller's session keyring would be the program's. Where there are no keyrings, or a filter forbids
    // the call (EPERM), the program cannot use them either.
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && errno != EPERM)
        return errno;
    return 0;
}

_Noreturn static void become(const struct pacer_launch_spec *spec, bool joined, pid_t parent, int report)
{
    int error;
    sigset_t none;
    report = fcntl(report, F_DUPFD_CLOEXEC, PACER_LAUNCH_DESCRIPTORS_MAX * 2);
    if (report < 0)
        _exit(126);
    reset_signals();
    if ((error = join_cgroups(spec, joined)))
        give_up(report, error, PACER_LAUNCH_CGROUP);
    if (spec->new_session && setsid() < 0)
        give_up(report, errno, PACER_LAUNCH_SESSION);
    if ((error = place_descriptors(spec)))
        give_up(report, error, PACER_LAUNCH_DESCRIPTORS);
    if (spec->cpu_mask
        && syscall(SYS_sched_setaffinity, 0, spec->cpu_mask_words * sizeof(uint64_t), spec->cpu_mask) != 0)
        give_up(report, errno, PACER_LAUNCH_AFFINITY);
    if (spec->identity && (error = lower_priority()))
        give_up(report, error, PACER_LAUNCH_PRIORITY);
    // Not before: the descriptors of the caller are still open, and what is opened may need a higher number.
    if ((error = -pacer_restore_descriptor_limit()))
        give_up(report, error, PACER_LAUNCH_LIMITS);
    if (spec->identity && (error = apply_limits(spec->identity)))
        give_up(report, error, PACER_LAUNCH_LIMITS);
    if (spec->identity && (error = take_identity(spec->identity)))
        give_up(report, error, PACER_LAUNCH_IDENTITY);
    umask(spec->umask);
    // After the last change of credentials, which would undo it, and before the directory: that may be on a
    // file system that never answers.
    if (spec->ends_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        _exit(126);
    if (spec->directory && chdir(spec->directory) != 0)
        give_up(report, errno, PACER_LAUNCH_DIRECTORY);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    give_up(report, execute(spec), PACER_LAUNCH_EXEC);
}

// ---- in the parent ----

// 0 in the child, its pid in the parent, or a negative errno value.
static pid_t create_process(int *pidfd)
{
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
    return pid >= 0 ? pid : -errno;
}

// What a child does that shares the memory of its parent until it executes its program.
struct child {
    const struct pacer_launch_spec *spec;
    bool joined; // created in its cgroup
    pid_t parent;
    int report;
};

static int run_child(void *argument)
{
    const struct child *child = argument;
    become(child->spec, child->joined, child->parent, child->report);
}

// clone3 with a stack for the child, on which it calls run_child: the C library has no such call. Returns the
// child's pid or a negative errno value.
static pid_t clone3_running(const struct clone_args *arguments, struct child *child)
{
#if defined(__x86_64__)
    long result = SYS_clone3;
    register int (*run)(void *) __asm__("r8") = run_child;
    register void *argument __asm__("r9") = child;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r9, %%rdi\n\t"
                     "call *%%r8\n\t"
                     "ud2\n"
                     "1:"
                     : "+a"(result)
                     : "D"(arguments), "S"(sizeof *arguments), "r"(run), "r"(argument)
                     : "rcx", "r11", "memory", "cc");
    return (pid_t)result;
#elif defined(__aarch64__)
    register long result __asm__("x0") = (long)arguments;
    register long size __asm__("x1") = sizeof *arguments;
    register int (*run)(void *) __asm__("x3") = run_child;
    register void *argument __asm__("x4") = child;
    register long call __asm__("x8") = SYS_clone3;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x4\n\t"
                     "blr x3\n\t"
                     "brk 1\n"
                     "1:"
                     : "+r"(result)
                     : "r"(size), "r"(run), "r"(argument), "r"(call)
                     : "memory", "cc");
    return (pid_t)result;
#else
    (void)arguments, (void)child;
    return -ENOSYS;
#endif
}

// Like create_process, but nothing of the caller is copied, which takes longer than all the rest; the caller
// waits until the child has executed its program or given up. Old kernels and the seccomp filters of
// containers refuse to create a process in a cgroup: then it joins it by itself, for which the kernel holds
// up all others that fork.
static pid_t create_sharing(const struct pacer_launch_spec *spec, pid_t parent, int report, int *pidfd)
{
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
    (void)spec, (void)parent, (void)report, (void)pidfd;
    return -ENOSYS; // its runtime does not survive a child that shares its memory
#endif
#endif
    const size_t size = 256 << 10;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return -errno;
    const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
    struct child child = {.spec = spec, .joined = true, .parent = parent, .report = report};
    const struct clone_args into = {
        .flags = (uint64_t)flags | CLONE_INTO_CGROUP,
        .pidfd = (uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .stack = (uintptr_t)stack,
        .stack_size = size,
        .cgroup = (uint64_t)spec->cgroup,
    };
    pid_t pid = spec->cgroup >= 0 ? clone3_running(&into, &child) : -ENOSYS;
    if (pid < 0) {
        child.joined = false;
        pid = clone(run_child, stack + size, flags | SIGCHLD, &child, pidfd);
        if (pid < 0)
            pid = -errno;
    }
    munmap(stack, size);
    return pid;
}

static int report_of(int pipe, struct failure *failure)
{
    ssize_t got;
    do
        got = read(pipe, failure, sizeof *failure);
    while (got < 0 && errno == EINTR);
    return got == sizeof *failure;
}

int pacer_launch(const struct pacer_launch_spec *spec, struct pacer_launch_result *result)
{
    *result = (struct pacer_launch_result){.pid = -1, .pidfd = -1, .stage = PACER_LAUNCH_CLONE};
    if (spec->descriptor_count > PACER_LAUNCH_DESCRIPTORS_MAX)
        return -EINVAL;
    int report[2], pidfd = -1;
    if (pipe2(report, O_CLOEXEC) != 0)
        return -errno;

    // No handler of ours may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    const pid_t parent = getpid();
    pid_t pid = create_sharing(spec, parent, report[1], &pidfd);
    if (pid < 0)
        pid = create_process(&pidfd);
    if (pid == 0)
        become(spec, false, parent, report[1]);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(report[1]);

    struct failure failure;
    bool failed = pid > 0 && report_of(report[0], &failure);
    close(report[0]);
    if (pid < 0)
        return pid;
    if (failed) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
        if (pidfd >= 0)
            close(pidfd);
        result->stage = failure.stage;
        return -failure.error;
    }
    *result = (struct pacer_launch_result){.pid = pid, .pidfd = pidfd, .stage = PACER_LAUNCH_OK};
    return 0;
}
