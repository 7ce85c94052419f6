// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "device.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The kernel's own group of device events; group 2 is what udev makes of them.
#define KERNEL_GROUP 1

int pacer_cpu_events_open(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
    int descriptor = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (descriptor < 0) return -errno;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int failure = -errno;
    close(descriptor);
    return failure;
}

// A message starts with "offline@/devices/system/cpu/cpu3" and a NUL.
static int is_about_cpu(const char *message, ssize_t length) {
    const char *end = memchr(message, '\0', (size_t)length);
    const char *at = end ? strchr(message, '@') : NULL;
    return at && strncmp(at + 1, "/devices/system/cpu/", strlen("/devices/system/cpu/")) == 0;
}

int pacer_cpu_events_wait(int descriptor) {
    char message[4096];
    for (;;) {
        struct sockaddr_nl sender = {0};
        socklen_t size = sizeof sender;
        ssize_t length =
            recvfrom(descriptor, message, sizeof message, 0, (struct sockaddr *)&sender, &size);
        if (length < 0 && errno == ENOBUFS) return 0; // events were lost: one of a CPU may be among them
        if (length < 0 && errno != EINTR) return -errno;
        // Only the kernel's word counts; programs may send to the group too.
        if (length > 0 && sender.nl_pid == 0 && is_about_cpu(message, length)) return 0;
    }
}
