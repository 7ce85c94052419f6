// The job: its description, its launch, its processes and its end.
#ifndef PACER_SHEPHERD_JOB_H
#define PACER_SHEPHERD_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// Descriptors that the daemon hands over; cgroups follow when the description says so.
enum { DESCRIPTION_FD = 3, CONTROL_FD, FOLDER_FD, FIRST_CGROUP_FD };

// Steps of our own, beside those of pacer_launch.
enum { STAGE_SETUP = 100, STAGE_DESCRIPTION, STAGE_FILES };

#define CPU_MASK_WORDS 64 // 4096 CPUs
#define CGROUP_FILES_MAX 4
#define LINE_MAX_BYTES 320

struct job {
    pid_t pid;
    int cgroup;         // directory of its version 2 cgroup, or -1
    bool program_ended;
    int wait_status;    // of the program, once it has ended
};

// Starts the job that DESCRIPTION_FD describes. Returns 0, or an errno value with the number and the name of
// the step that failed.
int job_start(struct job *job, int *stage, const char **step);

// Reaps what has ended. True when the program and every descendant have ended.
bool job_reap(struct job *job);

// Sends a signal to every process of the job; SIGKILL and SIGSTOP also to those that appear meanwhile.
void job_signal(int signal);

// How the job ended, as one line without its end: `exited 3 cpu_us=...`. Call it once, at the end.
void job_describe_end(const struct job *job, char line[LINE_MAX_BYTES]);

// Writes the line to the file `status` so that whoever reads it finds either no file or a complete one, after
// a crash of the machine too when it is to be durable. Returns 0 or an errno value.
int job_save_end(const char *line, bool durable);

// True while the folder of the job exists.
bool job_folder_exists(void);

#endif
