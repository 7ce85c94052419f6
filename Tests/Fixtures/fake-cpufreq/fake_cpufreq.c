// SPDX-License-Identifier: Apache-2.0
//
// A fake machine for tests: /sys/devices/system/cpu with cpufreq, and powercap zones of RAPL, as a FUSE
// file system with the semantics of sysfs. Programs that hard-code those paths run on it unchanged,
// libcpupower included; in-fake-cpufreq mounts it for one command. To compile:
//
//     cc -std=gnu11 -Wall -Wextra -O2 fake_cpufreq.c -o fake_cpufreq $(pkg-config fuse3 --cflags --libs)
//
// What is true to the kernel:
//   * A file has no length that matters: each read asks the machine, each write is one command, truncation
//     does nothing, nonsense is EINVAL, and a policy whose CPUs are all offline answers EBUSY.
//   * scaling_min_freq and scaling_max_freq are requests that persist. What they show is the limit in force:
//     the request inside the hardware's limits, the maximum winning over the minimum; with a frequency table
//     both are table entries: the maximum is raised when no entry lies between, then each rounded inwards.
//   * The CPUs are as many as the real machine has, so that affinity and CPU counts agree.
//   * Energy counters step in units of 2^-14 J and wrap. They advance with the real load in /proc/stat at
//     the faked frequency: P = 8 W + sum of busy CPUs x (1.5 + 0.9 (f/GHz)^3) W for the package.
// What is not: the CPUs do not really run slower.
//
// The environment, and at run time lines "NAME=VALUE" written to the file `control` at the mount's root:
//   FAKE_DOMAIN=per-core   each CPU its own policy (default) | all: one policy | hw-all: a policy per CPU,
//                          but freqdomain_cpus names them all (start only)
//   FAKE_DRIVER=acpi-cpufreq (default, a table) | intel_pstate (no table, two governors) | none (start only)
//   FAKE_BOOST_KHZ=N       hardware maximum N, named in scaling_boost_frequencies (start only)
//   FAKE_GOVERNOR=NAME     governor at start
//   FAKE_READONLY=1        knobs cannot be opened for writing: EACCES
//   FAKE_IGNORE=1          writes to knobs succeed and have no effect
//   FAKE_FAULT_POLICY=N    the two faults above strike policyN only; -1: all
//   FAKE_LAG_MS=N          a new limit comes into force N ms later, as by the kernel's work queue
//   FAKE_CAP_KHZ=N         somebody else, such as the thermal governor, caps the maximum; 0: nobody
//   FAKE_ENERGY_RANGE_UJ=N size of the energy counters: small to see them wrap early (start only)
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CPU_LIMIT 1024
#define TEXT_SIZE 8192
#define HARDWARE_MIN_KHZ 800000UL

// MARK: The machine

struct policy {
    unsigned long wanted_min, wanted_max;   // the requests, as written
    unsigned long applied_min, applied_max; // the requests that the work queue has seen
    double apply_at;                        // when it sees the next ones
    unsigned long setspeed;
    char governor[20];
    double utilisation; // busiest CPU, over the last interval of the energy model
};

static struct {
    int cpus, cpus_per_policy;
    bool hardware_couples_all, has_cpufreq, has_table;
    const char *driver;
    unsigned long hardware_max, boost;
    int readonly, ignore, fault_policy, lag_ms;
    unsigned long cap;
    bool online[CPU_LIMIT];
    struct policy policy[CPU_LIMIT]; // indexed by the policy's number, its first CPU
} machine;

// From the highest down. The first is for boost, and 0 without it.
static unsigned long table[] = {0, 3200000, 2400000, 1600000, 800000};
#define TABLE_SIZE (sizeof table / sizeof *table)
#define TABLE_NOMINAL 1 // index of the first entry that is not boost

static double now_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int policy_of(int cpu)
{
    return cpu / machine.cpus_per_policy * machine.cpus_per_policy;
}

static int policy_end(int policy)
{
    int end = policy + machine.cpus_per_policy;
    return end < machine.cpus ? end : machine.cpus;
}

static bool policy_is_active(int policy)
{
    for (int cpu = policy; cpu < policy_end(policy); cpu++)
        if (machine.online[cpu])
            return true;
    return false;
}

static unsigned long clamp(unsigned long value, unsigned long low, unsigned long high)
{
    return value < low ? low : value > high ? high : value;
}

