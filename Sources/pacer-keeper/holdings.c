// SPDX-License-Identifier: GPL-2.0-only
#include "holdings.h"

#include "state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define RESTORE_ATTEMPTS 3

void note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("pacer-keeper: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void fault_set(struct fault *fault, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fault->code = code;
    vsnprintf(fault->sentence, sizeof fault->sentence, format, arguments);
    va_end(arguments);
}

bool policies_covering(const struct cpus *cpus, struct cpus *policies, struct fault *fault)
{
    struct cpus present = policies_present(), missing = *cpus, online, related;
    memset(policies, 0, sizeof *policies);
    CPUS_EACH(policy, &present) {
        if (!policy_cpus(policy, &online, &related) || !cpus_overlap(&online, cpus))
            continue;
        cpus_add(policies, policy);
        CPUS_EACH(cpu, &online)
            cpus_remove(&missing, cpu);
    }
    unsigned first = cpus_next(&missing, 0);
    if (first == CPUS_MAX)
        return true;
    fault_set(fault, "notPresent", "CPU %u is offline or has no cpufreq policy", first);
    return false;
}

unsigned holding_cpu(const struct holdings *all, unsigned policy)
{
    struct limits limits;
    if (limits_read(policy, &limits, NULL))
        return policy;
    CPUS_EACH(cpu, &all->of[policy].related)
        if (limits_read(cpu, &limits, NULL))
            return cpu;
    return CPUS_MAX;
}

static void fault_from_errno(struct fault *fault, unsigned policy, int failure)
{
    bool denied = failure == EACCES || failure == EPERM || failure == EROFS;
    bool absent = failure == ENOENT || failure == ENODEV || failure == ENXIO;
    const char *code = denied ? "notPermitted" : absent ? "notPresent"
                     : failure == EINVAL ? "notAccepted" : "failed";
    fault_set(fault, code, "cannot write the limits of policy%u: %s", policy, strerror(failure));
}

// Sets the limits and reads them back.
static bool apply(unsigned policy, unsigned cpu, struct limits wanted, struct fault *fault)
{
    struct limits now;
    int failure = limits_write(cpu, wanted);
    if (failure) {
        fault_from_errno(fault, policy, failure);
        return false;
    }
    if (limits_await(cpu, wanted, &now))
        return true;
    fault_set(fault, "notAccepted", "policy%u holds min=%lu max=%lu instead of min=%lu max=%lu", policy,
              now.min_khz, now.max_khz, wanted.min_khz, wanted.max_khz);
    return false;
}

// As apply(), but patient, and content when the limits are right although the write was refused.
static bool put_back(unsigned policy, unsigned cpu, struct limits original, struct fault *fault)
{
    struct limits now;
    for (int attempt = 0; attempt < RESTORE_ATTEMPTS; attempt++)
        if (apply(policy, cpu, original, fault)
            || (limits_read(cpu, &now, NULL) && limits_equal(now, original)))
            return true;
    return false;
}

static bool within_hardware(unsigned policy, struct limits limits, struct fault *fault)
{
    struct limits hardware;
    if (!limits_of_hardware(policy, &hardware)
        || (limits.min_khz >= hardware.min_khz && limits.max_khz <= hardware.max_khz))
        return true;
    fault_set(fault, "notAccepted", "policy%u can run from %lu to %lu kHz only", policy, hardware.min_khz,
              hardware.max_khz);
    return false;
}

bool holdings_set(struct holdings *all, const struct cpus *policies, struct limits limits,
                  const char *reason, struct fault *fault)
{
    static struct holding held_before[CPUS_MAX]; // valid for the policies held before this call
    static struct limits found[CPUS_MAX];        // in force before this call
    const struct cpus before = all->policies;
    struct cpus attempted = {0};

    CPUS_EACH(policy, policies) {
        struct holding *holding = &all->of[policy];
        char governor[GOVERNOR_MAX];
        struct cpus online;
        if (!limits_read(policy, &found[policy], governor)) {
            fault_set(fault, "notPresent", "policy%u went away", policy);
            return false;
        }
        if (!within_hardware(policy, limits, fault))
            return false;
        held_before[policy] = *holding;
        if (!cpus_has(&before, policy)) {
            *holding = (struct holding){.original = found[policy]};
            memcpy(holding->governor, governor, sizeof governor);
            policy_cpus(policy, &online, &holding->related);
        }
    }
    CPUS_EACH(policy, policies) {
        cpus_add(&all->policies, policy);
        all->of[policy].wanted = limits;
        all->of[policy].since_unix_seconds = (long long)time(NULL);
        snprintf(all->of[policy].reason, REASON_MAX, "%s", reason);
    }
    bool done = state_save(all, fault); // before the first write: from here on a crash can be repaired
    CPUS_EACH(policy, policies) {
        if (!done)
            break;
        cpus_add(&attempted, policy);
        done = apply(policy, policy, limits, fault);
    }
    if (done)
        return true;

    CPUS_EACH(policy, policies) {
        struct fault undo;
        if (cpus_has(&attempted, policy) && !put_back(policy, policy, found[policy], &undo)) {
            note("could not undo a failed request, will try again later: %s", undo.sentence);
            if (!cpus_has(&before, policy))
                continue; // stays held
        }
        all->of[policy] = held_before[policy];
        if (!cpus_has(&before, policy))
            cpus_remove(&all->policies, policy);
    }
    struct fault ignored;
    if (!state_save(all, &ignored))
        note("%s", ignored.sentence);
    return false;
}

static void note_interference(unsigned policy, unsigned cpu, const struct holding *holding)
{
    struct limits now;
    char governor[GOVERNOR_MAX];
    if (!limits_read(cpu, &now, governor))
        return;
    if (!limits_equal(now, holding->wanted) && !limits_equal(now, holding->original))
        note("policy%u was changed by another program to min=%lu max=%lu; putting min=%lu max=%lu back",
             policy, now.min_khz, now.max_khz, holding->original.min_khz, holding->original.max_khz);
    if (strcmp(governor, holding->governor) != 0)
        note("the governor of policy%u was changed by another program from %s to %s; leaving it so",
             policy, holding->governor, governor);
}

bool holdings_release(struct holdings *all, const struct cpus *policies, unsigned *restored,
                      struct fault *fault)
{
    bool complete = true, changed = false;
    *restored = 0;
    CPUS_EACH(policy, policies) {
        if (!cpus_has(&all->policies, policy))
            continue;
        struct fault failure;
        unsigned cpu = holding_cpu(all, policy);
        if (cpu == CPUS_MAX) {
            note("policy%u is not restored now: its CPUs are offline or have lost it", policy);
            continue;
        }
        note_interference(policy, cpu, &all->of[policy]);
        if (put_back(policy, cpu, all->of[policy].original, &failure)) {
            cpus_remove(&all->policies, policy);
            *restored += KNOBS_PER_POLICY;
            changed = true;
            continue;
        }
        note("policy%u could not be restored: %s", policy, failure.sentence);
        if (complete)
            *fault = failure;
        complete = false;
    }
    struct fault unsaved;
    if (changed && !state_save(all, &unsaved)) {
        // The file now claims too much. Restoring an original twice does no harm.
        note("%s", unsaved.sentence);
    }
    return complete;
}
