// SPDX-License-Identifier: GPL-2.0-only
/*
 * An energy counter whose truth is known, and what can go wrong with it, for the virtual machine of
 * make test-kernel.
 *
 * The counters are zones of powercap under the name that RAPL has: a package with its cores, and its memory.
 * A core that is busy draws what follows from its frequency; how long it was busy is what /proc/stat says.
 * Parameters, in /sys/module/pacer_faults/parameters:
 *
 *   true_uj       microjoules of package and memory since the module was loaded: neither rounded nor wrapped
 *   range_uj      where the counters wrap
 *   fail_energy   so many of the next readings fail with EIO
 *   cap_khz       no CPU may be faster: a limit of the kernel's own, as under thermal pressure; 0 for none
 */
#include <linux/cpu.h>
#include <linux/cpufreq.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/pm_qos.h>
#include <linux/powercap.h>
#include <linux/workqueue.h>

/* ---- Power, in microwatts ------------------------------------------------------------------------------ */

#define UNCORE_UW 3000000ULL
#define MEMORY_UW 1500000ULL
#define STATED_UW 45000000ULL

/* 0.5 W, 1.2 W/GHz and 0.1 W/GHz^3 of a core that is busy. */
static u64 core_uw(unsigned int khz)
{
	u64 mhz = khz / 1000;

	return 500000 + 1200 * mhz + div_u64(mhz * mhz * mhz, 10000);
}

/* ---- What was drawn ------------------------------------------------------------------------------------ */

enum counter { PACKAGE, CORES, MEMORY, COUNTERS };

struct processor {
	u64 idle_us, wall_us; /* at the last look; no wall time: it was offline */
	struct freq_qos_request cap;
};

static DEFINE_MUTEX(books);
static DEFINE_PER_CPU(struct processor, processors);
static u64 drawn_pj[COUNTERS];
static u64 looked_at_ns;

static u64 busy_us(unsigned int cpu, u64 most)
{
	struct processor *processor = per_cpu_ptr(&processors, cpu);
	struct processor before = *processor;
	u64 passed, idled;

	if (!cpu_online(cpu)) {
		processor->wall_us = 0;
		return 0;
	}
	processor->idle_us = get_cpu_idle_time(cpu, &processor->wall_us, 0);
	if (!before.wall_us || processor->wall_us < before.wall_us)
		return 0;
	passed = processor->wall_us - before.wall_us;
	idled = processor->idle_us > before.idle_us ? processor->idle_us - before.idle_us : 0;
	return min(passed > idled ? passed - idled : 0, most);
}

/* With the books locked. */
static void look(void)
{
	u64 now = ktime_get_ns();
	u64 length_us = div_u64(now - looked_at_ns, 1000);
	u64 cores_pj = 0;
	unsigned int cpu;

	looked_at_ns += length_us * 1000;
	for_each_possible_cpu(cpu)
		cores_pj += busy_us(cpu, length_us) * core_uw(cpufreq_quick_get(cpu));
	drawn_pj[CORES] += cores_pj;
	drawn_pj[PACKAGE] += cores_pj + length_us * UNCORE_UW;
	drawn_pj[MEMORY] += length_us * MEMORY_UW;
}

/* Frequencies change, so nobody may have to read for them to be noticed. */
static void look_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(looks, look_again);

static void look_again(struct work_struct *work)
{
	mutex_lock(&books);
	look();
	mutex_unlock(&books);
	schedule_delayed_work(&looks, msecs_to_jiffies(8));
}

/* ---- Parameters ---------------------------------------------------------------------------------------- */

static unsigned long range_uj = 262143328850UL;
module_param(range_uj, ulong, 0644);
static unsigned int fail_energy;
module_param(fail_energy, uint, 0644);

static int get_truth(char *text, const struct kernel_param *parameter)
{
	u64 microjoules;

	mutex_lock(&books);
	look();
	microjoules = div_u64(drawn_pj[PACKAGE] + drawn_pj[MEMORY], 1000000);
	mutex_unlock(&books);
	return scnprintf(text, PAGE_SIZE, "%llu\n", microjoules);
}

static const struct kernel_param_ops truth = { .get = get_truth };
module_param_cb(true_uj, &truth, NULL, 0444);

static unsigned int cap_khz;

static void remove_caps(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct freq_qos_request *cap = &per_cpu_ptr(&processors, cpu)->cap;

		if (freq_qos_request_active(cap))
			freq_qos_remove_request(cap);
	}
}

