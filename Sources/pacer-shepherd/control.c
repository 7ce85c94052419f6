#define _GNU_SOURCE
#include "control.h"

#include "CPacerShims.h"
#include "job.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void control_open(struct control *control, int connection)
{
    *control = (struct control){.listener = -1, .connection = connection};
}

int control_listen(struct control *control)
{
    if (unlinkat(FOLDER_FD, SOCKET_NAME, 0) != 0 && errno != ENOENT)
        return errno;
    int listener = pacer_listen_in(FOLDER_FD, SOCKET_NAME);
    if (listener < 0)
        return -listener;
    control->listener = listener;
    return 0;
}

static void disconnect(struct control *control)
{
    if (control->connection >= 0)
        close(control->connection);
    control->connection = -1;
    control->filled = 0;
}

bool control_await_start(struct control *control)
{
    char line[6];
    size_t filled = 0;
    struct pollfd wait = {.fd = control->connection, .events = POLLIN};
    while (filled < sizeof line) {
        ssize_t got = recv(control->connection, line + filled, sizeof line - filled, MSG_DONTWAIT);
        if (got > 0)
            filled += (size_t)got;
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            return false;
        else if (poll(&wait, 1, -1) < 0 && errno != EINTR)
            return false;
    }
    return memcmp(line, "start\n", sizeof line) == 0;
}

bool control_accept(struct control *control)
{
    struct pacer_peer peer;
    int connection = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0)
        return false;
    if (pacer_peer_of(connection, &peer) != 0 || (peer.uid != geteuid() && peer.uid != 0)) {
        close(connection);
        return false;
    }
    disconnect(control);
    control->connection = connection;
    return true;
}

void control_read(struct control *control, void (*act)(const char *command))
{
    if (control->connection < 0)
        return;
    size_t room = sizeof control->input - control->filled;
    ssize_t got = recv(control->connection, control->input + control->filled, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        disconnect(control);
        return;
    }
    control->filled += (size_t)got;
    char *end;
    while (control->connection >= 0 && (end = memchr(control->input, '\n', control->filled))) {
        *end = 0;
        act(control->input);
        size_t used = (size_t)(end - control->input) + 1;
        control->filled = control->filled > used ? control->filled - used : 0;
        memmove(control->input, end + 1, control->filled);
    }
    if (control->filled == sizeof control->input)
        disconnect(control);
}

void control_send(struct control *control, const char *line)
{
    if (control->connection < 0)
        return;
    char text[2 * LINE_MAX_BYTES + 1];
    int length = snprintf(text, sizeof text, "%s\n", line);
    if (send(control->connection, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) != length)
        disconnect(control);
}

void control_close(struct control *control)
{
    disconnect(control);
    if (control->listener < 0)
        return;
    unlinkat(FOLDER_FD, SOCKET_NAME, 0); // fails when the folder is gone, and the name with it
    close(control->listener);
    control->listener = -1;
}
