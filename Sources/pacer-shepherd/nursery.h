// Shepherds without a job, one of which is forked for each: docs/shepherd-protocol.md.
#ifndef PACER_SHEPHERD_NURSERY_H
#define PACER_SHEPHERD_NURSERY_H

#include <stdbool.h>

// Forks a shepherd for each job that the daemon names, until the daemon is gone. Returns false then, and true
// in each shepherd, with the descriptors of its job in their places. `arguments` are those of main: in a
// shepherd they name its job.
bool nursery_serve(char **arguments);

#endif
