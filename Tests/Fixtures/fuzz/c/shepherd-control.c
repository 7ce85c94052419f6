// What a daemon, or who pretends to be one, sends to a shepherd. Signals are not sent.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>

#define main shepherd_main
#include "../../../../Sources/pacer-shepherd/main.c"
#undef main

#include <sys/socket.h>

int job_start(struct job *started, int *stage, const char **step)
{
    (void)started, (void)stage, (void)step;
    return 0;
}

bool job_reap(struct job *reaped)
{
    (void)reaped;
    return false;
}

void job_signal(int number)
{
    if (number <= 0 || number >= NSIG)
        abort();
}

void job_describe_end(const struct job *ended, char line[LINE_MAX_BYTES])
{
    (void)ended;
    line[0] = 0;
}

int job_save_end(const char *line, bool durable)
{
    (void)line, (void)durable;
    return 0;
}

bool job_folder_exists(void)
{
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        abort();
    control = (struct control){.listener = -1, .connection = ends[0]};
    duty = (struct duty){.timer = -1, .freezer = -1, .permille = 1000};
    bool sent = size == 0 || send(ends[1], bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
    shutdown(ends[1], SHUT_WR);
    while (sent && control.connection >= 0) {
        char answers[4096];
        control_read(&control, act);
        while (recv(ends[1], answers, sizeof answers, MSG_DONTWAIT) > 0)
            continue;
    }
    control_close(&control);
    close(ends[1]);
    return 0;
}
