#define _GNU_SOURCE
#include "nursery.h"

#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    NURSERY_FD = 3,
    DESCRIPTORS_MAX = FIRST_CGROUP_FD + 1 + CGROUP_FILES_MAX - DESCRIPTION_FD,
    NUMBER_MAX = 24,
};

struct request {
    char number[NUMBER_MAX + 1]; // of the job, in digits
    int descriptors[DESCRIPTORS_MAX];
    int count;
};

// Returns 0, an errno value when it is not a request, or -1 when there will be none any more.
static int receive(struct request *request)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    } control;
    *request = (struct request){.count = 0};
    struct iovec text = {request->number, NUMBER_MAX};
    struct msghdr message = {
        .msg_iov = &text,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t got;
    do
        got = recvmsg(NURSERY_FD, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return -1;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        request->count = (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(request->descriptors, CMSG_DATA(part), (size_t)request->count * sizeof(int));
    }
    bool is_cut = message.msg_flags & (MSG_CTRUNC | MSG_TRUNC);
    return is_cut || request->count < FIRST_CGROUP_FD - DESCRIPTION_FD ? EINVAL : 0;
}

// First out of the way of the places, so that none is overwritten.
static bool place(const struct request *request)
{
    const int first = DESCRIPTION_FD, end = first + request->count;
    int away[DESCRIPTORS_MAX];
    for (int i = 0; i < request->count; i++)
        if ((away[i] = fcntl(request->descriptors[i], F_DUPFD_CLOEXEC, end)) < 0)
            return false;
    for (int i = 0; i < request->count; i++)
        if (request->descriptors[i] >= end)
            close(request->descriptors[i]);
    for (int i = 0; i < request->count; i++) {
        if (dup2(away[i], first + i) < 0)
            return false;
        close(away[i]);
    }
    return true;
}

// For who looks at the processes of the machine: a shepherd as if it had been executed for its job.
static void rename_to(char **arguments, const char *option, const char *value)
{
    static size_t room;
    char *start = arguments[1];
    if (!room) {
        room = strlen(start) + 1;
        for (int i = 2; arguments[i] == start + room; i++) // they follow each other
            room += strlen(arguments[i]) + 1;
    }
    memset(start, 0, room);
    snprintf(start, room, "%s", option);
    size_t used = strlen(option) + 1;
    if (room > used)
        snprintf(start + used, room - used, "%s", value);
}

static bool answer(int32_t answer)
{
    return send(NURSERY_FD, &answer, sizeof answer, MSG_NOSIGNAL) == sizeof answer;
}

// Waits for a request and becomes the shepherd that it asks for. Whoever made this process gets a byte in
// `taken` then, and nothing where this process ends before.
static void be_spare(int taken, char **arguments)
{
    struct request request;
    rename_to(arguments, "--spare", "");
    setsid(); // cannot fail in a new process
    int error = receive(&request);
    if (error < 0)
        _exit(0);
    bool answered = answer(error ? -error : (int32_t)getpid());
    (void)!write(taken, "", 1); // where that fails nobody is there to make another
    close(taken);
    close(NURSERY_FD);
    if (error || !answered || !place(&request))
        _exit(1);
    rename_to(arguments, "--job", request.number);
}

// Answers one request that nobody can be made for.
static bool refuse(int error)
{
    struct request request;
    if (receive(&request) < 0)
        return false;
    for (int i = 0; i < request.count; i++)
        close(request.descriptors[i]);
    return answer(-error);
}

static bool is_connected(void)
{
    struct pollfd connection = {.fd = NURSERY_FD};
    return poll(&connection, 1, 0) >= 0 && !(connection.revents & (POLLHUP | POLLERR));
}

bool nursery_serve(char **arguments)
{
    // The kernel forgets shepherds as they end: the daemon sees that in its connections.
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    while (is_connected()) {
        int taken[2];
        char byte;
        ssize_t got;
        if (pipe2(taken, O_CLOEXEC) != 0) {
            if (!refuse(errno))
                return false;
            continue;
        }
        pid_t pid = fork();
        int error = errno;
        if (pid == 0) {
            close(taken[0]);
            be_spare(taken[1], arguments);
            return true;
        }
        close(taken[1]);
        if (pid > 0)
            do
                got = read(taken[0], &byte, 1);
            while (got < 0 && errno == EINTR);
        close(taken[0]);
        if (pid < 0 && !refuse(error))
            return false;
    }
    return false;
}
