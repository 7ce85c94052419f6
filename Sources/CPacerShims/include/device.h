// SPDX-License-Identifier: Apache-2.0
// What happens to the machine itself: CPUs go offline and come back, all of it sleeps.
#ifndef PACER_DEVICE_H
#define PACER_DEVICE_H

#include <stdint.h>

// Returns a descriptor that hears the kernel's device events, or a negative errno value.
int pacer_cpu_events_open(void);

// Waits until something happens to a CPU, or until events were lost. Returns 0, or a negative errno value.
int pacer_cpu_events_wait(int descriptor);

// Nanoseconds for which the machine has slept since it was started: what the clock that goes on meanwhile is
// ahead of the one that does not. They are read one after the other: up to some milliseconds are not sleep.
int64_t pacer_asleep_ns(void);

#endif
