// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static volatile sig_atomic_t resized;
static volatile sig_atomic_t ended;
static volatile sig_atomic_t taken = -1; // the descriptor
static struct termios original;

// The alternate screen, no cursor, no wrapping of long lines; and back.
static const char enter[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
static const char leave[] = "\033[?7h\033[?25h\033[0m\033[?1049l";

static void note(int signal) {
    if (signal == SIGWINCH)
        resized = 1;
    else
        ended = 1;
}

// Nobody is left to tell when this fails.
static void put(int descriptor, const char *text, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, text, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        text += written;
        count -= (size_t)written;
    }
}

// Only what may be called in a signal handler: write and tcsetattr.
void pacer_terminal_release(void) {
    int descriptor = taken;
    if (descriptor < 0)
        return;
    taken = -1;
    put(descriptor, leave, sizeof leave - 1);
    tcsetattr(descriptor, TCSANOW, &original);
}

static void crash(int signal) {
    pacer_terminal_release();
    // SA_RESETHAND has put the default back, which ends the program as it would have ended.
    raise(signal);
}

static void handle(int signal, void (*handler)(int), int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(signal, &action, NULL);
}

void pacer_terminal_prepare(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    handle(SIGWINCH, note, 0);
    for (size_t index = 0; index < COUNT(ends); index++) {
        sigaddset(&set, ends[index]);
        handle(ends[index], note, 0);
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int pacer_terminal_take(int descriptor) {
    if (tcgetattr(descriptor, &original) != 0)
        return -errno;
    struct termios raw = original;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST | ONLCR;
    if (tcsetattr(descriptor, TCSANOW, &raw) != 0)
        return -errno;
    taken = descriptor;
    for (size_t index = 0; index < COUNT(crashes); index++)
        handle(crashes[index], crash, (int)SA_RESETHAND | SA_NODEFER);
    put(descriptor, enter, sizeof enter - 1);
    return 0;
}

int pacer_terminal_wait(int descriptor, int milliseconds) {
    sigset_t open;
    pthread_sigmask(SIG_SETMASK, NULL, &open);
    sigdelset(&open, SIGWINCH);
    for (size_t index = 0; index < COUNT(ends); index++)
        sigdelset(&open, ends[index]);
    struct timespec length = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    struct pollfd file = {descriptor, POLLIN, 0};
    int ready = ppoll(&file, 1, &length, &open);
    if (ready < 0 && errno != EINTR)
        return -errno;
    int events = ready > 0 ? PACER_TERMINAL_INPUT : 0;
    if (resized) {
        resized = 0;
        events |= PACER_TERMINAL_RESIZED;
    }
    if (ended)
        events |= PACER_TERMINAL_END;
    return events;
}
