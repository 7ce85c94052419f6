// SPDX-License-Identifier: GPL-2.0-only
#include "cpus.h"

#include <stdio.h>
#include <string.h>

void cpus_add(struct cpus *set, unsigned cpu)
{
    if (cpu < CPUS_MAX)
        set->words[cpu / 64] |= UINT64_C(1) << (cpu % 64);
}

void cpus_remove(struct cpus *set, unsigned cpu)
{
    if (cpu < CPUS_MAX)
        set->words[cpu / 64] &= ~(UINT64_C(1) << (cpu % 64));
}

bool cpus_has(const struct cpus *set, unsigned cpu)
{
    return cpu < CPUS_MAX && (set->words[cpu / 64] >> (cpu % 64) & 1);
}

unsigned cpus_count(const struct cpus *set)
{
    unsigned count = 0;
    CPUS_EACH(cpu, set)
        count++;
    return count;
}

bool cpus_overlap(const struct cpus *left, const struct cpus *right)
{
    for (size_t i = 0; i < CPUS_MAX / 64; i++)
        if (left->words[i] & right->words[i])
            return true;
    return false;
}

unsigned cpus_next(const struct cpus *set, unsigned from)
{
    while (from < CPUS_MAX && !cpus_has(set, from))
        from++;
    return from;
}

// One decimal number below CPUS_MAX; moves `*text` behind it.
static bool parse_number(const char **text, unsigned *number)
{
    const char *digit = *text;
    unsigned value = 0;
    while (*digit >= '0' && *digit <= '9' && value < CPUS_MAX)
        value = value * 10 + (unsigned)(*digit++ - '0');
    if (digit == *text || value >= CPUS_MAX)
        return false;
    *text = digit;
    *number = value;
    return true;
}

bool cpus_parse(const char *text, struct cpus *set)
{
    memset(set, 0, sizeof *set);
    for (;;) {
        unsigned first, last;
        if (!parse_number(&text, &first))
            return false;
        last = first;
        if (*text == '-') {
            text++;
            if (!parse_number(&text, &last) || last < first)
                return false;
        }
        for (unsigned cpu = first; cpu <= last; cpu++)
            cpus_add(set, cpu);
        if (*text == '\0')
            return true;
        if (*text != ',' && *text != ' ')
            return false;
        text++;
    }
}

char *cpus_format(const struct cpus *set, char *text)
{
    char *end = text;
    CPUS_EACH(cpu, set)
        end += sprintf(end, end == text ? "%u" : ",%u", cpu);
    if (end == text)
        strcpy(text, "-");
    return text;
}
