// Words and numbers of standard input. What is not what was expected ends the program.
#ifndef PACER_LP_READER_H
#define PACER_LP_READER_H

enum { WORD_LIMIT = 64 };

// Ends the program with exit code 65 and a sentence that says what is wrong, and where.
_Noreturn void refuse(const char *sentence);

// The next word; 0 at the end of the input.
int read_word(char word[WORD_LIMIT]);

// A whole number from `least` to `most`.
long read_count(const char *what, long least, long most);

// A number; `inf` and `-inf` are numbers.
double read_number(const char *what);

// A number that is not infinite.
double read_finite(const char *what);

#endif