// The limits in force.
static void limits(int number, unsigned long *min, unsigned long *max)
{
    struct policy *policy = &machine.policy[number];
    if (now_seconds() >= policy->apply_at) {
        policy->applied_min = policy->wanted_min;
        policy->applied_max = policy->wanted_max;
    }
    *max = policy->applied_max;
    if (machine.cap && *max > machine.cap)
        *max = machine.cap;
    *max = clamp(*max, HARDWARE_MIN_KHZ, machine.hardware_max);
    *min = clamp(policy->applied_min, HARDWARE_MIN_KHZ, *max);
    if (!machine.has_table)
        return;
    bool between = false;
    unsigned long next_larger = machine.hardware_max;
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        between = between || (table[i] >= *min && table[i] <= *max);
        if (table[i] > *max)
            next_larger = table[i];
    }
    if (!between)
        *max = next_larger;
    unsigned long low = *max, high = *min;
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (table[i] >= *min && table[i] < low)
            low = table[i];
        if (table[i] <= *max && table[i] > high)
            high = table[i];
    }
    *min = low;
    *max = high;
}

static unsigned long current_frequency(int number)
{
    struct policy *policy = &machine.policy[number];
    unsigned long min, max, target;
    limits(number, &min, &max);
    if (strcmp(policy->governor, "performance") == 0)
        target = max;
    else if (strcmp(policy->governor, "userspace") == 0)
        target = policy->setspeed;
    else if (strcmp(policy->governor, "powersave") == 0 && machine.has_table)
        target = min;
    else // schedutil's rule; intel_pstate's powersave is alike
        target = (unsigned long)(1.25 * policy->utilisation * (double)machine.hardware_max);
    target = clamp(target, min, max);
    if (machine.has_table && target < max)
        for (size_t i = TABLE_SIZE; i-- > 0;) // the lowest entry that is enough
            if (table[i] >= target && table[i] <= max)
                return table[i];
    return target;
}

// MARK: Energy

