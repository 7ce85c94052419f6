// SPDX-License-Identifier: GPL-2.0-only
// The keeper's state file. With the first byte odd the first two lines, of which one is this boot's, are put
// before the rest. What was loaded can be saved, and what was saved is loaded as it was.
#define _GNU_SOURCE
#include "../../../../Sources/pacer-keeper/state.c"

#include "keeper_machine.h"

#include <stdint.h>
#include <stdlib.h>

static char path[64];

static void store(const uint8_t *bytes, size_t size, bool with_head)
{
    char boot[BOOT_ID_MAX];
    FILE *file = fopen(path, "we");
    if (!file)
        abort();
    boot_id(boot);
    if (with_head)
        fprintf(file, HEADER "\nboot %s\n", boot);
    fwrite(bytes, 1, size, file);
    fclose(file);
}

static void compare(const struct holdings *one, const struct holdings *other)
{
    if (memcmp(&one->policies, &other->policies, sizeof one->policies) != 0)
        abort();
    CPUS_EACH(policy, &one->policies)
        if (!limits_equal(one->of[policy].original, other->of[policy].original)
            || !limits_equal(one->of[policy].wanted, other->of[policy].wanted)
            || strcmp(one->of[policy].governor, other->of[policy].governor) != 0
            || memcmp(&one->of[policy].related, &other->of[policy].related, sizeof(struct cpus)) != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct holdings one, other;
    struct fault fault;
    if (size < 1)
        return 0;
    if (!path[0])
        snprintf(path, sizeof path, "/dev/shm/pacer-fuzz-%d", (int)getpid());
    store(bytes + 1, size - 1, bytes[0] & 1);
    one.state_path = other.state_path = path;
    if (state_load(&one) == STATE_LOADED && cpus_count(&one.policies) > 0) {
        if (!state_save(&one, &fault) || state_load(&other) != STATE_LOADED)
            abort();
        compare(&one, &other);
    }
    unlink(path);
    return 0;
}
