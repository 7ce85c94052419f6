// SPDX-License-Identifier: GPL-2.0-only
// The policies that we hold away from where we found them, and the way back.
#ifndef PACER_KEEPER_HOLDINGS_H
#define PACER_KEEPER_HOLDINGS_H

#include "knobs.h"

#define REASON_MAX 32
#define KNOBS_PER_POLICY 2 // scaling_min_freq and scaling_max_freq

struct holding {
    struct cpus related;              // all CPUs of the policy, to reach it through any that is online
    struct limits original, wanted;   // as found before our first write; as we last set it
    char governor[GOVERNOR_MAX];      // as found; we never change it
    char reason[REASON_MAX];
    long long since_unix_seconds;     // when `wanted` was set
    bool is_settled;                  // `wanted` was read back by this process: what differs now is not ours
};

struct holdings {
    const char *state_path;
    struct cpus policies;             // numbers of the policies held
    struct holding of[CPUS_MAX];      // by policy number, valid for the members of `policies`
};

// Why a request was not carried out. `code` is one of the protocol's error codes.
struct fault {
    const char *code;
    char sentence[384];
};
void fault_set(struct fault *fault, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Policies that govern `cpus`. False (notPresent) when one of the CPUs is offline or has no policy.
bool policies_covering(const struct cpus *cpus, struct cpus *policies, struct fault *fault);

// A CPU through which the policy can be reached now; CPUS_MAX when all its CPUs are offline.
unsigned holding_cpu(const struct holdings *all, unsigned policy);

// All or nothing: saves the originals, sets the limits, reads them back. On failure what this call
// changed is undone.
bool holdings_set(struct holdings *all, const struct cpus *policies, struct limits limits,
                  const char *reason, struct fault *fault);

// Puts the originals back and forgets what is verified to be back. `restored` counts knobs. A policy
// whose CPUs are all offline is skipped with a line on stderr and stays held: no fault, but it cannot
// be reached. False when something could be reached but not restored; that stays held too.
bool holdings_release(struct holdings *all, const struct cpus *policies, unsigned *restored,
                      struct fault *fault);

// One line on stderr.
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
