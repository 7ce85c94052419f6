// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "knobs.h"

#include <cpufreq.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// libcpupower takes a leftover errno == ERANGE for its own failure. Clear it before each of its calls.
#define FRESH(call) (errno = 0, (call))

struct cpus policies_present(void)
{
    struct cpus policies = {0};
    DIR *directory = opendir("/sys/devices/system/cpu/cpufreq");
    if (!directory)
        return policies;
    for (struct dirent *entry; (entry = readdir(directory));) {
        unsigned policy;
        int end = 0;
        if (sscanf(entry->d_name, "policy%u%n", &policy, &end) == 1 && entry->d_name[end] == '\0')
            cpus_add(&policies, policy);
    }
    closedir(directory);
    return policies;
}

static void add_all(struct cpus *set, const struct cpufreq_affected_cpus *list)
{
    for (; list; list = list->next)
        cpus_add(set, list->cpu);
}

bool policy_cpus(unsigned cpu, struct cpus *online, struct cpus *related)
{
    struct cpufreq_affected_cpus *affected_list = FRESH(cpufreq_get_affected_cpus(cpu));
    struct cpufreq_affected_cpus *related_list = FRESH(cpufreq_get_related_cpus(cpu));
    memset(online, 0, sizeof *online);
    memset(related, 0, sizeof *related);
    add_all(online, affected_list);
    add_all(related, affected_list);
    add_all(related, related_list);
    bool readable = affected_list != NULL;
    if (affected_list)
        cpufreq_put_affected_cpus(affected_list);
    if (related_list)
        cpufreq_put_related_cpus(related_list);
    return readable;
}

bool limits_read(unsigned cpu, struct limits *limits, char governor[GOVERNOR_MAX])
{
    struct cpufreq_policy *policy = FRESH(cpufreq_get_policy(cpu));
    if (!policy)
        return false;
    *limits = (struct limits){policy->min, policy->max};
    if (governor)
        snprintf(governor, GOVERNOR_MAX, "%s", policy->governor[0] ? policy->governor : "-");
    cpufreq_put_policy(policy);
    return true;
}

bool limits_of_hardware(unsigned cpu, struct limits *limits)
{
    return FRESH(cpufreq_get_hardware_limits(cpu, &limits->min_khz, &limits->max_khz)) == 0;
}

unsigned long frequency_now(unsigned cpu)
{
    // Without APERF the kernel's figure is what it asked for; the hardware's is what it got.
    unsigned long asked = FRESH(cpufreq_get_freq_kernel(cpu)), got = FRESH(cpufreq_get_freq_hardware(cpu));
    return asked && (!got || asked < got) ? asked : got;
}

static int write_knob(unsigned cpu, const char *name, unsigned long khz)
{
    char path[128], text[32];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cpufreq/%s", cpu, name);
    int length = snprintf(text, sizeof text, "%lu", khz);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    int failure = write(file, text, (size_t)length) == length ? 0 : errno ? errno : EIO;
    close(file);
    return failure;
}

int limits_write(unsigned cpu, struct limits limits)
{
    struct cpufreq_policy *now = FRESH(cpufreq_get_policy(cpu));
    if (!now)
        return ENODEV;
    struct cpufreq_policy next = {limits.min_khz, limits.max_khz, now->governor};
    bool raising = limits.max_khz >= now->min;
    int failure = FRESH(cpufreq_set_policy(cpu, &next));
    cpufreq_put_policy(now);
    if (failure == 0)
        return 0;
    // The library says -ENODEV whatever happened. Write again by hand, in the same order, to learn the
    // true reason; it is no failure at all when only its extra write, the same governor, was refused.
    const char *names[] = {"scaling_min_freq", "scaling_max_freq"};
    const unsigned long values[] = {limits.min_khz, limits.max_khz};
    failure = write_knob(cpu, names[raising], values[raising]);
    return failure ? failure : write_knob(cpu, names[!raising], values[!raising]);
}

