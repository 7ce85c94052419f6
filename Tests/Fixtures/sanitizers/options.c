// Linked into the programs in C where they are built with sanitizers: tests start them with an environment of their own.
// What lives as long as the process is not freed, so leaks are not looked for.
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
