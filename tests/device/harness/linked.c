/* The least program that uses the runtime, and with WITHOUT_RUNTIME the same one without it: the difference of their
 * sizes is what the runtime costs, the compiler's own functions for division and floating point included. */
#include "semihost.h"
#include "sepal.h"

static uint32_t memory[2];

int main(void)
{
#if defined(WITHOUT_RUNTIME)
    return (int)memory[1];
#else
    static sepal_model model;
    int status = sepal_open(&model, memory, sizeof memory);
    return status ? status : sepal_run(&model, memory, sizeof memory);
#endif
}
