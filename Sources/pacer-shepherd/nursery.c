#define _GNU_SOURCE
#include "nursery.h"

#include "job.h"

#include <errno.h>
#include <fcntl.h>
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

static void close_all(const struct request *request)
{
    for (int i = 0; i < request->count; i++)
        close(request->descriptors[i]);
}

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

// For who looks at the processes of the machine: as if it had been executed for the job.
static void rename_to(const char *number, char **arguments)
{
    char *start = arguments[1];
    size_t room = strlen(start) + 1;
    for (int i = 2; arguments[i] == start + room; i++) // they follow each other
        room += strlen(arguments[i]) + 1;
    memset(start, 0, room);
    snprintf(start, room, "--job");
    if (room > sizeof "--job")
        snprintf(start + sizeof "--job", room - sizeof "--job", "%s", number);
}

bool nursery_serve(char **arguments)
{
    struct request request;
    // The kernel forgets shepherds as they end: the daemon sees that in its connections.
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int error = receive(&request);
        if (error < 0)
            return false;
        pid_t pid = error ? -1 : fork();
        if (pid == 0) {
            close(NURSERY_FD);
            setsid(); // cannot fail in a new process
            if (!place(&request))
                _exit(1);
            rename_to(request.number, arguments);
            return true;
        }
        int32_t answer = pid > 0 ? pid : -(error ? error : errno);
        // Before the answer: what the shepherd holds, it alone holds from then on.
        close_all(&request);
        if (send(NURSERY_FD, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer)
            return false;
    }
}
