// SPDX-License-Identifier: GPL-2.0-only
// What arrives on the keeper's standard input, in pieces of the first byte's length; with the second byte odd the
// state cannot be saved. In the end everything is put back.
#define _GNU_SOURCE
#include "keeper_machine.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static const uint8_t *input;
static size_t left, piece;
static bool cannot_save;
static volatile char sink;

static ssize_t give(int file, void *bytes, size_t size)
{
    (void)file;
    size_t count = left < size ? left : size;
    if (count > piece)
        count = piece;
    memcpy(bytes, input, count);
    input += count;
    left -= count;
    return (ssize_t)count;
}

static ssize_t take(int file, const void *bytes, size_t size)
{
    (void)file;
    for (size_t i = 0; i < size; i++)
        sink = ((const char *)bytes)[i];
    return (ssize_t)size;
}

static int ready(struct pollfd *files, nfds_t count, const struct timespec *time, const sigset_t *mask)
{
    (void)count, (void)time, (void)mask;
    files->revents = files->events;
    return 1;
}

#define read give
#define write take
#define ppoll ready
#include "../../../../Sources/pacer-keeper/protocol.c"
#undef read
#undef write
#undef ppoll

bool state_save(const struct holdings *all, struct fault *fault)
{
    (void)all;
    if (cannot_save)
        fault_set(fault, "failed", "cannot save");
    return !cannot_save;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct holdings all;
    static const sigset_t mask;
    static const volatile sig_atomic_t stop;
    struct fault fault;
    unsigned restored;
    if (size < 2)
        return 0;
    memset(&all.policies, 0, sizeof all.policies);
    machine_reset();
    piece = bytes[0] ? bytes[0] : 4096;
    cannot_save = bytes[1] & 1;
    input = bytes + 2;
    left = size - 2;
    protocol_serve(&all, &stop, &mask);
    struct cpus policies = all.policies;
    if (!holdings_release(&all, &policies, &restored, &fault))
        abort();
    for (unsigned policy = 0; policy < POLICIES; policy++)
        if (!limits_equal(machine[policy], (struct limits){800000, 3200000}))
            abort(); // a knob was left changed
    return 0;
}
