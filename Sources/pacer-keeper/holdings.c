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

// True when the originals were written and the kernel holds them as far as a lower limit of somebody else,
// such as thermal pressure or the firmware, lets them come into force.
static bool is_capped(unsigned cpu, const struct holding *holding)
{
    struct limits now, original = holding->original;
    if (!limits_read(cpu, &now, NULL) || limits_equal(now, holding->wanted)
        || now.max_khz >= original.max_khz)
        return false;
    return now.min_khz == (original.min_khz < now.max_khz ? original.min_khz : now.max_khz);
}

// What `found` leaves of our limits: those that another program wrote meanwhile, and the originals elsewhere.
static struct limits with_changes(struct limits found, const struct holding *holding)
{
    struct limits wanted = holding->wanted, result = holding->original;
    if (found.max_khz != wanted.max_khz)
        result.max_khz = found.max_khz;
    // A maximum below our minimum presses it down: then only the maximum was written.
    bool is_pressed = found.min_khz == found.max_khz && found.max_khz < wanted.min_khz;
    if (found.min_khz != wanted.min_khz && !is_pressed)
        result.min_khz = found.min_khz;
    if (result.min_khz > result.max_khz) {
        if (found.max_khz != wanted.max_khz)
            result.min_khz = result.max_khz;
        else
            result.max_khz = result.min_khz;
    }
    return result;
}

// What a policy is to be put back to: the originals, but for a limit that another program wrote while we held
// it. The kernel shows limits in force and not who asked for them, so that is found out by writing the
// originals: what then gives way had been written; what does not is a limit of the kernel's own.
static struct limits rightful_limits(unsigned policy, unsigned cpu, const struct holding *holding)
{
    struct limits found;
    struct fault ignored;
    // A keeper that died in the middle of a change leaves limits that look like somebody else's.
    if (!holding->is_settled || !limits_read(cpu, &found, NULL) || limits_equal(found, holding->wanted)
        || limits_equal(found, holding->original) || !apply(policy, cpu, holding->original, &ignored))
        return holding->original;
    return with_changes(found, holding);
}

static bool give_back(unsigned policy, unsigned cpu, const struct holding *holding, struct fault *fault)
{
    struct limits original = holding->original, rightful = rightful_limits(policy, cpu, holding);
    if (!limits_equal(rightful, original))
        note("policy%u was changed by another program, which is left so: min=%lu max=%lu instead of the "
             "original min=%lu max=%lu", policy, rightful.min_khz, rightful.max_khz, original.min_khz,
             original.max_khz);
    if (put_back(policy, cpu, rightful, fault))
        return true;
    if (!is_capped(cpu, holding))
        return false;
    note("policy%u is put back, but something else limits it further", policy);
    return true;
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

// Puts back what a request that failed has changed; what cannot be put back stays held.
static void undo_set(struct holdings *all, const struct cpus *policies, const struct cpus *before,
                     const struct cpus *attempted, struct holding *held_before, const struct limits *found)
{
    CPUS_EACH(policy, policies) {
        struct fault undo;
        if (cpus_has(attempted, policy) && !put_back(policy, policy, found[policy], &undo)) {
            note("could not undo a failed request, will try again later: %s", undo.sentence);
            if (!cpus_has(before, policy))
                continue; // stays held
            held_before[policy].is_settled = false;
        }
        all->of[policy] = held_before[policy];
        if (!cpus_has(before, policy))
            cpus_remove(&all->policies, policy);
    }
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
        if (cpus_has(&before, policy)) {
            // What somebody else wrote meanwhile is what will be put back.
            holding->original = rightful_limits(policy, policy, holding);
            held_before[policy].original = holding->original;
        } else {
            *holding = (struct holding){.original = found[policy]};
            memcpy(holding->governor, governor, sizeof governor);
            policy_cpus(policy, &online, &holding->related);
        }
    }
    CPUS_EACH(policy, policies) {
        cpus_add(&all->policies, policy);
        all->of[policy].wanted = limits;
        all->of[policy].is_settled = false;
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
    if (done) {
        CPUS_EACH(policy, policies)
            all->of[policy].is_settled = true;
        return true;
    }

    undo_set(all, policies, &before, &attempted, held_before, found);
    struct fault ignored;
    if (!state_save(all, &ignored))
        note("%s", ignored.sentence);
    return false;
}

static void note_governor(unsigned policy, unsigned cpu, const struct holding *holding)
{
    struct limits now;
    char governor[GOVERNOR_MAX];
    if (limits_read(cpu, &now, governor) && strcmp(governor, holding->governor) != 0)
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
        note_governor(policy, cpu, &all->of[policy]);
        if (give_back(policy, cpu, &all->of[policy], &failure)) {
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
