// SPDX-License-Identifier: GPL-2.0-only
// The frequency knobs of the kernel: cpufreq policies, read and written through libcpupower.
// Frequencies are in kHz, as in the kernel's files. Nothing here remembers anything.
#ifndef PACER_KEEPER_KNOBS_H
#define PACER_KEEPER_KNOBS_H

#include "cpus.h"

#define POLICY_DIRECTORY "/sys/devices/system/cpu/cpufreq/policy%u"
#define GOVERNOR_MAX 20 // libcpupower accepts at most 19 characters

struct limits {
    unsigned long min_khz, max_khz;
};

static inline bool limits_equal(struct limits a, struct limits b)
{
    return a.min_khz == b.min_khz && a.max_khz == b.max_khz;
}

// Numbers of the policies (the N of policyN) that exist now; empty without a cpufreq driver.
struct cpus policies_present(void);

// CPUs of a policy that are online, and all CPUs it governs. False when it cannot be read:
// it went away, or all its CPUs are offline. `cpu` is any CPU of the policy.
bool policy_cpus(unsigned cpu, struct cpus *online, struct cpus *related);

// The limits in force and the governor; false as above.
bool limits_read(unsigned cpu, struct limits *limits, char governor[GOVERNOR_MAX]);
bool limits_of_hardware(unsigned cpu, struct limits *limits);

// Current frequency, or 0 when the kernel does not tell.
unsigned long frequency_now(unsigned cpu);

// Writes both limits in the order that never asks for min > max, and leaves the governor as it is.
// Returns 0 or an errno value. 0 means that the writes were taken, not that they had an effect.
int limits_write(unsigned cpu, struct limits limits);

// Waits until the limits in force are `wanted`, at most LIMITS_PATIENCE_MS: since Linux 5.3 the
// kernel applies a written limit a little later, from a work queue. `now` tells what is in force.
#define LIMITS_PATIENCE_MS 500
bool limits_await(unsigned cpu, struct limits wanted, struct limits *now);

// Prints the fields of a `domain` line through `print`; false when the policy cannot be read.
bool policy_describe(unsigned policy, void (*print)(const char *format, ...));

#endif
