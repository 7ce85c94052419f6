// pacer-lp: solves linear programs that are told to it on standard input.
//
// It stands between Pacer and Clp, so that neither the licence nor the memory of the one touches the other.
// The protocol is in docs/lp-protocol.md. Wrong input ends it with one sentence and exit code 65.
#include "program.h"
#include "reader.h"

#include <stdio.h>
#include <string.h>

static void answer(struct program *program)
{
    switch (program_solve(program)) {
    case PROGRAM_OPTIMAL:
        printf("optimal %.17g\n", program_objective(program));
        for (int row = 0; row < program_rows(program); row++)
            printf("%.17g\n", program_dual(program, row));
        break;
    case PROGRAM_INFEASIBLE:
        puts("infeasible");
        break;
    case PROGRAM_UNBOUNDED:
        puts("unbounded");
        break;
    case PROGRAM_STOPPED:
        puts("stopped");
        break;
    }
    fflush(stdout);
}

static void read_rows(struct program *program)
{
    long count = read_count("the number of rows", 1, 10000000);
    if (program_rows(program) > 0) refuse("the rows are given once");
    for (long row = 0; row < count; row++) {
        double lower = read_number("the lower limit of a row");
        double upper = read_number("the upper limit of a row");
        if (lower > upper) refuse("the lower limit of a row is above its upper limit");
        program_add_row(program, lower, upper);
    }
    program_rows_done(program);
}

static void read_columns(struct program *program)
{
    long count = read_count("the number of columns", 0, 10000000);
    if (program_rows(program) == 0) refuse("columns come after the rows");
    for (long column = 0; column < count; column++) {
        double cost = read_finite("the cost of a column");
        double upper = read_number("the upper limit of a column");
        if (upper < 0) refuse("the upper limit of a column is negative");
        program_begin_column(program, cost, upper);
        long entries = read_count("the number of entries of a column", 0, program_rows(program));
        long last = -1;
        for (long entry = 0; entry < entries; entry++) {
            long row = read_count("the row of an entry", 0, program_rows(program) - 1);
            if (row <= last) refuse("the rows of a column do not ascend");
            last = row;
            program_add_entry(program, (int)row, read_finite("the value of an entry"));
        }
    }
    program_columns_done(program);
}

static void read_limits(struct program *program)
{
    long count = read_count("the number of limits", 0, 10000000);
    for (long limit = 0; limit < count; limit++) {
        long column = read_count("the column of a limit", 0, program_columns(program) - 1);
        double upper = read_number("the upper limit of a column");
        if (upper < 0) refuse("the upper limit of a column is negative");
        program_set_limit(program, (int)column, upper);
    }
}

static void write_values(struct program *program)
{
    int count = program_columns(program);
    printf("values %d\n", count);
    for (int column = 0; column < count; column++) printf("%.17g\n", program_value(program, column));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs("pacer-lp takes no arguments: it is told a linear program on standard input\n", stderr);
        return 64;
    }
    struct program *program = program_new();
    char word[WORD_LIMIT];
    while (read_word(word)) {
        if (strcmp(word, "rows") == 0) {
            read_rows(program);
        } else if (strcmp(word, "columns") == 0) {
            read_columns(program);
        } else if (strcmp(word, "limits") == 0) {
            read_limits(program);
        } else if (strcmp(word, "solve") == 0) {
            if (program_rows(program) == 0) refuse("there is nothing to solve before the rows");
            answer(program);
        } else if (strcmp(word, "values") == 0) {
            write_values(program);
        } else {
            refuse("expected 'rows', 'columns', 'limits', 'solve' or 'values'");
        }
        if (ferror(stdout)) return 74;
    }
    program_free(program);
    return 0;
}
