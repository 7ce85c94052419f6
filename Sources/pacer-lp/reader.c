#include "reader.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long line = 1;

_Noreturn void refuse(const char *sentence)
{
    fprintf(stderr, "pacer-lp: line %ld: %s\n", line, sentence);
    exit(65);
}

static _Noreturn void refuse_instead(const char *what, const char *found)
{
    char sentence[256];
    char shown[WORD_LIMIT];
    // Only what a terminal can show.
    size_t length = 0;
    for (; found[length] != '\0' && length + 1 < sizeof shown; length++)
        shown[length] = isprint((unsigned char)found[length]) ? found[length] : '?';
    shown[length] = '\0';
    snprintf(sentence, sizeof sentence, "expected %s, found '%s'", what, shown);
    refuse(sentence);
}

int read_word(char word[WORD_LIMIT])
{
    int character = getchar_unlocked();
    while (character == ' ' || character == '\n') {
        if (character == '\n') line++;
        character = getchar_unlocked();
    }
    if (character == EOF) return 0;
    size_t length = 0;
    while (character != EOF && character != ' ' && character != '\n') {
        if (character == '\0') refuse("the input is not text");
        if (length + 1 == WORD_LIMIT) refuse("a word is too long");
        word[length++] = (char)character;
        character = getchar_unlocked();
    }
    // The end of the line is counted when the next word is looked for.
    if (character == '\n') ungetc(character, stdin);
    word[length] = '\0';
    return 1;
}

static void read_expected(const char *what, char word[WORD_LIMIT])
{
    if (read_word(word)) return;
    char sentence[128];
    snprintf(sentence, sizeof sentence, "the input ends where %s was expected", what);
    refuse(sentence);
}

long read_count(const char *what, long least, long most)
{
    char word[WORD_LIMIT];
    read_expected(what, word);
    char *end;
    errno = 0;
    long value = strtol(word, &end, 10);
    if (errno != 0 || end == word || *end != '\0' || value < least || value > most)
        refuse_instead(what, word);
    return value;
}

double read_number(const char *what)
{
    char word[WORD_LIMIT];
    read_expected(what, word);
    char *end;
    double value = strtod(word, &end);
    if (end == word || *end != '\0' || isnan(value)) refuse_instead(what, word);
    return value;
}

double read_finite(const char *what)
{
    double value = read_number(what);
    if (isinf(value)) refuse("a number is infinite where it must not be");
    return value;
}
