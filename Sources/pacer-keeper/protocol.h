// SPDX-License-Identifier: GPL-2.0-only
// The line protocol on standard input and output. See docs/keeper-protocol.md.
#ifndef PACER_KEEPER_PROTOCOL_H
#define PACER_KEEPER_PROTOCOL_H

#include "holdings.h"

#include <signal.h>

#define PROTOCOL_VERSION 1
#define REQUEST_MAX 4096 // bytes of one request line, without its newline

// Answers requests until the input ends or fails, the output fails, or `*stop` is set by a signal handler.
// The signals that set it are blocked outside `waiting_mask`, so that none is missed between test and wait.
void protocol_serve(struct holdings *all, const volatile sig_atomic_t *stop, const sigset_t *waiting_mask);

#endif
