// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int pacer_watch_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int watch, int operation, int descriptor, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.u64 = tag};
    return epoll_ctl(watch, operation, descriptor, &event);
}

int pacer_watch_add(int watch, int descriptor, uint64_t tag) {
    return control(watch, EPOLL_CTL_ADD, descriptor, tag);
}

int pacer_watch_renew(int watch, int descriptor, uint64_t tag) {
    return control(watch, EPOLL_CTL_MOD, descriptor, tag);
}

int pacer_watch_remove(int watch, int descriptor) { return control(watch, EPOLL_CTL_DEL, descriptor, 0); }

int pacer_watch_wait(int watch, uint64_t *tags, int count) {
    struct epoll_event events[16];
    int limit = count < 16 ? count : 16;
    int ready;
    do ready = epoll_wait(watch, events, limit, -1);
    while (ready < 0 && errno == EINTR);
    for (int i = 0; i < ready; i++) tags[i] = events[i].data.u64;
    return ready;
}

static int arm(int timer) {
    // A time that does not come; the kernel cancels the wait when the clock is set, which waking up does too.
    struct itimerspec never = {.it_value.tv_sec = INT64_C(1) << 33};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, 0);
}

int pacer_clock_watch_open(void) {
    int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer < 0 || arm(timer) == 0) return timer;
    int error = errno;
    close(timer);
    errno = error;
    return -1;
}

int pacer_clock_watch_renew(int timer) {
    uint64_t expirations;
    // The first notice is in the error, ECANCELED; what matters is that it is taken.
    while (read(timer, &expirations, sizeof expirations) < 0 && errno == EINTR) {}
    return arm(timer);
}

int pacer_end_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }
