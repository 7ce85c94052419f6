// When the job runs: for a share of each period where no cgroup can limit its bandwidth, and not while it is
// paused.
#ifndef PACER_SHEPHERD_DUTY_H
#define PACER_SHEPHERD_DUTY_H

#include "job.h"

struct duty {
    int timer;       // a timerfd, armed only while the job is limited
    int freezer;     // cgroup.freeze of the job, or -1: then processes are stopped and continued
    unsigned permille, period_ms;
    bool halted;     // does not run now
    bool paused;     // not until it is to proceed
};

// Returns 0 or an errno value.
int duty_open(struct duty *duty, const struct job *job);

// Lets the job run for `permille` of each period; 1000 ends the cycle.
void duty_set(struct duty *duty, unsigned permille, unsigned period_ms);

// To be called when the timer is readable.
void duty_turn(struct duty *duty);

// Stops the job, or lets it go on for its share of each period.
void duty_pause(struct duty *duty, bool paused);

// Lets stopped processes go on, for good where they were paused, so that they can act on a signal.
void duty_release(struct duty *duty);

#endif
