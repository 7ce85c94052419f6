// SPDX-License-Identifier: Apache-2.0
// A terminal that a program draws on, and that is itself again however the program ends, but for SIGKILL.
#ifndef PACER_TERMINAL_H
#define PACER_TERMINAL_H

#define PACER_TERMINAL_INPUT 1   // there is something to read, or nobody at the other end any more
#define PACER_TERMINAL_RESIZED 2 // its size may have changed
#define PACER_TERMINAL_END 4     // the program was asked to end: SIGINT, SIGTERM, SIGHUP, SIGQUIT

/// Blocks the signals that pacer_terminal_wait tells of. Called before the first thread is made, so that no
/// other thread takes them.
void pacer_terminal_prepare(void);

/// Takes the terminal `descriptor`: no echo, no lines, keys as bytes, an empty screen of its own without a
/// cursor. A crash puts it back before the program ends. One at a time. 0, or a negative errno value.
int pacer_terminal_take(int descriptor);

/// Puts the terminal back; without effect when it was not taken.
void pacer_terminal_release(void);

/// Waits for keys on `descriptor` or a signal, at most so many milliseconds. Returns PACER_TERMINAL_* added
/// up; 0 when the time is over, a negative errno value when waiting failed.
int pacer_terminal_wait(int descriptor, int milliseconds);

#endif