enum { PACKAGE, CORE, DRAM, ZONES };
static const char *const zone_directory[ZONES] = {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:0:1"};
static const char *const zone_name[ZONES] = {"package-0", "core", "dram"};

static struct {
    double joules[ZONES], sampled_at, busy_ticks[CPU_LIMIT];
    uint64_t units; // how many steps a counter has before it is 0 again
} energy;

#define UNIT_UJ (1000000.0 / 16384)

// Busy time of a CPU since boot, in clock ticks, from its line of /proc/stat.
static bool parse_busy(const char *line, int *cpu, double *ticks)
{
    double user, nice, system, idle, wait, irq = 0, softirq = 0, steal = 0;
    if (sscanf(line, "cpu%d %lf %lf %lf %lf %lf %lf %lf %lf", cpu, &user, &nice, &system, &idle, &wait,
               &irq, &softirq, &steal) < 6)
        return false;
    *ticks = user + nice + system + irq + softirq;
    return *cpu >= 0 && *cpu < machine.cpus;
}

// Accounts for the time since the last call at the frequencies of now; so call it before they change.
static void advance_energy(void)
{
    char line[512];
    double now = now_seconds(), interval = now - energy.sampled_at, core = 0;
    const double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    FILE *file = interval >= 2 * tick || energy.sampled_at == 0 ? fopen("/proc/stat", "re") : NULL;
    if (!file)
        return;
    for (int number = 0; number < machine.cpus; number += machine.cpus_per_policy)
        machine.policy[number].utilisation = 0;
    while (fgets(line, sizeof line, file)) {
        int cpu;
        double ticks;
        if (!parse_busy(line, &cpu, &ticks))
            continue;
        struct policy *policy = &machine.policy[policy_of(cpu)];
        double busy = energy.sampled_at == 0 ? 0 : (ticks - energy.busy_ticks[cpu]) * tick;
        energy.busy_ticks[cpu] = ticks;
        if (interval > 0 && busy / interval > policy->utilisation)
            policy->utilisation = busy < interval ? busy / interval : 1;
        double gigahertz = (double)current_frequency(policy_of(cpu)) / 1e6;
        core += busy * (1.5 + 0.9 * gigahertz * gigahertz * gigahertz);
    }
    fclose(file);
    if (energy.sampled_at != 0) {
        energy.joules[CORE] += core;
        energy.joules[PACKAGE] += core + 8 * interval;
        energy.joules[DRAM] += 1 * interval;
    }
    energy.sampled_at = now;
}

// MARK: Files. `show` fills `text`; `store` gets one line; both return 0 or a negative errno.

struct attribute {
    const char *name;
    mode_t mode;
    int (*show)(int index, char *text);
    int (*store)(int index, const char *text);
    bool (*exists)(void);
};

static int show_number(char *text, unsigned long value)
{
    sprintf(text, "%lu\n", value);
    return 0;
}

static int parse_number(const char *text, unsigned long *value)
{
    char *end;
    errno = 0;
    *value = strtoul(text, &end, 0);
    return end == text || *end != '\0' || errno || strchr(text, '-') ? -EINVAL : 0;
}

// "0-3,5" for the CPUs that are (or are not) online.
static int show_range(char *text, bool any, bool online)
{
    char *end = text;
    *end = '\0';
    for (int cpu = 0; cpu < machine.cpus; cpu++) {
        if (!any && machine.online[cpu] != online)
            continue;
        int last = cpu;
        while (last + 1 < machine.cpus && (any || machine.online[last + 1] == online))
            last++;
        end += sprintf(end, "%s%d", end == text ? "" : ",", cpu);
        if (last > cpu)
            end += sprintf(end, "-%d", last);
        cpu = last;
    }
    strcat(end, "\n");
    return 0;
}

static int show_online_list(int i, char *text) { (void)i; return show_range(text, false, true); }
static int show_offline_list(int i, char *text) { (void)i; return show_range(text, false, false); }
static int show_all_list(int i, char *text) { (void)i; return show_range(text, true, true); }
static int show_kernel_max(int index, char *text) { (void)index; return show_number(text, CPU_LIMIT - 1); }
static int show_cpu_online(int cpu, char *text) { return show_number(text, machine.online[cpu]); }

static int store_cpu_online(int cpu, const char *text)
{
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        return -EINVAL;
    machine.online[cpu] = text[0] == '1';
    return 0;
}

// The kernel separates these by spaces.
static int show_cpus(char *text, int from, int to, bool online_only)
{
    char *end = text;
    for (int cpu = from; cpu < to; cpu++)
        if (!online_only || machine.online[cpu])
            end += sprintf(end, "%s%d", end == text ? "" : " ", cpu);
    strcpy(end, "\n");
    return 0;
}

static int show_affected(int number, char *text) { return show_cpus(text, number, policy_end(number), true); }
static int show_related(int number, char *text) { return show_cpus(text, number, policy_end(number), false); }
static int show_freqdomain(int number, char *text)
{
    bool all = machine.hardware_couples_all;
    return show_cpus(text, all ? 0 : number, all ? machine.cpus : policy_end(number), false);
}

static int show_hardware_min(int n, char *text) { (void)n; return show_number(text, HARDWARE_MIN_KHZ); }
static int show_hardware_max(int n, char *text) { (void)n; return show_number(text, machine.hardware_max); }
static int show_base(int n, char *text) { (void)n; return show_number(text, 2400000); }
static int show_latency(int n, char *text) { (void)n; return show_number(text, 10000); }
static int show_driver(int n, char *text) { (void)n; return sprintf(text, "%s\n", machine.driver), 0; }
static int show_boost(int n, char *text) { (void)n; return sprintf(text, "%lu \n", machine.boost), 0; }

static int show_table(int number, char *text)
{
    (void)number;
    for (size_t i = TABLE_NOMINAL; i < TABLE_SIZE; i++)
        text += sprintf(text, "%lu ", table[i]);
    strcpy(text, "\n");
    return 0;
}

static const char *governors(void)
{
    return machine.has_table ? "performance powersave userspace schedutil" : "performance powersave";
}

static int show_governors(int n, char *text) { (void)n; return sprintf(text, "%s \n", governors()), 0; }
static int show_governor(int n, char *text) { return sprintf(text, "%s\n", machine.policy[n].governor), 0; }

static int show_current(int number, char *text)
{
    advance_energy(); // it also refreshes the utilisation
    return show_number(text, current_frequency(number));
}

static int show_min(int number, char *text)
{
    unsigned long min, max;
    limits(number, &min, &max);
    return show_number(text, min);
}

static int show_max(int number, char *text)
{
    unsigned long min, max;
    limits(number, &min, &max);
    return show_number(text, max);
}

static int show_setspeed(int number, char *text)
{
    if (strcmp(machine.policy[number].governor, "userspace") == 0)
        return show_number(text, machine.policy[number].setspeed);
    strcpy(text, "<unsupported>\n");
    return 0;
}

static int store_governor(int number, const char *text)
{
    char word[32], known[128];
    snprintf(word, sizeof word, " %.20s ", text);
    snprintf(known, sizeof known, " %s ", governors());
    if (strchr(text, ' ') || text[0] == '\0' || !strstr(known, word))
        return -EINVAL;
    if (strcmp(text, machine.policy[number].governor) != 0)
        machine.policy[number].setspeed = current_frequency(number);
    snprintf(machine.policy[number].governor, sizeof machine.policy[number].governor, "%s", text);
    return 0;
}

static int store_limit(int number, unsigned long *request, const char *text)
{
    unsigned long value, min, max;
    if (parse_number(text, &value) != 0)
        return -EINVAL;
    limits(number, &min, &max); // what was due before this write is in force
    *request = value;
    machine.policy[number].apply_at = now_seconds() + machine.lag_ms * 1e-3;
    return 0;
}

static int store_min(int number, const char *text)
{
    return store_limit(number, &machine.policy[number].wanted_min, text);
}

static int store_max(int number, const char *text)
{
    return store_limit(number, &machine.policy[number].wanted_max, text);
}

static int store_setspeed(int number, const char *text)
{
    unsigned long value;
    if (parse_number(text, &value) != 0 || strcmp(machine.policy[number].governor, "userspace") != 0)
        return -EINVAL;
    machine.policy[number].setspeed = value;
    return 0;
}

static int show_zone_name(int zone, char *text) { return sprintf(text, "%s\n", zone_name[zone]), 0; }
static int show_enabled(int zone, char *text) { (void)zone; return show_number(text, 1); }

static int show_energy(int zone, char *text)
{
    advance_energy();
    uint64_t steps = (uint64_t)(energy.joules[zone] * 16384) % energy.units;
    return show_number(text, (unsigned long)((double)steps * UNIT_UJ));
}

static int show_energy_range(int zone, char *text)
{
    (void)zone;
    return show_number(text, (unsigned long)((double)(energy.units - 1) * UNIT_UJ));
}

static int configure(const char *name, const char *value);

static int store_control(int index, const char *text)
{
    (void)index;
    char name[64];
    const char *equals = strchr(text, '=');
    if (!equals || (size_t)(equals - text) >= sizeof name)
        return -EINVAL;
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    return configure(name, equals + 1);
}

static int show_control(int index, char *text)
{
    (void)index;
    text += sprintf(text, "FAKE_READONLY=%d\nFAKE_IGNORE=%d\n", machine.readonly, machine.ignore);
    text += sprintf(text, "FAKE_FAULT_POLICY=%d\n", machine.fault_policy);
    sprintf(text, "FAKE_LAG_MS=%d\nFAKE_CAP_KHZ=%lu\n", machine.lag_ms, machine.cap);
    return 0;
}

static bool has_table(void) { return machine.has_table; }
static bool has_no_table(void) { return !machine.has_table; }
static bool has_boost(void) { return machine.boost != 0; }

static const struct attribute root_files[] = {{"control", 0644, show_control, store_control, NULL}, {0}};
static const struct attribute cpus_files[] = {
    {"online", 0444, show_online_list, NULL, NULL},
    {"offline", 0444, show_offline_list, NULL, NULL},
    {"present", 0444, show_all_list, NULL, NULL},
    {"possible", 0444, show_all_list, NULL, NULL},
    {"kernel_max", 0444, show_kernel_max, NULL, NULL},
    {0},
};
static const struct attribute cpu_files[] = {{"online", 0644, show_cpu_online, store_cpu_online, NULL}, {0}};
static const struct attribute policy_files[] = {
    {"affected_cpus", 0444, show_affected, NULL, NULL},
    {"base_frequency", 0444, show_base, NULL, has_no_table},
    {"cpuinfo_cur_freq", 0400, show_current, NULL, has_table},
    {"cpuinfo_max_freq", 0444, show_hardware_max, NULL, NULL},
    {"cpuinfo_min_freq", 0444, show_hardware_min, NULL, NULL},
    {"cpuinfo_transition_latency", 0444, show_latency, NULL, NULL},
    {"freqdomain_cpus", 0444, show_freqdomain, NULL, has_table},
    {"related_cpus", 0444, show_related, NULL, NULL},
    {"scaling_available_frequencies", 0444, show_table, NULL, has_table},
    {"scaling_available_governors", 0444, show_governors, NULL, NULL},
    {"scaling_boost_frequencies", 0444, show_boost, NULL, has_boost},
    {"scaling_cur_freq", 0444, show_current, NULL, NULL},
    {"scaling_driver", 0444, show_driver, NULL, NULL},
    {"scaling_governor", 0644, show_governor, store_governor, NULL},
    {"scaling_max_freq", 0644, show_max, store_max, NULL},
    {"scaling_min_freq", 0644, show_min, store_min, NULL},
    {"scaling_setspeed", 0644, show_setspeed, store_setspeed, NULL},
    {0},
};
static const struct attribute control_type_files[] = {{"enabled", 0444, show_enabled, NULL, NULL}, {0}};
static const struct attribute zone_files[] = {
    {"enabled", 0444, show_enabled, NULL, NULL},
    {"energy_uj", 0400, show_energy, NULL, NULL}, // root only, as since Linux 5.10
    {"max_energy_range_uj", 0444, show_energy_range, NULL, NULL},
    {"name", 0444, show_zone_name, NULL, NULL},
    {0},
};

// MARK: Paths

enum place { NOWHERE, ROOT, CPUS, CPU, CPU_FROM_HOST, CPUFREQ, POLICY, POWERCAP, CONTROL_TYPE, ZONE };

struct node {
    enum place place; // the directory, or that of the file
    int index;        // CPU, policy or zone
    const struct attribute *file;
    bool is_link; // cpuN/cpufreq
};

// Empty directories, over which in-fake-cpufreq mounts those of the real machine.
static const char *const host_directories[] = {"topology", "cache", "cpuidle", NULL};

static const struct attribute *files_in(const struct node *node)
{
    static const struct attribute none[] = {{0}};
    switch (node->place) {
    case ROOT: return root_files;
    case CPUS: return cpus_files;
    case CPU: return node->index == 0 ? none : cpu_files; // the boot CPU cannot be switched off
    case POLICY: return policy_files;
    case CONTROL_TYPE: return control_type_files;
    case ZONE: return zone_files;
    default: return none;
    }
}

static bool is_visible(const struct attribute *file)
{
    return !file->exists || file->exists();
}

// The number in `name` after `prefix`, if there is nothing else in it; otherwise -1.
static int number_after(const char *prefix, const char *name)
{
    size_t length = strlen(prefix);
    char canonical[16];
    if (strncmp(name, prefix, length) != 0)
        return -1;
    int number = atoi(name + length);
    snprintf(canonical, sizeof canonical, "%d", number);
    return strcmp(canonical, name + length) == 0 && number < machine.cpus ? number : -1;
}

// Goes from a directory to its entry `name`.
static bool enter(struct node *node, const char *name)
{
    int number;
    for (const struct attribute *file = files_in(node); file->name; file++)
        if (strcmp(file->name, name) == 0 && is_visible(file))
            return node->file = file, true;
    switch (node->place) {
    case ROOT:
        node->place = strcmp(name, "cpu") == 0 ? CPUS : strcmp(name, "powercap") == 0 ? POWERCAP : NOWHERE;
        return node->place != NOWHERE;
    case CPUS:
        if (strcmp(name, "cpufreq") == 0 && machine.has_cpufreq)
            return node->place = CPUFREQ, true;
        node->index = number_after("cpu", name);
        return node->place = CPU, node->index >= 0;
    case CPU:
        if (strcmp(name, "cpufreq") == 0 && machine.has_cpufreq)
            return node->is_link = true;
        for (int i = 0; host_directories[i]; i++)
            if (strcmp(name, host_directories[i]) == 0)
                return node->place = CPU_FROM_HOST, true;
        return false;
    case CPUFREQ:
        number = number_after("policy", name);
        node->index = number;
        return node->place = POLICY, number >= 0 && policy_of(number) == number;
    case POWERCAP:
        if (strcmp(name, "intel-rapl") == 0)
            return node->place = CONTROL_TYPE, true;
        for (node->index = 0; node->index < ZONES; node->index++)
            if (strcmp(name, zone_directory[node->index]) == 0)
                return node->place = ZONE, true;
        return false;
    default:
        return false;
    }
}

static bool find(const char *path, struct node *node)
{
    char copy[512], *rest = copy;
    *node = (struct node){.place = ROOT};
    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return false;
    for (char *name; (name = strtok_r(rest, "/", &rest));)
        if (node->file || node->is_link || !enter(node, name))
            return false;
    return true;
}

// MARK: FUSE operations

static bool strikes(int fault, const struct node *node)
{
    return fault && node->place == POLICY && node->file->store
        && (machine.fault_policy < 0 || machine.fault_policy == node->index);
}

static int fake_getattr(const char *path, struct stat *status, struct fuse_file_info *info)
{
    struct node node;
    (void)info;
    if (!find(path, &node))
        return -ENOENT;
    memset(status, 0, sizeof *status);
    status->st_nlink = 1;
    status->st_size = 4096;
    status->st_mode = node.file ? S_IFREG | node.file->mode : node.is_link ? S_IFLNK | 0777 : S_IFDIR | 0755;
    return 0;
}

static int fake_readlink(const char *path, char *target, size_t size)
{
    struct node node;
    if (!find(path, &node) || !node.is_link)
        return -EINVAL;
    snprintf(target, size, "../cpufreq/policy%d", policy_of(node.index));
    return 0;
}

static int fake_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                        struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
    struct node node;
    char name[32];
    (void)offset, (void)info, (void)flags;
    if (!find(path, &node) || node.file || node.is_link)
        return -ENOTDIR;
    fill(buffer, ".", NULL, 0, 0);
    fill(buffer, "..", NULL, 0, 0);
    for (const struct attribute *file = files_in(&node); file->name; file++)
        if (is_visible(file))
            fill(buffer, file->name, NULL, 0, 0);
    if (node.place == ROOT) {
        fill(buffer, "cpu", NULL, 0, 0);
        fill(buffer, "powercap", NULL, 0, 0);
    }
    if ((node.place == CPUS || node.place == CPU) && machine.has_cpufreq)
        fill(buffer, "cpufreq", NULL, 0, 0);
    for (int i = 0; node.place == CPU && host_directories[i]; i++)
        fill(buffer, host_directories[i], NULL, 0, 0);
    for (int cpu = 0; cpu < machine.cpus; cpu++) {
        snprintf(name, sizeof name, node.place == CPUS ? "cpu%d" : "policy%d", cpu);
        if (node.place == CPUS || (node.place == CPUFREQ && policy_of(cpu) == cpu))
            fill(buffer, name, NULL, 0, 0);
    }
    if (node.place == POWERCAP) {
        fill(buffer, "intel-rapl", NULL, 0, 0);
        for (int zone = 0; zone < ZONES; zone++)
            fill(buffer, zone_directory[zone], NULL, 0, 0);
    }
    return 0;
}

