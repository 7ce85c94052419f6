// The socket through which a daemon watches and steers the job; docs/shepherd-protocol.md.
#ifndef PACER_SHEPHERD_CONTROL_H
#define PACER_SHEPHERD_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#define SOCKET_NAME "shepherd.sock"
#define COMMAND_MAX 128

struct control {
    int listener, connection; // -1 before the shepherd listens, and while no daemon is connected
    size_t filled;
    char input[COMMAND_MAX];
};

// The first connection is `connection`; nobody else can connect yet.
void control_open(struct control *control, int connection);

// Listens in the folder of the job. Returns 0 or an errno value.
int control_listen(struct control *control);

// Waits for the first command, which must be `start`.
bool control_await_start(struct control *control);

// Takes a new connection in place of the old one. True when there is one.
bool control_accept(struct control *control);

// Reads what has arrived and hands each complete line to `act`. Ends the connection when its peer did, or
// when it sends what cannot be a command.
void control_read(struct control *control, void (*act)(const char *command));

// Sends one line; ends the connection when it cannot be sent.
void control_send(struct control *control, const char *line);

// Ends what is left: the connection, the listener and its name.
void control_close(struct control *control);

#endif
