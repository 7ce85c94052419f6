// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "protocol.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 6

static const volatile sig_atomic_t *stop_requested;
static const sigset_t *signals_while_waiting;

// Output. Collected per request, so that a reply is normally one write.
static struct {
    char bytes[2 * CPUS_TEXT_MAX];
    size_t length;
    bool broken;
} output;

// True when `file` is ready or at its end; false when a signal or an error ends the conversation.
static bool wait_for(int file, short event)
{
    while (!*stop_requested) {
        struct pollfd poll = {.fd = file, .events = event};
        if (ppoll(&poll, 1, NULL, signals_while_waiting) == 1)
            return !(poll.revents & POLLNVAL);
        if (errno != EINTR)
            return false;
    }
    return false;
}

static void flush_output(void)
{
    size_t done = 0;
    while (done < output.length && !output.broken) {
        // A page never blocks after POLLOUT, on a pipe or a socket: a signal can always end the wait
        // for a daemon that does not read.
        size_t part = output.length - done < 4096 ? output.length - done : 4096;
        ssize_t written = -1;
        if (wait_for(STDOUT_FILENO, POLLOUT))
            written = write(STDOUT_FILENO, output.bytes + done, part);
        if (written > 0)
            done += (size_t)written;
        else
            output.broken = true;
    }
    output.length = 0;
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
    va_list arguments;
    if (sizeof output.bytes - output.length < CPUS_TEXT_MAX + 64)
        flush_output();
    va_start(arguments, format);
    char *end = output.bytes + output.length;
    int length = vsnprintf(end, sizeof output.bytes - output.length, format, arguments);
    va_end(arguments);
    output.length += (size_t)length; // fits: no piece is longer than a CPU list
}

static void print_error(const char *code, const char *sentence)
{
    print("error %s %s\n", code, sentence);
}

// Parsing of one word.
static bool parse_khz(const char *word, unsigned long *khz)
{
    char *end;
    if (word[0] < '0' || word[0] > '9')
        return false;
    errno = 0;
    *khz = strtoul(word, &end, 10);
    return *end == '\0' && errno == 0 && *khz > 0;
}

static bool is_reason(const char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    return length > 0 && length < REASON_MAX && word[length] == '\0';
}

// Requests. `words[0]` is the verb; the number of words has been checked.
static void answer_hello(struct holdings *all, char **words)
{
    (void)all, (void)words;
    print("ok pacer-keeper %d\n", PROTOCOL_VERSION);
}

static void answer_domains(struct holdings *all, char **words)
{
    (void)all, (void)words;
    struct cpus policies = policies_present();
    unsigned count = 0;
    CPUS_EACH(policy, &policies)
        count += policy_describe(policy, print);
    print("ok %u\n", count);
}

static void print_policy(unsigned policy)
{
    static char text[CPUS_TEXT_MAX];
    struct cpus online, related;
    struct limits now;
    char governor[GOVERNOR_MAX];
    unsigned long khz = frequency_now(policy);
    if (!policy_cpus(policy, &online, &related) || !limits_read(policy, &now, governor))
        return;
    print("policy cpus=%s min=%lu max=%lu", cpus_format(&online, text), now.min_khz, now.max_khz);
    print(khz ? " cur=%lu" : " cur=-", khz);
    print(" governor=%s\n", governor);
}

static void answer_read(struct holdings *all, char **words)
{
    (void)all;
    struct cpus cpus, policies;
    struct fault fault;
    if (!cpus_parse(words[1], &cpus)) {
        print_error("badRequest", "expected: read <cpus>");
    } else if (!policies_covering(&cpus, &policies, &fault)) {
        print_error(fault.code, fault.sentence);
    } else {
        CPUS_EACH(policy, &policies)
            print_policy(policy);
        print("ok %u\n", cpus_count(&policies));
    }
}

static void set(struct holdings *all, const char *cpu_list, struct limits wanted, const char *reason)
{
    struct cpus cpus, policies;
    struct limits now;
    struct fault fault;
    cpus_parse(cpu_list, &cpus); // checked by the callers
    if (!policies_covering(&cpus, &policies, &fault)
        || !holdings_set(all, &policies, wanted, reason, &fault)) {
        print_error(fault.code, fault.sentence);
        return;
    }
    unsigned first = cpus_next(&policies, 0);
    unsigned long khz = frequency_now(first);
    if (!limits_read(first, &now, NULL))
        now = wanted; // went away after it was verified
    print("ok min=%lu max=%lu", now.min_khz, now.max_khz);
    print(khz ? " cur=%lu\n" : " cur=-\n", khz);
}

static void answer_clamp(struct holdings *all, char **words)
{
    struct cpus cpus;
    unsigned long khz;
    if (!cpus_parse(words[1], &cpus) || !parse_khz(words[2], &khz) || !is_reason(words[3]))
        print_error("badRequest", "expected: clamp <cpus> <kHz> <reason>");
    else
        set(all, words[1], (struct limits){khz, khz}, words[3]);
}

