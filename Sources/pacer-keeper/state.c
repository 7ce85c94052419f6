// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HEADER "pacer-keeper-state 1"
#define BOOT_ID_MAX 64

int state_lock(const char *path)
{
    char lock[PATH_MAX];
    const struct timespec pause = {.tv_nsec = 20000000};
    if ((size_t)snprintf(lock, sizeof lock, "%s.lock", path) >= sizeof lock)
        return ENAMETOOLONG;
    int file = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return errno;
    for (int waited_ms = 0; flock(file, LOCK_EX | LOCK_NB) != 0; waited_ms += 20) {
        if (errno != EWOULDBLOCK || waited_ms >= LOCK_PATIENCE_MS)
            return errno;
        nanosleep(&pause, NULL);
    }
    return 0; // the file stays open, and locked, until this process ends
}

static void boot_id(char id[BOOT_ID_MAX])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!file || fscanf(file, "%63s", id) != 1)
        strcpy(id, "unknown");
    if (file)
        fclose(file);
}

static bool write_all(FILE *file, const struct holdings *all)
{
    static char cpus[CPUS_TEXT_MAX];
    char boot[BOOT_ID_MAX];
    boot_id(boot);
    fprintf(file, HEADER "\nboot %s\n", boot);
    CPUS_EACH(policy, &all->policies) {
        const struct holding *held = &all->of[policy];
        fprintf(file, "policy %u min=%lu max=%lu governor=%s", policy, held->original.min_khz,
                held->original.max_khz, held->governor);
        fprintf(file, " wanted_min=%lu wanted_max=%lu reason=%s since=%lld cpus=%s\n", held->wanted.min_khz,
                held->wanted.max_khz, held->reason, held->since_unix_seconds,
                cpus_format(&held->related, cpus));
    }
    fprintf(file, "end %u\n", cpus_count(&all->policies));
    return fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0;
}

// So that the rename, or the removal, itself survives a power cut.
static void sync_directory(const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    int directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        (void)fsync(directory);
        close(directory);
    }
}

bool state_save(const struct holdings *all, struct fault *fault)
{
    char fresh[PATH_MAX];
    const char *path = all->state_path;
    snprintf(fresh, sizeof fresh, "%s.new", path); // fits: state_lock() made a longer name
    if (cpus_count(&all->policies) == 0) {
        if (unlink(path) == 0)
            sync_directory(path);
        else if (errno != ENOENT) {
            fault_set(fault, "failed", "cannot remove %.300s: %s", path, strerror(errno));
            return false;
        }
        return true;
    }
    int descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file) {
        bool written = write_all(file, all);
        int failure = written ? 0 : errno;
        written = fclose(file) == 0 && written;
        if (written && rename(fresh, path) == 0) {
            sync_directory(path);
            return true;
        }
        if (failure)
            errno = failure;
    }
    fault_set(fault, errno == EACCES || errno == EROFS ? "notPermitted" : "failed",
              "cannot save the original limits in %.300s: %s", path, strerror(errno));
    (void)unlink(fresh);
    return false;
}

static bool parse_policy(const char *line, struct holdings *all)
{
    static char cpus[CPUS_TEXT_MAX];
    struct holding held = {0};
    unsigned policy;
    int end = 0;
    _Static_assert(GOVERNOR_MAX == 20 && REASON_MAX == 32 && CPUS_TEXT_MAX == 20480, "widths below");
    int fields = sscanf(line, "policy %u min=%lu max=%lu governor=%19s wanted_min=%lu wanted_max=%lu "
                        "reason=%31s since=%lld cpus=%20479s%n", &policy, &held.original.min_khz,
                        &held.original.max_khz, held.governor, &held.wanted.min_khz, &held.wanted.max_khz,
                        held.reason, &held.since_unix_seconds, cpus, &end);
    if (fields != 9 || strcmp(line + end, "\n") != 0 || policy >= CPUS_MAX
        || !cpus_parse(cpus, &held.related) || cpus_has(&all->policies, policy)
        || held.original.min_khz == 0 || held.original.min_khz > held.original.max_khz)
        return false;
    cpus_add(&all->policies, policy);
    all->of[policy] = held;
    return true;
}

static enum state_found parse(FILE *file, struct holdings *all)
{
    static char line[CPUS_TEXT_MAX + 512];
    char boot[BOOT_ID_MAX], boot_then[BOOT_ID_MAX];
    boot_id(boot);
    if (!fgets(line, sizeof line, file) || strcmp(line, HEADER "\n") != 0)
        return STATE_CORRUPT;
    if (!fgets(line, sizeof line, file) || sscanf(line, "boot %63s", boot_then) != 1)
        return STATE_CORRUPT;
    if (strcmp(boot, boot_then) != 0)
        return STATE_OTHER_BOOT;
    while (fgets(line, sizeof line, file)) {
        char end[32];
        snprintf(end, sizeof end, "end %u\n", cpus_count(&all->policies));
        if (strcmp(line, end) == 0)
            return fgetc(file) == EOF ? STATE_LOADED : STATE_CORRUPT;
        if (!parse_policy(line, all))
            return STATE_CORRUPT;
    }
    return STATE_CORRUPT; // no end line: cut short
}

enum state_found state_load(struct holdings *all)
{
    int descriptor = open(all->state_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return errno == ENOENT ? STATE_ABSENT : STATE_UNREADABLE;
    FILE *file = fdopen(descriptor, "r");
    memset(&all->policies, 0, sizeof all->policies);
    enum state_found found = parse(file, all);
    if (found != STATE_LOADED)
        memset(&all->policies, 0, sizeof all->policies);
    fclose(file);
    return found;
}
