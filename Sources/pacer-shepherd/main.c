// pacer-shepherd: the parent of one job. It lives as long as the job does, whether or not the daemon runs, so
// that the exit status and the processor time of the job survive a restart of the daemon. It sleeps until
// something happens; only a duty cycle wakes it up.
#define _GNU_SOURCE
#include "control.h"
#include "duty.h"
#include "job.h"
#include "nursery.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LISTEN_AFTER_MS 250
#define LISTEN_AGAIN_MS 1000
#define SAVE_AFTER_MS 100
#define ANNOUNCE_AFTER_MS 3
#define SAVE_AGAIN_MS 1000

// One job per process: what the command handler acts on.
static struct job job;
static struct duty duty;
static struct control control;

// How the job ended.
static struct {
    bool known, saved;
    bool kept; // the daemon has it on the disk
    int64_t save_due;
    char line[LINE_MAX_BYTES];
} end;

static int take_signals(void)
{
    sigset_t watched;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGPIPE, &action, NULL);
    action.sa_handler = SIG_DFL;
    action.sa_flags = SA_NOCLDSTOP; // stopped and continued processes are the duty cycle's own doing
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    return signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void deliver(int signal)
{
    job_signal(signal);
    if (signal != SIGSTOP)
        duty_release(&duty);
}

// When the daemon is told at the latest that the program runs: of one that ends before, it is told both at
// once, and woken up once. 0 when it has been.
static int64_t announce_due;

static void send_state(void)
{
    char line[2 * LINE_MAX_BYTES];
    int length = 0;
    if (!end.known || announce_due)
        length = snprintf(line, sizeof line, "running pid=%d", (int)job.pid);
    if (end.known)
        snprintf(line + length, sizeof line - (size_t)length, "%sended %s", length ? "\n" : "", end.line);
    announce_due = 0;
    control_send(&control, line);
}

static void act(const char *command)
{
    unsigned permille, period_ms;
    int signal;
    if (strcmp(command, "ping") == 0)
        send_state();
    else if (end.known && strcmp(command, "kept") == 0)
        end.kept = true;
    else if (!end.known && sscanf(command, "duty %u %u", &permille, &period_ms) == 2)
        duty_set(&duty, permille, period_ms);
    else if (!end.known && (strcmp(command, "pause") == 0 || strcmp(command, "proceed") == 0))
        duty_pause(&duty, strcmp(command, "pause") == 0);
    else if (!end.known && sscanf(command, "signal %d", &signal) == 1 && signal > 0 && signal < NSIG)
        deliver(signal);
}

static int64_t milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void note_end(void)
{
    end.known = true;
    job_describe_end(&job, end.line);
    end.save_due = milliseconds() + SAVE_AFTER_MS;
    send_state();
}

// A daemon that runs writes the end down itself, and does so once for many jobs: only when that takes long,
// or it is gone, the end goes to the job's folder, where the next daemon finds it; and to the disk when it is
// not kept by the time that this process ends. Returns how long to wait before it is looked at again.
static int save_in_time(void)
{
    if (!end.known || end.saved || end.kept)
        return -1;
    int64_t now = milliseconds();
    if (control.connection < 0 || now >= end.save_due) {
        if ((end.saved = job_save_end(end.line, false) == 0))
            return -1;
        end.save_due = now + SAVE_AGAIN_MS;
    }
    return (int)(end.save_due - now);
}

static void take_signal(int signals)
{
    struct signalfd_siginfo signal;
    while (read(signals, &signal, sizeof signal) == sizeof signal)
        if (signal.ssi_signo == SIGTERM && !end.known)
            deliver(SIGTERM);
    if (!end.known && job_reap(&job))
        note_end();
}

// An end that could not be saved is told to the next daemon, if the folder it would look in still exists.
static bool is_needed(void)
{
    return !end.known || control.connection >= 0 || (!end.saved && !end.kept && job_folder_exists());
}

// The daemon that started the job is connected, so a job that has soon ended needs no socket in its folder:
// that is a file less to make and to remove for each of very many. All others have theirs before the disk is
// full, say. Returns how long to wait before it is looked at again.
static int listen_in_time(int64_t *due)
{
    if (control.listener >= 0)
        return -1;
    int64_t now = milliseconds();
    if (control.connection < 0 || now >= *due) {
        if (control_listen(&control) == 0)
            return -1;
        *due = now + LISTEN_AGAIN_MS;
    }
    return (int)(*due - now);
}

// Returns how long to wait before it is looked at again.
static int announce_in_time(void)
{
    if (!announce_due)
        return -1;
    int64_t left = announce_due - milliseconds();
    if (left > 0)
        return (int)left;
    send_state();
    return -1;
}

// Of two waits, of which -1 has no end.
static int sooner(int left, int right)
{
    return left < 0 || (right >= 0 && right < left) ? right : left;
}

static void serve(int signals)
{
    bool told = false;
    int64_t listen_due = milliseconds() + LISTEN_AFTER_MS;
    announce_due = milliseconds() + ANNOUNCE_AFTER_MS;
    for (;;) {
        int save_wait = save_in_time();
        if (!is_needed() || (told && control.connection < 0))
            return;
        int patience = sooner(sooner(listen_in_time(&listen_due), save_wait), announce_in_time());
        struct pollfd watched[] = {
            {.fd = signals, .events = POLLIN},
            {.fd = control.listener, .events = POLLIN},
            {.fd = control.connection, .events = POLLIN},
            {.fd = duty.timer, .events = POLLIN},
        };
        if (poll(watched, 4, patience) < 0 && errno != EINTR)
            return;
        if (watched[0].revents)
            take_signal(signals);
        if (watched[3].revents && !end.known)
            duty_turn(&duty);
        if (watched[2].revents)
            control_read(&control, act);
        if (control.connection < 0 && !end.known)
            duty_pause(&duty, false); // nobody is left to let it go on
        if (watched[1].revents && control_accept(&control))
            send_state();
        told = end.known && (told || control.connection >= 0);
    }
}

int main(int count, char **arguments)
{
    bool is_nursery = count == 3 && strcmp(arguments[1], "--nursery") == 0;
    if (!is_nursery && (count != 3 || strcmp(arguments[1], "--job") != 0)) {
        fputs("pacer-shepherd is started by pacerd, for its jobs\n", stderr);
        return 64;
    }
    if (is_nursery && !nursery_serve(arguments))
        return 0;
    umask(077);
    int signals = take_signals();
    int error = 0, stage = STAGE_SETUP;
    const char *step = "prepare the folder of the job";
    control_open(&control, CONTROL_FD);
    if (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        error = errno;
    if (!error && unlinkat(FOLDER_FD, "status", 0) != 0 && errno != ENOENT)
        error = errno;
    if (!error && !control_await_start(&control)) {
        control_close(&control);
        return 1;
    }
    if (!error)
        error = job_start(&job, &stage, &step);
    if (error) {
        char line[LINE_MAX_BYTES];
        snprintf(line, sizeof line, "failed %d %d %s", stage, error, step);
        control_send(&control, line);
        control_close(&control);
        return 1;
    }
    if (duty_open(&duty, &job) != 0)
        duty.timer = -1; // poll skips it: the job runs without a limit
    serve(signals);
    if (end.known && !end.kept)
        job_save_end(end.line, true); // fails where the folder is gone, and with it who would read
    control_close(&control);
    return 0;
}
