#define _GNU_SOURCE
#include "CPacerShims.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const uint32_t pacer_perf_type_hardware = PERF_TYPE_HARDWARE;
const uint32_t pacer_perf_type_software = PERF_TYPE_SOFTWARE;
const uint64_t pacer_perf_instructions = PERF_COUNT_HW_INSTRUCTIONS;
const uint64_t pacer_perf_cycles = PERF_COUNT_HW_CPU_CYCLES;
const uint64_t pacer_perf_context_switches = PERF_COUNT_SW_CONTEXT_SWITCHES;
const uint64_t pacer_perf_task_clock = PERF_COUNT_SW_TASK_CLOCK;

int pacer_perf_open(uint32_t type, uint64_t config, int pid, int cpu, uint32_t flags)
{
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.type = type;
    attributes.config = config;
    attributes.inherit = (flags & PACER_PERF_INHERIT) != 0;
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    unsigned long kernel_flags = PERF_FLAG_FD_CLOEXEC;
    if (flags & PACER_PERF_CGROUP)
        kernel_flags |= PERF_FLAG_PID_CGROUP;
    int counter = (int)syscall(SYS_perf_event_open, &attributes, pid, cpu, -1, kernel_flags);
    return counter >= 0 ? counter : -errno;
}

int pacer_perf_read(int counter, struct pacer_perf_reading *reading)
{
    ssize_t got = read(counter, reading, sizeof *reading);
    if (got < 0)
        return -errno;
    return got == sizeof *reading ? 0 : -EIO;
}
