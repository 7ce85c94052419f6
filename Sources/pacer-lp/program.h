// A linear program that grows by columns: rows once, then columns and solutions in turn.
#ifndef PACER_LP_PROGRAM_H
#define PACER_LP_PROGRAM_H

struct program;

enum program_answer { PROGRAM_OPTIMAL, PROGRAM_INFEASIBLE, PROGRAM_UNBOUNDED, PROGRAM_STOPPED };

// Never null: the program ends when there is no memory.
struct program *program_new(void);
void program_free(struct program *program);

// Rows are collected until they are done, then columns are.
void program_add_row(struct program *program, double lower, double upper);
void program_rows_done(struct program *program);
int program_rows(const struct program *program);

// A column is at least zero and at most `upper`. Its entries follow, ascending by row.
void program_begin_column(struct program *program, double cost, double upper);
void program_add_entry(struct program *program, int row, double value);
void program_columns_done(struct program *program);
void program_set_limit(struct program *program, int column, double upper);
int program_columns(const struct program *program);

// Minimises, starting from the last solution.
enum program_answer program_solve(struct program *program);

// Of the last solution.
double program_objective(const struct program *program);
double program_dual(const struct program *program, int row);
double program_value(const struct program *program, int column);

#endif
