#define _GNU_SOURCE
#include "job.h"

#include "CPacerShims.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 8192
#define ROUNDS_MAX 100 // a job that forks faster than it is signalled is signalled again by the next command

// ---- the description: a header, then strings that each end in a NUL ----

struct description {
    char *text;
    size_t size;
    unsigned umask;
    int has_cgroup, has_identity;
    struct pacer_identity identity;
    size_t cgroup_files, cpu_words, argument_count, environment_count;
    uint64_t cpus[CPU_MASK_WORDS];
    const char *directory, **strings; // arguments, NULL, environment, NULL
};

static bool parse_cpus(const char *text, struct description *description)
{
    char *end;
    for (description->cpu_words = 0; description->cpu_words < CPU_MASK_WORDS; text = end + 1) {
        description->cpus[description->cpu_words++] = strtoull(text, &end, 16);
        if (*end != ',')
            return end != text && *end == 0;
    }
    return false;
}

static const char *next_string(const struct description *description, size_t *at)
{
    const char *string = description->text + *at;
    const char *end = memchr(string, 0, description->size - *at);
    if (!end)
        return NULL;
    *at += (size_t)(end - string) + 1;
    return string;
}

// `USER GROUP [GROUP…]`, the supplementary ones last.
static bool parse_groups(const char *text, struct description *description)
{
    static gid_t groups[NGROUPS_MAX + 2];
    size_t count = 0;
    for (char *end; *text; text = *end ? end + 1 : end) {
        unsigned long number = strtoul(text, &end, 10);
        if (end == text || (*end && *end != ' ') || number >= UINT32_MAX || count == NGROUPS_MAX + 2)
            return false;
        groups[count++] = (gid_t)number;
    }
    if (count < 2)
        return false;
    description->identity.user = groups[0];
    description->identity.group = groups[1];
    description->identity.groups = groups + 2;
    description->identity.group_count = count - 2;
    return true;
}

static bool parse_limit(const char **text, uint64_t *value, char behind)
{
    char *end;
    bool is_none = **text == '-';
    *value = is_none ? PACER_UNLIMITED : strtoull(*text, &end, 10);
    if (is_none)
        end = (char *)*text + 1;
    bool valid = end != *text && (*end == behind || *end == 0);
    *text = *end ? end + 1 : end;
    return valid;
}

// `RESOURCE:SOFT:HARD …` with `-` for no limit; empty for none.
static bool parse_limits(const char *text, struct description *description)
{
    static struct pacer_limit limits[RLIM_NLIMITS];
    size_t count = 0;
    while (*text) {
        uint64_t resource;
        if (count == RLIM_NLIMITS || !parse_limit(&text, &resource, ':') || resource >= RLIM_NLIMITS
            || !parse_limit(&text, &limits[count].soft, ':') || !parse_limit(&text, &limits[count].hard, ' '))
            return false;
        limits[count++].resource = (int)resource;
    }
    description->identity.limits = limits;
    description->identity.limit_count = count;
    return true;
}

static bool parse_strings(struct description *description)
{
    // Each string takes a byte at least, so that neither count nor their sum can be beyond the size.
    if (description->argument_count == 0 || description->argument_count > description->size
        || description->environment_count > description->size)
        return false;
    size_t at = 0, total = description->argument_count + description->environment_count;
    if (total > description->size)
        return false;
    description->strings = calloc(total + 2, sizeof *description->strings);
    if (!description->strings || !next_string(description, &at))
        return false;
    if (!(description->directory = next_string(description, &at)))
        return false;
    for (size_t i = 0; i < total + 1; i++) {
        if (i == description->argument_count)
            continue; // the NULL between arguments and environment
        if (!(description->strings[i] = next_string(description, &at)))
            return false;
    }
    if (!description->has_identity)
        return true;
    const char *groups = next_string(description, &at);
    const char *limits = groups ? next_string(description, &at) : NULL;
    return limits && parse_groups(groups, description) && parse_limits(limits, description);
}

static int read_description(struct description *description)
{
    struct stat info;
    char cpus[CPU_MASK_WORDS * 17 + 1];
    if (fstat(DESCRIPTION_FD, &info) != 0)
        return errno;
    description->size = (size_t)info.st_size;
    if (description->size == 0)
        return EINVAL;
    description->text = mmap(NULL, description->size, PROT_READ, MAP_PRIVATE, DESCRIPTION_FD, 0);
    if (description->text == MAP_FAILED)
        return errno;
    if (description->text[description->size - 1] != 0)
        return EINVAL;
    int fields = sscanf(
        description->text,
        "pacer-job 2 umask=%o cgroup=%d files=%zu cpus=%1088s arguments=%zu environment=%zu identity=%d",
        &description->umask, &description->has_cgroup, &description->cgroup_files, cpus,
        &description->argument_count, &description->environment_count, &description->has_identity);
    bool valid = fields == 7 && description->cgroup_files <= CGROUP_FILES_MAX && parse_cpus(cpus, description)
        && parse_strings(description);
    return valid ? 0 : EINVAL;
}

static void discard(struct description *description)
{
    free(description->strings);
    munmap(description->text, description->size);
    close(DESCRIPTION_FD);
}

// ---- launch ----

// The files of a submitter are his, made anew in a folder in which he can make nothing.
static int open_output(const char *name, const struct pacer_identity *identity)
{
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    if (!identity)
        return openat(FOLDER_FD, name, flags, 0600);
    if (unlinkat(FOLDER_FD, name, 0) != 0 && errno != ENOENT)
        return -1;
    int file = openat(FOLDER_FD, name, flags | O_EXCL, 0600);
    if (file < 0 || fchown(file, identity->user, identity->group) == 0)
        return file;
    int error = errno;
    close(file);
    errno = error;
    return -1;
}

