/* Runs the model of model.h on the sample of selftest.h, and returns 0 when the result is the expected
 * one, byte for byte. Builds as it is:
 *
 *     cc -O2 -Isrc main.c -o selftest && ./selftest
 *     arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -O2 -ffunction-sections -fdata-sections -Isrc -c main.c
 */
#define SEPAL_IMPLEMENTATION
#include "model.h"
#include "sepal.h"

#include "selftest.h"

#if __STDC_HOSTED__ && !defined(__arm__)
#include <stdio.h>
#define SAY(...) printf(__VA_ARGS__)
#else
#define SAY(...) ((void)0)
#endif

/* In RAM; aligned to 4 bytes by its type. */
static uint32_t arena[MODEL_ARENA_BYTES / 4u];

int main(void)
{
    sepal_model model;
    uint8_t *input;
    const uint8_t *output;
    uint32_t i;
    int wrong = 0;
    int status = sepal_open(&model, model_data, MODEL_BYTES);
    if (status != SEPAL_OK) {
        SAY("sepal_open gives %d: see enum sepal_status in sepal.h\n", status);
        return status;
    }
    input = (uint8_t *)sepal_input(&model, arena, 0);
    for (i = 0; i < MODEL_INPUT_BYTES; i++) input[i] = selftest_input[i];
    status = sepal_run(&model, arena, (uint32_t)sizeof arena);
    if (status != SEPAL_OK) {
        SAY("sepal_run gives %d: see enum sepal_status in sepal.h\n", status);
        return status;
    }
    output = (const uint8_t *)sepal_output(&model, arena, 0);
    for (i = 0; i < MODEL_OUTPUT_BYTES; i++) {
        if (output[i] != selftest_output[i]) wrong++;
    }
    SAY("%u bytes of model, %u bytes of arena\n", (unsigned)MODEL_BYTES, (unsigned)MODEL_ARENA_BYTES);
    SAY(wrong == 0 ? "The self-test is right.\n" : "The self-test is WRONG in %d bytes.\n", wrong);
    return wrong == 0 ? 0 : 100;
}
