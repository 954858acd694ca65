/* The C runtime on this machine: runs one artifact after another as they come over the standard input, in memory of
 * exactly their size, so that a sanitizer sees what leaves it. Questions and answers have the form that
 * crate/core/examples/random_cases.rs describes; a question's blobs are an artifact and the bytes of all inputs of
 * its samples, an answer's one blob is the bytes of their outputs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define SEPAL_IMPLEMENTATION
#include "sepal.h"

static uint8_t *take(size_t bytes)
{
    uint8_t *memory = malloc(bytes == 0u ? 1u : bytes);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static int read_all(void *to, size_t bytes)
{
    return fread(to, 1, bytes, stdin) == bytes;
}

/* The number behind a word of the line. */
static unsigned long number(const char *line, const char *word, int which)
{
    const char *at = strstr(line, word);
    char *end = NULL;
    unsigned long found = 0;
    if (at == NULL) {
        exit(3);
    }
    at += strlen(word);
    for (int i = 0; i <= which; i++) {
        at += strspn(at, "\": [,");
        found = strtoul(at, &end, 10);
        at = end;
    }
    return found;
}

static uint32_t bytes_of(const sepal_tensor *info)
{
    return (uint32_t)info->c * info->h * info->w * (info->is_float ? 4u : 1u);
}

/* Runs all samples; the bytes of their outputs. */
static int run(const sepal_model *model, const uint8_t *input, unsigned long samples, uint8_t **output, size_t *length)
{
    sepal_tensor info;
    uint32_t arena_bytes = sepal_arena_bytes(model);
    uint8_t *arena = take(arena_bytes);
    int status = 0;
    *output = NULL;
    *length = 0;
    for (unsigned long sample = 0; sample < samples && status == 0; sample++) {
        memset(arena, 0xA5, arena_bytes);
        for (int i = 0; sepal_input_info(model, i, &info); i++) {
            memcpy(sepal_input(model, arena, i), input, bytes_of(&info));
            input += bytes_of(&info);
        }
        status = sepal_run(model, arena, arena_bytes);
        if (status == 0 && sepal_output_info(model, 0, &info)) {
            *output = realloc(*output, *length + bytes_of(&info));
            if (*output == NULL) {
                abort();
            }
            memcpy(*output + *length, sepal_output(model, arena, 0), bytes_of(&info));
            *length += bytes_of(&info);
        }
    }
    free(arena);
    return status;
}

static void answer(int status, const uint8_t *output, size_t length)
{
    char line[96];
    int written = snprintf(line, sizeof line, "{\"status\": %d, \"blobs\": [%lu]}", status, (unsigned long)length);
    uint32_t bytes = (uint32_t)written;
    fwrite(&bytes, sizeof bytes, 1, stdout);
    fwrite(line, 1, bytes, stdout);
    fwrite(output, 1, length, stdout);
    fflush(stdout);
}

int main(void)
{
    uint32_t bytes;
    while (read_all(&bytes, sizeof bytes)) {
        char *line = (char *)take(bytes + 1u);
        if (!read_all(line, bytes)) {
            return 2;
        }
        line[bytes] = 0;
        unsigned long samples = number(line, "\"samples\"", 0);
        size_t sizes[2] = { number(line, "\"blobs\"", 0), number(line, "\"blobs\"", 1) };
        uint8_t *artifact = take(sizes[0]), *input = take(sizes[1]), *output = NULL;
        size_t length = 0;
        sepal_model model;
        if (!read_all(artifact, sizes[0]) || !read_all(input, sizes[1])) {
            return 2;
        }
        int status = sepal_open(&model, artifact, (uint32_t)sizes[0]);
        if (status == 0) {
            status = run(&model, input, samples, &output, &length);
        }
        static const uint8_t nothing[1];
        answer(status, output == NULL ? nothing : output, length);
        free(line);
        free(artifact);
        free(input);
        free(output);
    }
    return 0;
}
