// SPDX-License-Identifier: Apache-2.0
// What happens to the machine itself: CPUs go offline and come back.
#ifndef PACER_DEVICE_H
#define PACER_DEVICE_H

// Returns a descriptor that hears the kernel's device events, or a negative errno value.
int pacer_cpu_events_open(void);

// Waits until something happens to a CPU, or until events were lost. Returns 0, or a negative errno value.
int pacer_cpu_events_wait(int descriptor);

#endif