static int open_files(int files[4], const struct pacer_identity *identity)
{
    static const char *const names[] = {"stdout", "stderr", "progress"};
    if ((files[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return errno;
    for (int i = 0; i < 3; i++) {
        if ((files[i + 1] = open_output(names[i], identity)) < 0)
            return errno;
    }
    return 0;
}

static const char *search_path_in(const char *const *environment)
{
    for (; *environment; environment++)
        if (strncmp(*environment, "PATH=", 5) == 0)
            return *environment + 5;
    return NULL;
}

int job_start(struct job *job, int *stage, const char **step)
{
    static struct description description;
    int files[4], cgroup_files[CGROUP_FILES_MAX];
    *stage = STAGE_DESCRIPTION;
    *step = "read the description of the job";
    int error = read_description(&description);
    if (error)
        return error;
    *stage = STAGE_FILES;
    *step = "create the files of the job";
    const struct pacer_identity *identity = description.has_identity ? &description.identity : NULL;
    if ((error = open_files(files, identity)))
        return error;

    int next = FIRST_CGROUP_FD;
    job->cgroup = description.has_cgroup ? next++ : -1;
    for (size_t i = 0; i < description.cgroup_files; i++)
        cgroup_files[i] = next++;
    const char *const *environment = description.strings + description.argument_count + 1;
    struct pacer_launch_spec spec = {
        .arguments = description.strings,
        .environment = environment,
        .search_path = search_path_in(environment),
        .directory = description.directory,
        .descriptors = files,
        .descriptor_count = 4,
        .cgroup = job->cgroup,
        .cgroup_files = cgroup_files,
        .cgroup_file_count = description.cgroup_files,
        .cpu_mask = description.cpus,
        .cpu_mask_words = description.cpu_words,
        .identity = identity,
        .new_session = true,
        .ends_with_parent = true,
        .umask = description.umask,
    };
    struct pacer_launch_result result;
    error = -pacer_launch(&spec, &result);
    *stage = (int)result.stage;
    *step = pacer_launch_stage_name(result.stage);
    job->pid = result.pid;
    for (int i = 0; i < 4; i++)
        close(files[i]);
    for (size_t i = 0; i < description.cgroup_files; i++)
        close(cgroup_files[i]);
    if (result.pidfd >= 0)
        close(result.pidfd);
    discard(&description);
    return error;
}

// ---- processes ----

bool job_reap(struct job *job)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == job->pid && pid > 0) {
            job->program_ended = true;
            job->wait_status = status;
        } else if (pid < 0 && errno != EINTR) {
            return errno == ECHILD && job->program_ended; // as subreaper we inherit every descendant
        } else if (pid == 0) {
            return false;
        }
    }
}

static bool among(pid_t pid, const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

void job_signal(int signal)
{
    static pid_t lists[2][PROCESSES_MAX];
    size_t before = 0;
    // What a program starts in answer to a signal, to clean up, is not to be ended by that signal.
    const int rounds = signal == SIGKILL || signal == SIGSTOP ? ROUNDS_MAX : 1;
    for (int round = 0; round < rounds; round++) {
        pid_t *now = lists[round % 2], *earlier = lists[(round + 1) % 2];
        ssize_t found = pacer_descendants(getpid(), now, PROCESSES_MAX);
        size_t count = found < 0 ? 0 : found < PROCESSES_MAX ? (size_t)found : PROCESSES_MAX;
        bool grew = false;
        for (size_t i = 0; i < count; i++) {
            if (among(now[i], earlier, before))
                continue;
            pacer_signal_descendant(getpid(), now[i], signal); // fails for one that has just ended
            grew = true;
        }
        before = count;
        if (!grew)
            return;
    }
}

// ---- the end ----

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec time = {0};
    clock_gettime(clock, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t microseconds(struct timeval time)
{
    return time.tv_sec * INT64_C(1000000) + time.tv_usec;
}

void job_describe_end(const struct job *job, char line[LINE_MAX_BYTES])
{
    char boot[64];
    ssize_t length = pacer_read_file("/proc/sys/kernel/random/boot_id", boot, sizeof boot - 1);
    boot[length > 0 ? length : 0] = 0;
    boot[strcspn(boot, "\n")] = 0;
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    getrusage(RUSAGE_CHILDREN, &usage);
    const int status = job->wait_status;
    const bool signalled = WIFSIGNALED(status);
    long long cpu = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
    snprintf(
        line, LINE_MAX_BYTES,
        "%s %d cpu_us=%lld maxrss_kib=%ld end_monotonic_ns=%lld end_unix_ns=%lld boot_id=%s end_boot_ns=%lld",
        signalled ? "signalled" : "exited", signalled ? WTERMSIG(status) : WEXITSTATUS(status), cpu,
        usage.ru_maxrss, (long long)nanoseconds(CLOCK_MONOTONIC), (long long)nanoseconds(CLOCK_REALTIME),
        *boot ? boot : "unknown", (long long)nanoseconds(CLOCK_BOOTTIME));
}

int job_save_end(const char *line, bool durable)
{
    int file = openat(
        FOLDER_FD, "status.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return errno;
    int error = 0;
    if (dprintf(file, "%s\n", line) < 0 || (durable && fsync(file) != 0))
        error = errno;
    if (close(file) != 0 && !error)
        error = errno;
    if (!error && renameat(FOLDER_FD, "status.new", FOLDER_FD, "status") != 0)
        error = errno;
    if (!error && durable && fsync(FOLDER_FD) != 0)
        error = errno;
    if (error)
        unlinkat(FOLDER_FD, "status.new", 0); // fails when it is not there
    return error;
}

bool job_folder_exists(void)
{
    struct stat info;
    return fstat(FOLDER_FD, &info) == 0 && info.st_nlink > 0;
}