static int set_cap(const char *text, const struct kernel_param *parameter)
{
	unsigned int khz, cpu;
	int failure = kstrtouint(text, 10, &khz);

	if (failure)
		return failure;
	remove_caps();
	cap_khz = khz;
	if (!khz)
		return 0;
	for_each_online_cpu(cpu) {
		struct cpufreq_policy *policy = cpufreq_cpu_get(cpu);

		if (!policy)
			continue;
		if (cpu == policy->cpu)
			failure = freq_qos_add_request(&policy->constraints,
						       &per_cpu_ptr(&processors, cpu)->cap,
						       FREQ_QOS_MAX, khz);
		cpufreq_cpu_put(policy);
		if (failure < 0)
			return failure;
	}
	return 0;
}

static const struct kernel_param_ops caps = { .set = set_cap, .get = param_get_uint };
module_param_cb(cap_khz, &caps, &cap_khz, 0644);

/* ---- Counters ------------------------------------------------------------------------------------------ */

#define UNIT_PJ 61035156ULL /* 2^-14 J, the usual unit of RAPL */

static const char *const names[COUNTERS] = { "package-0", "core", "dram" };
static struct powercap_zone zones[COUNTERS];
static struct powercap_control_type *control;
static int registered;
static u64 limit_uw = STATED_UW;

static int get_energy(struct powercap_zone *zone, u64 *microjoules)
{
	u64 units;

	mutex_lock(&books);
	if (fail_energy) {
		fail_energy--;
		mutex_unlock(&books);
		return -EIO;
	}
	look();
	units = div64_u64(drawn_pj[zone - zones], UNIT_PJ);
	mutex_unlock(&books);
	div64_u64_rem(div_u64(units * UNIT_PJ, 1000000), (u64)range_uj + 1, microjoules);
	return 0;
}

static int get_range(struct powercap_zone *zone, u64 *microjoules)
{
	*microjoules = range_uj;
	return 0;
}

static int get_enable(struct powercap_zone *zone, bool *enabled)
{
	*enabled = true;
	return 0;
}

static int set_enable(struct powercap_zone *zone, bool enabled)
{
	return enabled ? 0 : -EACCES;
}

static int release(struct powercap_zone *zone)
{
	return 0;
}

static const struct powercap_zone_ops counters = {
	.get_energy_uj = get_energy,
	.get_max_energy_range_uj = get_range,
	.get_enable = get_enable,
	.set_enable = set_enable,
	.release = release,
};

static int get_limit(struct powercap_zone *zone, int number, u64 *microwatts)
{
	*microwatts = limit_uw;
	return 0;
}

static int set_limit(struct powercap_zone *zone, int number, u64 microwatts)
{
	limit_uw = microwatts; /* and nothing comes of it */
	return 0;
}

static int get_window(struct powercap_zone *zone, int number, u64 *microseconds)
{
	*microseconds = 28000000;
	return 0;
}

static int set_window(struct powercap_zone *zone, int number, u64 microseconds)
{
	return -EACCES;
}

static int get_most(struct powercap_zone *zone, int number, u64 *microwatts)
{
	*microwatts = STATED_UW;
	return 0;
}

static const char *get_name(struct powercap_zone *zone, int number)
{
	return "long_term";
}

static const struct powercap_zone_constraint_ops limits = {
	.get_power_limit_uw = get_limit,
	.set_power_limit_uw = set_limit,
	.get_time_window_us = get_window,
	.set_time_window_us = set_window,
	.get_max_power_uw = get_most,
	.get_name = get_name,
};

/* ---- From beginning to end ----------------------------------------------------------------------------- */

static void withdraw(void)
{
	cancel_delayed_work_sync(&looks);
	while (registered > 0)
		powercap_unregister_zone(control, &zones[--registered]);
	powercap_unregister_control_type(control);
	remove_caps();
}

static int __init begin(void)
{
	looked_at_ns = ktime_get_ns();
	control = powercap_register_control_type(NULL, "intel-rapl", NULL);
	if (IS_ERR(control))
		return PTR_ERR(control);
	for (registered = 0; registered < COUNTERS; registered++) {
		bool whole = registered == PACKAGE;
		struct powercap_zone *zone = powercap_register_zone(
			&zones[registered], control, names[registered],
			whole ? NULL : &zones[PACKAGE], &counters,
			whole ? 1 : 0, &limits);

		if (IS_ERR(zone)) {
			withdraw();
			return PTR_ERR(zone);
		}
	}
	schedule_delayed_work(&looks, 0);
	return 0;
}

static void __exit end(void)
{
	withdraw();
}

module_init(begin);
module_exit(end);
MODULE_DESCRIPTION("Energy counters with a known truth and faults, for tests of Pacer");
MODULE_LICENSE("GPL");
