// The description of a job, as a shepherd reads it from a descriptor.
#define _GNU_SOURCE
#include "../../../../Sources/pacer-shepherd/job.c"

static volatile size_t sink;

static size_t length_of(const char *const *strings)
{
    size_t length = 0;
    for (; *strings; strings++)
        length += strlen(*strings);
    return length;
}

// The descriptor is taken before libFuzzer can keep a file of its own there.
__attribute__((constructor)) static void reserve(void)
{
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file != DESCRIPTION_FD && (dup2(file, DESCRIPTION_FD) < 0 || close(file) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int file = memfd_create("pacer-job", MFD_CLOEXEC);
    if (file < 0 || (size > 0 && write(file, bytes, size) != (ssize_t)size))
        abort();
    if (dup2(file, DESCRIPTION_FD) < 0 || close(file) != 0)
        abort();
    static struct description description;
    memset(&description, 0, sizeof description);
    description.text = MAP_FAILED;
    if (read_description(&description) == 0) {
        const char *const *environment = description.strings + description.argument_count + 1;
        const char *path = search_path_in(environment);
        sink = length_of(description.strings) + length_of(environment) + strlen(description.directory)
            + (path ? strlen(path) : 0);
        for (size_t i = 0; description.has_identity && i < description.identity.group_count; i++)
            sink += description.identity.groups[i];
        for (size_t i = 0; description.has_identity && i < description.identity.limit_count; i++)
            sink += description.identity.limits[i].soft + description.identity.limits[i].hard;
        if (description.cpu_words == 0 || description.cpu_words > CPU_MASK_WORDS)
            abort();
    }
    free(description.strings);
    if (description.text != MAP_FAILED)
        munmap(description.text, description.size);
    return 0;
}
