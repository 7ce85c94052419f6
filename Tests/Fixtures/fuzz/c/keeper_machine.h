// SPDX-License-Identifier: GPL-2.0-only
// Four frequency domains of two CPUs each, in memory, in the place of Sources/pacer-keeper/knobs.c.
#ifndef PACER_FUZZ_KEEPER_MACHINE_H
#define PACER_FUZZ_KEEPER_MACHINE_H

#include "../../../../Sources/pacer-keeper/knobs.h"

#include <stdio.h>
#include <string.h>

#define POLICIES 4

static struct limits machine[POLICIES];

static void machine_reset(void)
{
    for (unsigned policy = 0; policy < POLICIES; policy++)
        machine[policy] = (struct limits){800000, 3200000};
}

struct cpus policies_present(void)
{
    struct cpus policies = {0};
    for (unsigned policy = 0; policy < POLICIES; policy++)
        cpus_add(&policies, policy * 2);
    return policies;
}

bool policy_cpus(unsigned cpu, struct cpus *online, struct cpus *related)
{
    memset(online, 0, sizeof *online);
    memset(related, 0, sizeof *related);
    if (cpu >= POLICIES * 2)
        return false;
    cpus_add(online, cpu & ~1u);
    cpus_add(related, cpu & ~1u);
    cpus_add(related, cpu | 1u);
    return true;
}

bool limits_read(unsigned cpu, struct limits *limits, char governor[GOVERNOR_MAX])
{
    if (cpu >= POLICIES * 2)
        return false;
    *limits = machine[cpu / 2];
    if (governor)
        snprintf(governor, GOVERNOR_MAX, "%s", "schedutil");
    return true;
}

bool limits_of_hardware(unsigned cpu, struct limits *limits)
{
    *limits = (struct limits){800000, 3200000};
    return cpu < POLICIES * 2;
}

unsigned long frequency_now(unsigned cpu)
{
    return cpu < 2 ? 0 : 1600000;
}

// The last domain refuses odd frequencies, as a driver may.
int limits_write(unsigned cpu, struct limits limits)
{
    if (cpu >= POLICIES * 2)
        return 19;
    if (cpu / 2 == POLICIES - 1 && limits.min_khz % 2)
        return 22;
    machine[cpu / 2] = limits;
    return 0;
}

bool limits_await(unsigned cpu, struct limits wanted, struct limits *now)
{
    return limits_read(cpu, now, NULL) && limits_equal(*now, wanted);
}

bool policy_describe(unsigned policy, void (*print)(const char *format, ...))
{
    static char text[CPUS_TEXT_MAX];
    struct cpus online, related;
    if (!policy_cpus(policy, &online, &related))
        return false;
    print("domain cpus=%s", cpus_format(&online, text));
    print(" related=%s\n", cpus_format(&related, text));
    return true;
}

#endif