bool limits_await(unsigned cpu, struct limits wanted, struct limits *now)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    struct timespec start, time;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        if (!limits_read(cpu, now, NULL))
            *now = (struct limits){0, 0};
        else if (limits_equal(*now, wanted))
            return true;
        clock_gettime(CLOCK_MONOTONIC, &time);
        long waited_ms = (time.tv_sec - start.tv_sec) * 1000 + (time.tv_nsec - start.tv_nsec) / 1000000;
        if (waited_ms > LIMITS_PATIENCE_MS)
            return false;
        nanosleep(&pause, NULL);
    }
}

// Text of a policy's file that libcpupower does not know, without the white space at its end.
static bool read_file(unsigned policy, const char *name, char *text, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, POLICY_DIRECTORY "/%s", policy, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, text, size - 1);
    close(file);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
        length--;
    if (length <= 0)
        return false;
    text[length] = '\0';
    return true;
}

static void print_number(void (*print)(const char *, ...), const char *name, unsigned long value)
{
    print(value ? " %s=%lu" : " %s=-", name, value);
}

static void print_list(void (*print)(const char *, ...), const char *name,
                       struct cpufreq_available_frequencies *list)
{
    print(list ? " %s=" : " %s=-", name);
    for (struct cpufreq_available_frequencies *item = list; item; item = item->next)
        print(item->next ? "%lu," : "%lu", item->frequency);
}

bool policy_describe(unsigned policy, void (*print)(const char *format, ...))
{
    static char text[CPUS_TEXT_MAX];
    struct cpus online, related, domain;
    struct limits limits, hardware = {0, 0};
    char governor[GOVERNOR_MAX];
    if (!policy_cpus(policy, &online, &related) || !limits_read(policy, &limits, governor))
        return false;
    // Under ACPI HW_ALL coordination each CPU has its own policy, but the hardware couples them.
    if (read_file(policy, "freqdomain_cpus", text, sizeof text) && cpus_parse(text, &domain)
        && cpus_count(&domain) > cpus_count(&related))
        related = domain;
    print("domain cpus=%s", cpus_format(&online, text));
    print(" related=%s", cpus_format(&related, text));
    char *driver = FRESH(cpufreq_get_driver(policy));
    print(" driver=%s governor=%s min=%lu max=%lu", driver ? driver : "-", governor, limits.min_khz,
          limits.max_khz);
    if (driver)
        cpufreq_put_driver(driver);
    if (!limits_of_hardware(policy, &hardware))
        hardware = (struct limits){0, 0};
    print_number(print, "hwmin", hardware.min_khz);
    print_number(print, "hwmax", hardware.max_khz);
    bool has_base = read_file(policy, "base_frequency", text, sizeof text);
    print_number(print, "base", has_base ? strtoul(text, NULL, 10) : 0);
    print_number(print, "cur", frequency_now(policy));

    struct cpufreq_available_frequencies *boost = FRESH(cpufreq_get_boost_frequencies(policy));
    struct cpufreq_available_frequencies *table = FRESH(cpufreq_get_available_frequencies(policy));
    print_list(print, "boost", boost);
    print_list(print, "freqs", table);
    if (boost)
        cpufreq_put_boost_frequencies(boost);
    if (table)
        cpufreq_put_available_frequencies(table);

    struct cpufreq_available_governors *governors = FRESH(cpufreq_get_available_governors(policy));
    print(governors ? " governors=" : " governors=-");
    for (struct cpufreq_available_governors *item = governors; item; item = item->next)
        print(item->next ? "%s," : "%s", item->governor);
    if (governors)
        cpufreq_put_available_governors(governors);

    unsigned long latency = FRESH(cpufreq_get_transition_latency(policy));
    print_number(print, "latency_ns", latency == 0xffffffff ? 0 : latency); // CPUFREQ_ETERNAL: unknown
    print("\n");
    return true;
}
