#define _GNU_SOURCE
#include "CPacerShims.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

ssize_t pacer_read_file(const char *path, void *buffer, size_t capacity)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return -errno;
    size_t filled = 0;
    ssize_t got = 0;
    while (filled < capacity && (got = read(file, (char *)buffer + filled, capacity - filled)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        filled += (size_t)got;
    }
    int error = got < 0 ? errno : 0;
    close(file);
    return error ? -error : (ssize_t)filled;
}

int pacer_write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    ssize_t length = (ssize_t)strlen(text), written = write(file, text, (size_t)length);
    int error = written < 0 ? errno : written < length ? EIO : 0;
    close(file);
    return -error;
}

int64_t pacer_clock_nanoseconds(int clock)
{
    struct timespec time = {0};
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

bool pacer_has_attribute(const char *path, const char *name, const char *value)
{
    char present[32];
    ssize_t length = getxattr(path, name, present, sizeof present);
    return length >= 0 && (size_t)length == strlen(value) && memcmp(present, value, (size_t)length) == 0;
}

// The address of a socket in an open folder: sun_path holds 108 bytes, the path of the folder may have more.
static int address_in(int folder, const char *name, struct sockaddr_un *address)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", folder, name);
    return length < (int)sizeof address->sun_path ? 0 : -ENAMETOOLONG;
}

static int stream_socket(void)
{
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return file >= 0 ? file : -errno;
}

int pacer_listen_in(int folder, const char *name)
{
    struct sockaddr_un address;
    int error = address_in(folder, name, &address);
    int file = error ? error : stream_socket();
    if (file < 0)
        return file;
    mode_t before = umask(0177);
    if (bind(file, (struct sockaddr *)&address, sizeof address) != 0 || listen(file, 4) != 0)
        error = -errno;
    umask(before);
    if (error)
        close(file);
    return error ? error : file;
}

int pacer_connect_in(int folder, const char *name)
{
    struct sockaddr_un address;
    int error = address_in(folder, name, &address);
    int file = error ? error : stream_socket();
    if (file < 0)
        return file;
    if (connect(file, (struct sockaddr *)&address, sizeof address) == 0)
        return file;
    error = -errno;
    close(file);
    return error;
}

int pacer_send_with(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * PACER_LAUNCH_DESCRIPTORS_MAX)];
    } control;
    if (descriptor_count > PACER_LAUNCH_DESCRIPTORS_MAX)
        return -EINVAL;
    memset(&control, 0, sizeof control);
    struct iovec text = {(void *)bytes, count};
    struct msghdr message = {
        .msg_iov = &text,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count),
    };
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
    memcpy(CMSG_DATA(&control.header), descriptors, sizeof(int) * descriptor_count);
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == (ssize_t)count ? 0 : sent < 0 ? -errno : -EIO;
}

int pacer_peer_of(int socket, struct pacer_peer *peer)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return -errno;
    *peer = (struct pacer_peer){.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
    return 0;
}

ssize_t pacer_peer_groups(int socket, gid_t *groups, size_t capacity)
{
    socklen_t size = (socklen_t)(capacity * sizeof *groups);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0 && errno != ERANGE)
        return -errno;
    return (ssize_t)(size / sizeof *groups);
}

int pacer_peer_pidfd(int socket, pid_t pid)
{
    int pidfd = -1;
    socklen_t size = sizeof pidfd;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0)
        return pidfd;
    return errno == ENOPROTOOPT || errno == EINVAL ? pacer_pidfd_open(pid) : -errno;
}

// An access list as the kernel takes it, in little-endian numbers on every machine; acl(5).
int pacer_let_pass(int folder, uid_t user)
{
    enum { OWNER = 1, USER = 2, GROUP = 4, MASK = 16, OTHERS = 32, NOBODY_NAMED = -1 };
    const struct {
        uint16_t tag, rights;
        uint32_t id;
    } entries[] = {
        {htole16(OWNER), htole16(7), (uint32_t)NOBODY_NAMED},
        {htole16(USER), htole16(1), htole32(user)},
        {htole16(GROUP), 0, (uint32_t)NOBODY_NAMED},
        {htole16(MASK), htole16(1), (uint32_t)NOBODY_NAMED},
        {htole16(OTHERS), 0, (uint32_t)NOBODY_NAMED},
    };
    struct {
        uint32_t version;
        char entries[sizeof entries];
    } list = {.version = htole32(2)};
    memcpy(list.entries, entries, sizeof entries);
    return fsetxattr(folder, "system.posix_acl_access", &list, sizeof list, 0) == 0 ? 0 : -errno;
}

int pacer_memory_file(const char *name, const void *bytes, size_t count)
{
    int file = memfd_create(name, MFD_CLOEXEC);
    if (file < 0)
        return -errno;
    for (size_t done = 0; done < count;) {
        ssize_t written = write(file, (const char *)bytes + done, count - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            int error = errno;
            close(file);
            return -error;
        }
        done += (size_t)written;
    }
    lseek(file, 0, SEEK_SET);
    return file;
}