static int fake_open(const char *path, struct fuse_file_info *info)
{
    struct node node;
    bool writing = (info->flags & O_ACCMODE) != O_RDONLY;
    if (!find(path, &node) || !node.file)
        return -ENOENT;
    if (writing && (!node.file->store || strikes(machine.readonly, &node)))
        return -EACCES;
    info->direct_io = 1; // no page cache: every read asks the machine
    return 0;
}

static int fake_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
    static char text[TEXT_SIZE];
    struct node node;
    (void)info;
    if (!find(path, &node) || !node.file)
        return -ENOENT;
    if (node.place == POLICY && !policy_is_active(node.index))
        return -EBUSY;
    int failure = node.file->show(node.index, text);
    if (failure)
        return failure;
    size_t length = strlen(text);
    if ((size_t)offset >= length)
        return 0;
    if (size > length - (size_t)offset)
        size = length - (size_t)offset;
    memcpy(buffer, text + offset, size);
    return (int)size;
}

static int fake_write(const char *path, const char *bytes, size_t size, off_t offset,
                      struct fuse_file_info *info)
{
    char text[256];
    struct node node;
    (void)offset, (void)info;
    if (!find(path, &node) || !node.file || !node.file->store || strikes(machine.readonly, &node))
        return -EACCES;
    if (size >= sizeof text)
        return -EINVAL;
    if (node.place == POLICY && !policy_is_active(node.index))
        return -EBUSY;
    memcpy(text, bytes, size);
    text[size] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (strikes(machine.ignore, &node))
        return (int)size;
    advance_energy(); // at the old frequency
    int failure = node.file->store(node.index, text);
    return failure ? failure : (int)size;
}

