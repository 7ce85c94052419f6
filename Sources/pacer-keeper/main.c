// SPDX-License-Identifier: GPL-2.0-only
//
// pacer-keeper: the small privileged program that changes CPU frequency limits for pacerd, and puts every
// one of them back when pacerd goes away, for whatever reason. Nothing else in Pacer writes to these knobs.
#define _GNU_SOURCE
#include "protocol.h"
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"

// From 64 on as in sysexits(3).
enum {
    EXIT_DONE = 0,
    EXIT_NOT_RESTORED = 1,
    EXIT_USAGE = 64,
    EXIT_CORRUPT = 65,
    EXIT_STATE = 74,
    EXIT_BUSY = 75,
};

static const char usage[] =
    "Usage: pacer-keeper --state PATH             serve requests on standard input and output\n"
    "       pacer-keeper --restore --state PATH   restore what a crashed keeper left behind\n"
    "       pacer-keeper --help | --version\n"
    "\n"
    "Changes CPU frequency limits through cpufreq and restores them when the input ends or on SIGTERM,\n"
    "SIGINT or SIGHUP. PATH keeps the original limits; put it where a reboot clears it, such as /run.\n"
    "\n"
    "Exit status: 0 done and everything restored, 1 something could not be restored (PATH is kept),\n"
    "64 bad usage, 65 PATH is corrupt, 74 PATH cannot be used, 75 another keeper uses PATH.\n";

static volatile sig_atomic_t stop_requested;

static void request_stop(int signal)
{
    (void)signal;
    stop_requested = 1;
}

// Blocks the stop signals; they are let in only while waiting. So nothing interrupts a restore.
static void prepare_signals(sigset_t *while_waiting)
{
    const int stops[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = request_stop};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigprocmask(SIG_SETMASK, NULL, while_waiting);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        sigaddset(&blocked, stops[i]);
        sigdelset(while_waiting, stops[i]);
        sigaction(stops[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
}

// A descriptor that the caller left closed must not become that of the state file.
static void fill_standard_descriptors(void)
{
    int file;
    do
        file = open("/dev/null", O_RDWR);
    while (file >= 0 && file <= STDERR_FILENO);
    if (file > STDERR_FILENO)
        close(file);
}

// True when everything within reach is back. Policies that are wholly offline stay in the state file.
static bool restore_everything(struct holdings *all, unsigned *restored)
{
    struct cpus policies = all->policies;
    struct fault fault;
    return holdings_release(all, &policies, restored, &fault);
}

// Reads what an earlier keeper left behind. Returns an exit status.
static int load(struct holdings *all)
{
    struct fault fault;
    switch (state_load(all)) {
    case STATE_ABSENT:
    case STATE_LOADED:
        return EXIT_DONE;
    case STATE_OTHER_BOOT:
        note("%s is from before the last reboot, which reset every knob: dropped", all->state_path);
        if (state_save(all, &fault))
            return EXIT_DONE;
        note("%s", fault.sentence);
        return EXIT_STATE;
    case STATE_CORRUPT:
        note("%s is corrupt and was kept; check the limits by hand, then remove it", all->state_path);
        return EXIT_CORRUPT;
    case STATE_UNREADABLE:
        break;
    }
    note("cannot read %s: %s", all->state_path, strerror(errno));
    return EXIT_STATE;
}

static int restore_only(struct holdings *all)
{
    unsigned restored;
    int status = load(all);
    if (status != EXIT_DONE)
        return status;
    struct cpus policies = all->policies;
    if (cpus_count(&policies) == 0) {
        puts("nothing to restore");
        return EXIT_DONE;
    }
    bool complete = restore_everything(all, &restored);
    CPUS_EACH(policy, &policies)
        if (!cpus_has(&all->policies, policy))
            printf("restored policy%u to min=%lu max=%lu\n", policy, all->of[policy].original.min_khz,
                   all->of[policy].original.max_khz);
    return complete ? EXIT_DONE : EXIT_NOT_RESTORED;
}

static int serve(struct holdings *all, const sigset_t *while_waiting)
{
    unsigned restored;
    int status = load(all);
    if (status != EXIT_DONE)
        return status;
    // What could not be restored now stays held with its true original, and is tried again at the end.
    (void)restore_everything(all, &restored);
    if (restored)
        note("restored %u knobs that an earlier keeper left behind", restored);
    protocol_serve(all, &stop_requested, while_waiting);
    return restore_everything(all, &restored) ? EXIT_DONE : EXIT_NOT_RESTORED;
}

int main(int count, char **arguments)
{
    static struct holdings all;
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"restore", no_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    bool restore = false;
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 's': all.state_path = optarg; break;
        case 'r': restore = true; break;
        case 'h': fputs(usage, stdout); return EXIT_DONE;
        case 'v': printf("pacer-keeper %s, protocol %d\n", VERSION, PROTOCOL_VERSION); return EXIT_DONE;
        default: fputs(usage, stderr); return EXIT_USAGE;
        }
    }
    if (optind != count || !all.state_path || all.state_path[0] == '\0') {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    fill_standard_descriptors();
    int failure = state_lock(all.state_path);
    if (failure == EWOULDBLOCK) {
        note("another keeper is using %s", all.state_path);
        return EXIT_BUSY;
    }
    if (failure) {
        note("cannot lock %s.lock: %s", all.state_path, strerror(failure));
        return EXIT_STATE;
    }
    sigset_t while_waiting;
    prepare_signals(&while_waiting);
    return restore ? restore_only(&all) : serve(&all, &while_waiting);
}
