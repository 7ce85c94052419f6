// What is told to pacer-lp. Clp is not asked: what it would be given is read through instead.
#include <coin/Clp_C_Interface.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t *input;
static size_t left;
static jmp_buf refused;
static FILE *nowhere;

static int next_character(void)
{
    if (left == 0)
        return EOF;
    left--;
    return *input++;
}

static int give_back(int character, FILE *file)
{
    (void)file;
    left++;
    input--;
    return character;
}

#define getchar_unlocked next_character
#define ungetc give_back
#define exit(code) longjmp(refused, code)
#undef stderr
#undef stdout
#define stderr nowhere
#define stdout nowhere
#define printf(...) fprintf(nowhere, __VA_ARGS__)
#define puts(text) fputs(text, nowhere)
#define main program_main
#include "../../../../Sources/pacer-lp/reader.c"
#undef limit
#include "../../../../Sources/pacer-lp/program.c"

// What is refused ends the program; here its memory is given back instead.
static struct program *unfinished;
#define program_new() (unfinished = program_new())
#define program_free(program) (program_free(program), unfinished = NULL)
#include "../../../../Sources/pacer-lp/main.c"
#undef program_new
#undef program_free
#undef main
#undef exit

// A model of nothing but its size.
static int model_rows, model_columns;
static double *uppers;
static double *results;
static volatile double sink;

static void resize(int rows, int columns)
{
    model_rows = rows;
    model_columns = columns;
    free(uppers);
    free(results);
    uppers = calloc((size_t)columns + 1, sizeof *uppers);
    results = calloc((size_t)columns + (size_t)rows + 1, sizeof *results);
}

Clp_Simplex *Clp_newModel(void)
{
    resize(0, 0);
    return (Clp_Simplex *)&model_rows;
}

void Clp_deleteModel(Clp_Simplex *model) { (void)model; }
void Clp_setLogLevel(Clp_Simplex *model, int level) { (void)model, (void)level; }
void Clp_resize(Clp_Simplex *model, int rows, int columns) { (void)model; resize(rows, columns); }
int Clp_initialSolve(Clp_Simplex *model) { (void)model; return 0; }
int Clp_primal(Clp_Simplex *model, int pass) { (void)model, (void)pass; return 0; }
int Clp_status(Clp_Simplex *model) { (void)model; return model_rows % 4; }
double Clp_getObjValue(Clp_Simplex *model) { (void)model; return 1; }
const double *Clp_getRowPrice(Clp_Simplex *model) { (void)model; return results; }
const double *Clp_getColSolution(Clp_Simplex *model) { (void)model; return results; }
double *Clp_columnUpper(Clp_Simplex *model) { (void)model; return uppers; }

void Clp_addRows(Clp_Simplex *model, int count, const double *lower, const double *upper,
                 const CoinBigIndex *starts, const int *columns, const double *elements)
{
    (void)model, (void)starts, (void)columns, (void)elements;
    for (int row = 0; row < count; row++)
        sink = lower[row] + upper[row];
    resize(model_rows + count, model_columns);
}

void Clp_addColumns(Clp_Simplex *model, int count, const double *lower, const double *upper,
                    const double *cost, const CoinBigIndex *starts, const int *rows, const double *elements)
{
    (void)model;
    for (int column = 0; column < count; column++) {
        sink = lower[column] + upper[column] + cost[column];
        for (CoinBigIndex entry = starts[column]; entry < starts[column + 1]; entry++) {
            if (rows[entry] < 0 || rows[entry] >= model_rows)
                abort();
            sink = elements[entry];
        }
    }
    resize(model_rows, model_columns + count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!nowhere && !(nowhere = fopen("/dev/null", "we")))
        abort();
    input = bytes;
    left = size;
    line = 1;
    if (setjmp(refused) == 0)
        program_main(1, NULL);
    if (unfinished)
        program_free(unfinished);
    unfinished = NULL;
    return 0;
}
