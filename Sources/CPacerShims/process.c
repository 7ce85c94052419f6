#define _GNU_SOURCE
#include "CPacerShims.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

const int32_t pacer_futex_syscall = SYS_futex;

int pacer_pidfd_open(pid_t pid)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    return pidfd >= 0 ? pidfd : -errno;
}

int pacer_pidfd_signal(int pidfd, int signal)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0 ? 0 : -errno;
}

int pacer_reap(pid_t pid)
{
    pid_t reaped;
    do
        reaped = waitpid(pid, NULL, WNOHANG);
    while (reaped < 0 && errno == EINTR);
    return reaped == 0 ? 0 : 1;
}

int pacer_affinity_set(pid_t thread, const uint64_t *mask, size_t words)
{
    return syscall(SYS_sched_setaffinity, thread, words * sizeof *mask, mask) == 0 ? 0 : -errno;
}

int pacer_affinity_get(pid_t thread, uint64_t *mask, size_t words)
{
    memset(mask, 0, words * sizeof *mask);
    return syscall(SYS_sched_getaffinity, thread, words * sizeof *mask, mask) >= 0 ? 0 : -errno;
}

// ---- directories whose entries are numbers, without allocating ----

struct entry { // linux_dirent64
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int32_t number_in(const char *name)
{
    int64_t number = 0;
    for (; *name; name++) {
        if (!isdigit((unsigned char)*name) || number > INT32_MAX / 10)
            return -1;
        number = number * 10 + (*name - '0');
    }
    return number > INT32_MAX ? -1 : (int32_t)number;
}

ssize_t pacer_numbered_entries(const char *directory, int32_t *numbers, size_t capacity)
{
    _Alignas(struct entry) char buffer[4096];
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    size_t found = 0;
    ssize_t got;
    while ((got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        for (ssize_t at = 0; at < got;) {
            const struct entry *entry = (const struct entry *)(buffer + at);
            int32_t number = number_in(entry->name);
            if (number >= 0 && found++ < capacity)
                numbers[found - 1] = number;
            at += entry->length;
        }
    }
    int error = got < 0 ? errno : 0;
    close(folder);
    return error ? -error : (ssize_t)found;
}

// ---- descendants ----

struct list {
    pid_t *pids;
    size_t count, capacity;
};

static void append(struct list *list, pid_t pid)
{
    if (list->count++ < list->capacity)
        list->pids[list->count - 1] = pid;
}

// Appends the children of one thread; false when the kernel does not list them.
static bool append_children(const char *path, struct list *list)
{
    char text[1024];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    pid_t pid = 0;
    ssize_t got;
    while ((got = read(file, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (isdigit((unsigned char)text[i])) {
                pid = pid * 10 + (text[i] - '0');
            } else if (pid) {
                append(list, pid);
                pid = 0;
            }
        }
    }
    close(file);
    return true;
}

static void append_children_of_threads(pid_t pid, struct list *list)
{
    char path[64];
    int32_t threads[256];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    ssize_t count = pacer_numbered_entries(path, threads, 256);
    for (ssize_t i = 0; i < count && i < 256; i++) {
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)threads[i]);
        append_children(path, list);
    }
}

static pid_t parent_of(pid_t pid)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    ssize_t got = pacer_read_file(path, text, sizeof text - 1);
    if (got <= 0)
        return -1;
    text[got] = 0;
    const char *name_end = strrchr(text, ')'); // a name may hold anything, so search from behind
    int parent;
    return name_end && sscanf(name_end + 1, " %*c %d", &parent) == 1 ? parent : -1;
}

int pacer_signal_descendant(pid_t root, pid_t pid, int signal)
{
    int pidfd = pacer_pidfd_open(pid);
    if (pidfd < 0 && pidfd != -ENOSYS)
        return pidfd;
    pid_t ancestor = pid;
    while (ancestor > 1 && ancestor != root)
        ancestor = parent_of(ancestor);
    int error = ancestor != root ? -ESRCH : 0;
    if (!error && pidfd >= 0)
        error = pacer_pidfd_signal(pidfd, signal);
    else if (!error && kill(pid, signal) != 0)
        error = -errno;
    if (pidfd >= 0)
        close(pidfd);
    return error;
}

static bool contains(const struct list *list, pid_t pid)
{
    size_t stored = list->count < list->capacity ? list->count : list->capacity;
    for (size_t i = 0; i < stored; i++)
        if (list->pids[i] == pid)
            return true;
    return false;
}

// For kernels without /proc/PID/task/TID/children: asks every process for its parent, until no more turn up.
static void descendants_by_parent(pid_t root, struct list *list)
{
    static const size_t most = 65536;
    int32_t *all = malloc(most * sizeof *all);
    if (!all)
        return;
    ssize_t count = pacer_numbered_entries("/proc", all, most);
    bool grew = true;
    while (grew) {
        grew = false;
        for (ssize_t i = 0; i < count && i < (ssize_t)most; i++) {
            if (all[i] == root || contains(list, all[i]))
                continue;
            pid_t parent = parent_of(all[i]);
            if (parent == root || contains(list, parent)) {
                append(list, all[i]);
                grew = list->count <= list->capacity;
            }
        }
    }
    free(all);
}

ssize_t pacer_descendants(pid_t root, pid_t *pids, size_t capacity)
{
    struct list list = {.pids = pids, .capacity = capacity};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)root, (int)root);
    if (access(path, R_OK) != 0) {
        if (kill(root, 0) != 0 && errno == ESRCH)
            return -ESRCH;
        descendants_by_parent(root, &list);
        return (ssize_t)list.count;
    }
    append_children_of_threads(root, &list);
    for (size_t i = 0; i < list.count && i < capacity; i++)
        append_children_of_threads(pids[i], &list);
    return (ssize_t)list.count;
}
