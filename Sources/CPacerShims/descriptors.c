#include "CPacerShims.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>

// What the kernel gives at most unless it is told otherwise (fs.nr_open).
#define DESCRIPTORS_MAX (1u << 20)

// What the limit was before it was raised; 0 where it was not.
static rlim_t usual;

int pacer_raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -errno;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (limit.rlim_cur <= before)
        return 0;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -errno;
    usual = before;
    return 0;
}

int pacer_restore_descriptor_limit(void)
{
    struct rlimit limit;
    if (usual == 0)
        return 0;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -errno;
    limit.rlim_cur = usual < limit.rlim_max ? usual : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}

int pacer_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -errno;
    return limit.rlim_cur < INT_MAX ? (int)limit.rlim_cur : INT_MAX;
}
