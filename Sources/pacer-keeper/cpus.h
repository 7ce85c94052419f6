// SPDX-License-Identifier: GPL-2.0-only
// A set of logical CPU numbers (also used for sets of cpufreq policy numbers).
#ifndef PACER_KEEPER_CPUS_H
#define PACER_KEEPER_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPUS_MAX 4096
#define CPUS_TEXT_MAX (CPUS_MAX * 5) // every number has at most four digits and one comma

struct cpus {
    uint64_t words[CPUS_MAX / 64];
};

void cpus_add(struct cpus *set, unsigned cpu);
void cpus_remove(struct cpus *set, unsigned cpu);
bool cpus_has(const struct cpus *set, unsigned cpu);
unsigned cpus_count(const struct cpus *set);
bool cpus_overlap(const struct cpus *left, const struct cpus *right);

// The smallest member that is at least `from`, or CPUS_MAX. For loops: see CPUS_EACH.
unsigned cpus_next(const struct cpus *set, unsigned from);
#define CPUS_EACH(cpu, set) \
    for (unsigned cpu = cpus_next(set, 0); cpu < CPUS_MAX; cpu = cpus_next(set, cpu + 1))

// Reads "0,2-5" or the kernel's "0 2 3"; false for anything else, the empty list included.
bool cpus_parse(const char *text, struct cpus *set);

// Writes "0,2,3", or "-" for the empty set; `text` holds CPUS_TEXT_MAX bytes. Returns `text`.
char *cpus_format(const struct cpus *set, char *text);

#endif
