#include "program.h"

#include <coin/Clp_C_Interface.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// Numbers in a row that grows.
struct numbers {
    double *values;
    size_t count, room;
};

struct indices {
    int *values;
    size_t count, room;
};

struct program {
    Clp_Simplex *model;
    struct numbers lower, upper; // of rows
    struct numbers costs, limits, elements; // of columns that are not in the model yet
    struct indices starts, element_rows;
    int rows, columns, was_solved;
};

static void *grown(void *memory, size_t *room, size_t size)
{
    *room = *room == 0 ? 64 : *room * 2;
    void *larger = realloc(memory, *room * size);
    if (larger == NULL) {
        fputs("pacer-lp: there is not enough memory for the linear program\n", stderr);
        exit(71);
    }
    return larger;
}

static void append(struct numbers *numbers, double value)
{
    if (numbers->count == numbers->room)
        numbers->values = grown(numbers->values, &numbers->room, sizeof *numbers->values);
    numbers->values[numbers->count++] = value;
}

static void append_index(struct indices *indices, int value)
{
    if (indices->count == indices->room)
        indices->values = grown(indices->values, &indices->room, sizeof *indices->values);
    indices->values[indices->count++] = value;
}

// What Clp takes for infinite.
static double limit(double value)
{
    return isinf(value) ? (value > 0 ? DBL_MAX : -DBL_MAX) : value;
}

struct program *program_new(void)
{
    struct program *program = calloc(1, sizeof *program);
    if (program != NULL) program->model = Clp_newModel();
    if (program == NULL || program->model == NULL) {
        fputs("pacer-lp: there is not enough memory for a linear program\n", stderr);
        exit(71);
    }
    Clp_setLogLevel(program->model, 0);
    return program;
}

void program_free(struct program *program)
{
    Clp_deleteModel(program->model);
    free(program->lower.values);
    free(program->upper.values);
    free(program->costs.values);
    free(program->limits.values);
    free(program->elements.values);
    free(program->starts.values);
    free(program->element_rows.values);
    free(program);
}

void program_add_row(struct program *program, double lower, double upper)
{
    append(&program->lower, limit(lower));
    append(&program->upper, limit(upper));
    program->rows++;
}

void program_rows_done(struct program *program)
{
    Clp_resize(program->model, 0, 0);
    Clp_addRows(program->model, program->rows, program->lower.values, program->upper.values, NULL,
        NULL, NULL);
}

int program_rows(const struct program *program)
{
    return program->rows;
}

void program_begin_column(struct program *program, double cost, double upper)
{
    append(&program->costs, cost);
    append(&program->limits, limit(upper));
    append_index(&program->starts, (int)program->elements.count);
}

void program_add_entry(struct program *program, int row, double value)
{
    append(&program->elements, value);
    append_index(&program->element_rows, row);
}

void program_columns_done(struct program *program)
{
    int count = (int)program->costs.count;
    if (count == 0) return;
    append_index(&program->starts, (int)program->elements.count);
    double *zeros = calloc((size_t)count, sizeof *zeros);
    if (zeros == NULL) {
        fputs("pacer-lp: there is not enough memory for the columns\n", stderr);
        exit(71);
    }
    Clp_addColumns(
        program->model, count, zeros, program->limits.values, program->costs.values, program->starts.values,
        program->element_rows.values, program->elements.values);
    free(zeros);
    program->columns += count;
    program->costs.count = program->limits.count = program->elements.count = 0;
    program->starts.count = program->element_rows.count = 0;
}

void program_set_limit(struct program *program, int column, double upper)
{
    Clp_columnUpper(program->model)[column] = limit(upper);
}

int program_columns(const struct program *program)
{
    return program->columns;
}

enum program_answer program_solve(struct program *program)
{
    if (!program->was_solved) {
        Clp_initialSolve(program->model);
        program->was_solved = 1;
    } else {
        Clp_primal(program->model, 0);
    }
    switch (Clp_status(program->model)) {
    case 0: return PROGRAM_OPTIMAL;
    case 1: return PROGRAM_INFEASIBLE;
    case 2: return PROGRAM_UNBOUNDED;
    default: return PROGRAM_STOPPED;
    }
}

double program_objective(const struct program *program)
{
    return Clp_getObjValue(program->model);
}

double program_dual(const struct program *program, int row)
{
    return Clp_getRowPrice(program->model)[row];
}

double program_value(const struct program *program, int column)
{
    return Clp_getColSolution(program->model)[column];
}
