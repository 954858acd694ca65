/* Runs the cases that are linked to it, on a board or on this machine. Case I reads its samples, one after another,
 * from the file I.in and writes their outputs to I.out, both in the current folder. It prints
 *
 *     open I STATUS ARENA_BYTES
 *     run I SAMPLE STATUS HIGH_WATER STACK     for each sample
 *     end
 *
 * HIGH_WATER is the number of bytes from the arena's start to the last one that was written. The first sample is run
 * twice, on an arena that was filled with another value, and its output written again after the others: what is left
 * of an earlier run must not matter, and a byte that is written is seen at least once, whatever its value. */
#include "cases.h"
#include "port.h"
#include "runner.h"
#include "sepal.h"

#define FIRST_PAINT 0xA5u
#define LAST_PAINT 0x5Au
#define READ 1
#define WRITE 5
#define FILE_FAILED 2
#define GUARD_FAILED 3

PORT_ARENA(CASE_ARENA_BYTES)

static sepal_model model;

static void file_name(char *to, uint32_t index, const char *extension)
{
    uint32_t digit = 1;
    while (index / digit >= 10u) digit *= 10u;
    for (; digit > 0u; digit /= 10u) *to++ = (char)('0' + index / digit % 10u);
    while ((*to++ = *extension++) != 0) { }
}

static int open_file(uint32_t index, int mode)
{
    char name[16];
    file_name(name, index, mode == READ ? ".in" : ".out");
    int file = sh_open(name, mode);
    if (file < 0) {
        sh_puts("cannot open a file\n");
    }
    return file;
}

static void say(const char *word, uint32_t value)
{
    sh_puts(word);
    sh_putu(value);
}

static void paint(uint8_t *arena, uint32_t bytes, uint8_t value)
{
    uint8_t *from = arena - PORT_GUARD_BYTES;
    for (uint32_t i = 0; i < bytes + 2u * PORT_GUARD_BYTES; i++) from[i] = value;
}

/* Bytes to the last one that differs, the guard behind the arena included. */
static uint32_t high_water(const uint8_t *arena, uint32_t bytes, uint8_t value)
{
    uint32_t high = bytes + PORT_GUARD_BYTES;
    while (high > 0u && arena[high - 1u] == value) high--;
    return high;
}

static int front_is_whole(const uint8_t *arena, uint8_t value)
{
    for (uint32_t i = 1; i <= PORT_GUARD_BYTES; i++) {
        if (arena[-(int32_t)i] != value) {
            return 0;
        }
    }
    return 1;
}

static int read_inputs(const device_case *task, uint8_t *arena, int file)
{
    for (int i = 0; i < task->inputs; i++) {
        if (sh_read(file, sepal_input(&model, arena, i), task->sizes[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

static int write_outputs(const device_case *task, uint8_t *arena, int file)
{
    for (int i = 0; i < task->outputs; i++) {
        if (sh_write(file, sepal_output(&model, arena, i), task->sizes[task->inputs + i]) != 0) {
            return 0;
        }
    }
    return 1;
}

/* Runs one sample and says how it went; the last run of a case is the first sample's second one. */
static int run_sample(const device_case *task, uint8_t *arena, uint32_t sample, const int *files)
{
    uint8_t value = sample == task->samples ? LAST_PAINT : FIRST_PAINT;
    paint(arena, task->arena_bytes, value);
    if (!read_inputs(task, arena, files[0])) {
        return FILE_FAILED;
    }
    stack_repaint();
    MC_BEGIN();
    int status = sepal_run(&model, arena, task->arena_bytes);
    MC_END();
    uint32_t stack = stack_used_since();
    sh_puts(" ");
    sh_puti(status);
    say(" ", high_water(arena, task->arena_bytes, value));
    say(" ", stack);
    sh_puts("\n");
    if (!front_is_whole(arena, value)) {
        sh_puts("the bytes before the arena were written\n");
        return GUARD_FAILED;
    }
    return write_outputs(task, arena, files[1]) ? 0 : FILE_FAILED;
}

static int run_samples(const device_case *task, uint32_t index, uint8_t *arena)
{
    int files[2] = { open_file(index, READ), open_file(index, WRITE) };
    int failed = files[0] < 0 || files[1] < 0 ? FILE_FAILED : 0;
    for (uint32_t sample = 0; !failed && sample <= task->samples; sample++) {
        if (sample == task->samples) {
            sh_close(files[0]);
            files[0] = open_file(index, READ);
            failed = files[0] < 0 ? FILE_FAILED : 0;
        }
        say("run ", index);
        say(" ", sample);
        failed = failed ? failed : run_sample(task, arena, sample, files);
    }
    if (files[0] >= 0) sh_close(files[0]);
    if (files[1] >= 0) sh_close(files[1]);
    return failed;
}

static int run_case(uint32_t index)
{
    const device_case *task = &device_cases[index];
    const void *bytes = port_model(task->model, task->bytes);
    int status = sepal_open(&model, bytes, task->bytes);
    say("open ", index);
    sh_puts(" ");
    sh_puti(status);
    say(" ", status == 0 ? sepal_arena_bytes(&model) : 0);
    sh_puts("\n");
    int failed = 0;
    if (status == 0) {
        uint8_t *arena = port_arena(task->arena_bytes);
        failed = run_samples(task, index, arena);
        port_arena_free(arena);
    }
    port_model_free(bytes);
    return failed;
}

int main(void)
{
    for (uint32_t index = 0; index < CASE_COUNT; index++) {
        int failed = run_case(index);
        if (failed) {
            return failed;
        }
    }
    sh_puts("end\n");
    return 0;
}
