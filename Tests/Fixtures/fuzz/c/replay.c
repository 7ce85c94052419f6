// Gives the files that are its arguments to an entry point, one after the other, without libFuzzer.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int main(int count, char **names)
{
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(names[i], "rb");
        uint8_t *bytes = malloc(1 << 20);
        if (!file || !bytes)
            return 66;
        size_t size = fread(bytes, 1, 1 << 20, file);
        fclose(file);
        // Of exactly its size, so that a look beyond it can be noticed.
        uint8_t *exact = malloc(size ? size : 1);
        for (size_t at = 0; at < size; at++)
            exact[at] = bytes[at];
        free(bytes);
        fprintf(stderr, "%s\n", names[i]);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    return 0;
}
