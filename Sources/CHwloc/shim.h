// hwloc (BSD licence): the machine's cores, packages and NUMA nodes.
#ifndef PACER_CHWLOC_SHIM_H
#define PACER_CHWLOC_SHIM_H

#include <hwloc.h>

#endif