static int fake_truncate(const char *path, off_t length, struct fuse_file_info *info)
{
    (void)path, (void)length, (void)info;
    return 0; // sysfs ignores it; the shell's > asks for it
}

static void *fake_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
    return NULL;
}

static const struct fuse_operations operations = {
    .init = fake_init,
    .getattr = fake_getattr,
    .readlink = fake_readlink,
    .readdir = fake_readdir,
    .open = fake_open,
    .read = fake_read,
    .write = fake_write,
    .truncate = fake_truncate,
};

// MARK: Start

// Settings that may change while the machine runs.
static int configure(const char *name, const char *value)
{
    struct {
        const char *name;
        int *number;
    } settings[] = {
        {"FAKE_READONLY", &machine.readonly}, {"FAKE_IGNORE", &machine.ignore},
        {"FAKE_FAULT_POLICY", &machine.fault_policy}, {"FAKE_LAG_MS", &machine.lag_ms},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(name, settings[i].name) == 0)
            return *settings[i].number = atoi(value), 0;
    if (strcmp(name, "FAKE_CAP_KHZ") != 0)
        return -EINVAL;
    machine.cap = strtoul(value, NULL, 10);
    return 0;
}

// Which CPUs the real machine has online, from a list such as "0-3,6".
static void take_over_online(void)
{
    FILE *file = fopen("/sys/devices/system/cpu/online", "re");
    int first, last;
    while (file && fscanf(file, "%d", &first) == 1) {
        if (fscanf(file, "-%d", &last) != 1)
            last = first;
        for (int cpu = first; cpu <= last && cpu < machine.cpus; cpu++)
            machine.online[cpu] = true;
        if (fgetc(file) != ',')
            break;
    }
    if (file)
        fclose(file);
    machine.online[0] = true;
}

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static void set_up_machine(void)
{
    static const char *const live[] = {"FAKE_READONLY", "FAKE_IGNORE", "FAKE_LAG_MS", "FAKE_CAP_KHZ"};
    const char *domain = environment("FAKE_DOMAIN", "per-core");
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    machine.cpus = cpus < 1 ? 1 : cpus > CPU_LIMIT ? CPU_LIMIT : (int)cpus;
    machine.cpus_per_policy = strcmp(domain, "all") == 0 ? machine.cpus : 1;
    machine.hardware_couples_all = strcmp(domain, "hw-all") == 0;
    machine.driver = environment("FAKE_DRIVER", "acpi-cpufreq");
    machine.has_cpufreq = strcmp(machine.driver, "none") != 0;
    machine.has_table = strcmp(machine.driver, "intel_pstate") != 0;
    machine.boost = strtoul(environment("FAKE_BOOST_KHZ", "0"), NULL, 10);
    table[0] = machine.boost;
    machine.hardware_max = machine.boost ? machine.boost : table[TABLE_NOMINAL];
    for (size_t i = 0; i < sizeof live / sizeof *live; i++)
        configure(live[i], environment(live[i], "0"));
    configure("FAKE_FAULT_POLICY", environment("FAKE_FAULT_POLICY", "-1"));
    take_over_online();
    const char *governor = environment("FAKE_GOVERNOR", machine.has_table ? "schedutil" : "powersave");
    for (int number = 0; number < machine.cpus; number++) {
        struct policy *policy = &machine.policy[number];
        policy->wanted_min = policy->applied_min = HARDWARE_MIN_KHZ;
        policy->wanted_max = policy->applied_max = machine.hardware_max;
        snprintf(policy->governor, sizeof policy->governor, "%s", governor);
    }
    double range = strtod(environment("FAKE_ENERGY_RANGE_UJ", "262143328850"), NULL);
    energy.units = range < 1000 ? 1 + (uint64_t)(1000 / UNIT_UJ) : 1 + (uint64_t)(range / UNIT_UJ + 0.5);
    advance_energy();
}

int main(int count, char **arguments)
{
    set_up_machine(); // before the mount hides the real one
    return fuse_main(count, arguments, &operations, NULL);
}
