// SPDX-License-Identifier: Apache-2.0
// Waiting for descriptors, and for the parent's end: epoll(7) and prctl(2), which Swift does not see.
#ifndef PACER_WATCH_H
#define PACER_WATCH_H

#include <stdint.h>

/// A new epoll descriptor, or -1 with errno.
int pacer_watch_open(void);
/// Watches `descriptor` once for input or its end; `tag` comes back from pacer_watch_wait. 0, or -1 with
/// errno.
int pacer_watch_add(int watch, int descriptor, uint64_t tag);
/// Watches again after `tag` has come back. 0, or -1 with errno.
int pacer_watch_renew(int watch, int descriptor, uint64_t tag);
/// Forgets `descriptor`. 0, or -1 with errno.
int pacer_watch_remove(int watch, int descriptor);
/// Sleeps until something happens and stores at most `count` tags. How many, or -1 with errno.
int pacer_watch_wait(int watch, uint64_t *tags, int count);

/// A timer that becomes readable when the clock of the day is set or the machine wakes up, and at no other
/// time. Or -1 with errno.
int pacer_clock_watch_open(void);
/// Takes the notice and waits for the next one. 0, or -1 with errno.
int pacer_clock_watch_renew(int timer);

/// Has the kernel send `signal` to this process when the thread that started it ends. 0, or -1 with errno.
int pacer_end_with_parent(int signal);

#endif
