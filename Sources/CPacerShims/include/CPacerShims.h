// What Pacer needs from Linux and cannot reach from Swift: starting a process inside its cgroup, pidfds,
// affinity of single threads, peers of sockets, counters of perf_event_open, cheap reading of /proc.
//
// Functions return 0 or a count when they succeed and a negative errno value when they do not, unless their
// comment says otherwise. Nothing here keeps state, but for the terminal.
#ifndef PACER_SHIMS_H
#define PACER_SHIMS_H

#include "device.h"
#include "terminal.h"
#include "watch.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// ---- launch.c: starting a program ----

// The step of a launch that failed.
enum pacer_launch_stage {
    PACER_LAUNCH_OK = 0,
    PACER_LAUNCH_CLONE,
    PACER_LAUNCH_CGROUP,
    PACER_LAUNCH_SESSION,
    PACER_LAUNCH_DESCRIPTORS,
    PACER_LAUNCH_AFFINITY,
    PACER_LAUNCH_DIRECTORY,
    PACER_LAUNCH_EXEC,
    PACER_LAUNCH_PRIORITY,
    PACER_LAUNCH_LIMITS,
    PACER_LAUNCH_IDENTITY,
};

#define PACER_LAUNCH_DESCRIPTORS_MAX 16

#define PACER_UNLIMITED UINT64_MAX

// One limit of setrlimit(2).
struct pacer_limit {
    int resource;
    uint64_t soft, hard; // PACER_UNLIMITED for none
};

// As whom a program runs.
struct pacer_identity {
    uid_t user;
    gid_t group;
    const gid_t *groups; // the supplementary ones, and no others
    size_t group_count;
    const struct pacer_limit *limits; // those that are not mentioned stay what they are
    size_t limit_count;
};

struct pacer_launch_spec {
    const char *const *arguments;   // ends with NULL; the first is the program
    const char *const *environment; // ends with NULL; all that the program will see
    const char *search_path;        // where a program without a slash is looked for, as $PATH; may be NULL
    const char *directory;          // the working directory; NULL leaves it
    const int *descriptors;         // descriptor i of the program is descriptors[i]; all others are closed
    size_t descriptor_count;        // at most PACER_LAUNCH_DESCRIPTORS_MAX
    int cgroup;                     // directory of a version 2 cgroup to start in, or -1
    const int *cgroup_files;        // open cgroup.procs files of version 1 cgroups to join
    size_t cgroup_file_count;
    const uint64_t *cpu_mask;       // CPUs that the program may use, 64 to a word; NULL leaves them
    size_t cpu_mask_words;
    const struct pacer_identity *identity; // NULL for that of the caller
    bool new_session;
    bool ends_with_parent;          // SIGKILL when the thread that starts it ends
    mode_t umask;
};

struct pacer_launch_result {
    pid_t pid;
    int pidfd;                      // -1 where the kernel has none
    enum pacer_launch_stage stage;  // of the failure
};

// Starts a program with default signal dispositions and nothing blocked. The program is in its cgroups and
// on its CPUs before its first instruction, and may have as many files open as this process before it raised
// that. Returns once it has been executed, or with the error of the step that failed.
//
// With an identity it has no capability, no key and no raised priority of the caller, the working directory
// is entered and the program looked for as that user, and a program that raises privileges at its start does
// so as it would from that user's shell. A limit above that of a caller that may not raise limits is the
// caller's.
int pacer_launch(const struct pacer_launch_spec *spec, struct pacer_launch_result *result);

// The step in words, as in "could not ...".
const char *pacer_launch_stage_name(enum pacer_launch_stage stage);

// ---- descriptors.c: how many files a process may have open ----

// Lets this process have as many open as it may at most, but not beyond 2^20. Programs that pacer_launch
// starts begin with what this process had before. To be called once, before there are other threads.
int pacer_raise_descriptor_limit(void);

// Takes that back, in a child that is about to become another program.
int pacer_restore_descriptor_limit(void);

// How many this process may have open.
int pacer_descriptor_limit(void);

// ---- process.c: watching and signalling processes ----

int pacer_pidfd_open(pid_t pid);
int pacer_pidfd_signal(int pidfd, int signal);

// Reaps a child without waiting for it: 1 when it was reaped or is not ours, 0 when it still runs.
int pacer_reap(pid_t pid);

// Restricts one thread to the CPUs of `mask`.
int pacer_affinity_set(pid_t thread, const uint64_t *mask, size_t words);

// Reads the CPUs of one thread into `mask`; words that the kernel does not fill become 0.
int pacer_affinity_get(pid_t thread, uint64_t *mask, size_t words);

// Every live descendant of `root`, itself not included, parents before children. Returns how many there
// are, of which at most `capacity` were stored. Processes that are created or reparented meanwhile may be
// missing: who must have them all repeats until nothing new appears.
ssize_t pacer_descendants(pid_t root, pid_t *pids, size_t capacity);

// Signals a process if it is a descendant of `root`: a number that was one when it was looked up may be
// another's process by now, and root can signal everybody's. -ESRCH when it is none.
int pacer_signal_descendant(pid_t root, pid_t pid, int signal);

// The entries of a directory whose names are numbers, such as /proc/self/task. Returns how many there are,
// of which at most `capacity` were stored.
ssize_t pacer_numbered_entries(const char *directory, int32_t *numbers, size_t capacity);

// ---- file.c: small files and sockets ----

// Reads at most `capacity` bytes from the start of a file. Returns how many.
ssize_t pacer_read_file(const char *path, void *buffer, size_t capacity);

// Writes `text` to an existing file in one call, as control files of the kernel want it.
int pacer_write_file(const char *path, const char *text);

// Whether a file has the extended attribute `name` with exactly this short value.
bool pacer_has_attribute(const char *path, const char *name, const char *value);

// Nanoseconds on one of the kernel's clocks, such as CLOCK_BOOTTIME, which must exist.
int64_t pacer_clock_nanoseconds(int clock);

// Binds a listening stream socket `name` in the folder that is open as `folder`, readable by its owner only.
// Returns the descriptor. The path of the folder may be of any length.
int pacer_listen_in(int folder, const char *name);

// Connects to the socket `name` in the folder that is open as `folder`. Returns the descriptor, which does
// not block.
int pacer_connect_in(int folder, const char *name);

// Who is at the other end of a Unix socket.
struct pacer_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
int pacer_peer_of(int socket, struct pacer_peer *peer);

// Sends `bytes` as one message, and open descriptors with it.
int pacer_send_with(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);

// The supplementary groups of who is at the other end, as the kernel noted them at connect(2). Returns how
// many there are, of which at most `capacity` were stored: none at all when there are more.
ssize_t pacer_peer_groups(int socket, gid_t *groups, size_t capacity);

// A pidfd of the process that connected, which has the number `pid`. Kernels before 6.5 do not keep it: there
// it is that of the process that has the number now. Returns the descriptor.
int pacer_peer_pidfd(int socket, pid_t pid);

// Lets `user` pass a folder that is its owner's alone otherwise, but not open it, which would let him lock
// it: an access list, so that the folder stays the owner's. -EOPNOTSUPP where the filesystem has none.
int pacer_let_pass(int folder, uid_t user);

// An anonymous file that holds `bytes`, positioned at its start. Returns the descriptor.
int pacer_memory_file(const char *name, const void *bytes, size_t count);

// ---- perf.c: counters of perf_event_open ----

#define PACER_PERF_CGROUP 1u  // `pid` is the open directory of a cgroup; `cpu` must be given
#define PACER_PERF_INHERIT 2u // count children that are created from now on as well

struct pacer_perf_reading {
    uint64_t value;
    uint64_t enabled_ns;
    uint64_t running_ns; // less than enabled_ns when the counter was shared
};

// Opens one counter and starts it. `type` and `config` are the kernel's, from linux/perf_event.h or from
// /sys/bus/event_source/devices/*/type and events/*. `pid` and `cpu` are -1 for all. Returns the descriptor.
int pacer_perf_open(uint32_t type, uint64_t config, int pid, int cpu, uint32_t flags);
int pacer_perf_read(int counter, struct pacer_perf_reading *reading);

// ---- constants that are macros or differ between architectures ----

extern const int32_t pacer_futex_syscall;        // its number in /proc/PID/syscall
extern const uint32_t pacer_perf_type_hardware;
extern const uint32_t pacer_perf_type_software;
extern const uint64_t pacer_perf_instructions;   // configs of the hardware type
extern const uint64_t pacer_perf_cycles;
extern const uint64_t pacer_perf_context_switches; // of the software type
extern const uint64_t pacer_perf_task_clock;

#endif
