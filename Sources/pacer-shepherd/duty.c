#define _GNU_SOURCE
#include "duty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

int duty_open(struct duty *duty, const struct job *job)
{
    *duty = (struct duty){.permille = 1000, .freezer = -1};
    if ((duty->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) < 0)
        return errno;
    if (job->cgroup >= 0)
        duty->freezer = openat(job->cgroup, "cgroup.freeze", O_WRONLY | O_CLOEXEC); // -1 before Linux 5.2
    return 0;
}

static void arm(const struct duty *duty, unsigned long long microseconds)
{
    struct itimerspec time = {0};
    time.it_value.tv_sec = (time_t)(microseconds / 1000000);
    time.it_value.tv_nsec = (long)(microseconds % 1000000) * 1000;
    timerfd_settime(duty->timer, 0, &time, NULL);
}

static void halt(struct duty *duty, bool halted)
{
    if (duty->freezer < 0)
        job_signal(halted ? SIGSTOP : SIGCONT);
    else if (write(duty->freezer, halted ? "1" : "0", 1) != 1 && halted)
        return; // the job runs on; the next turn tries again
    duty->halted = halted;
}

void duty_set(struct duty *duty, unsigned permille, unsigned period_ms)
{
    duty->permille = permille < 10 ? 10 : permille > 1000 ? 1000 : permille;
    duty->period_ms = period_ms < 10 ? 10 : period_ms > 10000 ? 10000 : period_ms;
    if (duty->paused)
        return;
    if (duty->halted)
        halt(duty, false);
    arm(duty, duty->permille < 1000 ? duty->period_ms * (unsigned long long)duty->permille : 0);
}

void duty_turn(struct duty *duty)
{
    unsigned long long expirations;
    if (read(duty->timer, &expirations, sizeof expirations) != sizeof expirations || duty->permille >= 1000 ||
        duty->paused)
        return;
    halt(duty, !duty->halted);
    unsigned share = duty->halted ? 1000 - duty->permille : duty->permille;
    arm(duty, duty->period_ms * (unsigned long long)share);
}

void duty_pause(struct duty *duty, bool paused)
{
    if (duty->paused == paused)
        return;
    duty->paused = paused;
    if (paused) {
        arm(duty, 0);
        halt(duty, true);
    } else {
        duty_set(duty, duty->permille, duty->period_ms);
    }
}

void duty_release(struct duty *duty)
{
    if (duty->paused) {
        duty_pause(duty, false);
        return;
    }
    if (!duty->halted)
        return;
    halt(duty, false);
    arm(duty, duty->period_ms * (unsigned long long)duty->permille);
}