static void answer_range(struct holdings *all, char **words)
{
    struct cpus cpus;
    struct limits wanted;
    if (!cpus_parse(words[1], &cpus) || !parse_khz(words[2], &wanted.min_khz)
        || !parse_khz(words[3], &wanted.max_khz) || !is_reason(words[4]) || wanted.min_khz > wanted.max_khz)
        print_error("badRequest", "expected: range <cpus> <minimum kHz> <maximum kHz> <reason>");
    else
        set(all, words[1], wanted, words[4]);
}

static void release(struct holdings *all, const struct cpus *policies)
{
    struct fault fault;
    unsigned restored;
    if (holdings_release(all, policies, &restored, &fault))
        print("ok %u\n", restored);
    else
        print_error(fault.code, fault.sentence);
}

static void answer_release(struct holdings *all, char **words)
{
    struct cpus cpus, policies = {0};
    if (!cpus_parse(words[1], &cpus) || !is_reason(words[2])) {
        print_error("badRequest", "expected: release <cpus> <reason>");
        return;
    }
    CPUS_EACH(policy, &all->policies) // by what we hold: an offline CPU must not make us forget
        if (cpus_overlap(&all->of[policy].related, &cpus))
            cpus_add(&policies, policy);
    release(all, &policies);
}

static void answer_restore(struct holdings *all, char **words)
{
    (void)words;
    struct cpus policies = all->policies;
    release(all, &policies);
}

static void print_knob(unsigned policy, const char *name, unsigned long now, unsigned long original,
                       unsigned long wanted, const struct holding *holding)
{
    print("knob path=" POLICY_DIRECTORY "/%s", policy, name);
    print(now ? " now=%lu" : " now=-", now);
    if (!holding)
        print(" original=- wanted=- owner=system reason=- since=-\n");
    else
        print(" original=%lu wanted=%lu owner=%s reason=%s since=%lld\n", original, wanted,
              now == wanted ? "pacer" : "other", holding->reason, holding->since_unix_seconds);
}

static void answer_knobs(struct holdings *all, char **words)
{
    (void)words;
    struct cpus policies = policies_present();
    unsigned count = 0;
    CPUS_EACH(policy, &all->policies)
        cpus_add(&policies, policy); // also those that are out of sight now
    CPUS_EACH(policy, &policies) {
        const struct holding *holding = cpus_has(&all->policies, policy) ? &all->of[policy] : NULL;
        struct limits now = {0, 0}, none = {0, 0};
        unsigned cpu = holding ? holding_cpu(all, policy) : policy;
        if ((cpu == CPUS_MAX || !limits_read(cpu, &now, NULL)) && !holding)
            continue;
        struct limits original = holding ? holding->original : none;
        struct limits wanted = holding ? holding->wanted : none;
        print_knob(policy, "scaling_min_freq", now.min_khz, original.min_khz, wanted.min_khz, holding);
        print_knob(policy, "scaling_max_freq", now.max_khz, original.max_khz, wanted.max_khz, holding);
        count += KNOBS_PER_POLICY;
    }
    print("ok %u\n", count);
}

static const struct {
    const char *verb;
    int words;
    void (*answer)(struct holdings *all, char **words);
} requests[] = {
    {"hello", 1, answer_hello},     {"domains", 1, answer_domains}, {"clamp", 4, answer_clamp},
    {"range", 5, answer_range},     {"release", 3, answer_release}, {"read", 2, answer_read},
    {"knobs", 1, answer_knobs},     {"restore", 1, answer_restore},
};

static void answer(struct holdings *all, char *line)
{
    char *words[WORDS_MAX] = {NULL}, *rest = line;
    int count = 0;
    while (count < WORDS_MAX && (words[count] = strtok_r(rest, " ", &rest)))
        count++;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        if (count == 0 || strcmp(words[0], requests[i].verb) != 0)
            continue;
        if (count == requests[i].words)
            requests[i].answer(all, words);
        else
            print_error("badRequest", "wrong number of words for this request");
        return;
    }
    print_error("badRequest", "unknown request");
}

void protocol_serve(struct holdings *all, const volatile sig_atomic_t *stop, const sigset_t *waiting_mask)
{
    char line[REQUEST_MAX + 1], chunk[REQUEST_MAX];
    size_t length = 0; // of the line so far; beyond REQUEST_MAX the bytes are counted, not kept
    bool has_nul = false;
    stop_requested = stop;
    signals_while_waiting = waiting_mask;
    while (wait_for(STDIN_FILENO, POLLIN)) {
        ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return; // an unfinished line is not a request
        for (ssize_t i = 0; i < got; i++) {
            if (chunk[i] != '\n') {
                has_nul = has_nul || chunk[i] == '\0';
                if (length < REQUEST_MAX)
                    line[length] = chunk[i];
                length += length <= REQUEST_MAX;
                continue;
            }
            line[length < REQUEST_MAX ? length : REQUEST_MAX] = '\0';
            if (length > REQUEST_MAX)
                print_error("badRequest", "a request line has at most 4096 bytes");
            else if (has_nul)
                print_error("badRequest", "a request line is text, without NUL bytes");
            else
                answer(all, line);
            length = 0;
            has_nul = false;
            flush_output();
            if (output.broken || *stop)
                return;
        }
    }
}
