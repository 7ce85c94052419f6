// SPDX-License-Identifier: GPL-2.0-only
// The state file: what a crash must not make us forget. It lists the policies held and their originals.
#ifndef PACER_KEEPER_STATE_H
#define PACER_KEEPER_STATE_H

#include "holdings.h"

// Locks `<path>.lock` for the life of this process. A keeper that is just restoring and about to exit is
// waited for, at most LOCK_PATIENCE_MS. Returns 0, EWOULDBLOCK when another keeper has it, or an errno.
#define LOCK_PATIENCE_MS 1000
int state_lock(const char *path);

// Writes the whole state to a new file, syncs and renames it; removes the file when nothing is held.
bool state_save(const struct holdings *all, struct fault *fault);

enum state_found {
    STATE_ABSENT,
    STATE_OTHER_BOOT, // written before the last reboot, which reset every knob
    STATE_LOADED,
    STATE_CORRUPT,
    STATE_UNREADABLE, // errno tells why
};
enum state_found state_load(struct holdings *all);

#endif
