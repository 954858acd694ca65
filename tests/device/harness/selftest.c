/* What the harness must see, chosen by the last character of the command line. */
#include "semihost.h"

static uint32_t ram[4] = { 1, 2, 3, 4 };
static const uint32_t flash[4] = { 5, 6, 7, 8 };

/* 3 instructions for each of the n rounds. */
static __attribute__((noinline)) void spin(uint32_t n)
{
    __asm__ volatile("1: sub %0, %0, #1\n\tcmp %0, #0\n\tbne 1b" : "+l"(n) :: "cc");
}

static __attribute__((noinline)) void use_stack(void)
{
    volatile uint8_t bytes[400];
    for (uint32_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
}

/* An address that the compiler knows nothing of. */
static volatile uint32_t *hidden(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (volatile uint32_t *)address;
}

static void count(void)
{
    MC_BEGIN();
    MC_END();
    MC_BEGIN();
    spin(1000);
    MC_END();
}

static void measure_stack(void)
{
    stack_repaint();
    use_stack();
    sh_putu(stack_used_since());
    sh_puts(" bytes\n");
}

static int copy_file(void)
{
    char bytes[5];
    int from = sh_open("from.bin", 1);
    int to = sh_open("to.bin", 5);
    int failed = from < 0 || to < 0 || sh_read(from, bytes, 5) || sh_write(to, bytes, 5);
    return failed | sh_close(from) | sh_close(to);
}

int main(void)
{
    char line[64];
    line[0] = 0;
    sh_cmdline(line, sizeof line);
    char *end = line;
    while (*end) end++;
    switch (end > line ? end[-1] : 0) {
    case 'c': count(); return 42;
    case 's': measure_stack(); return 0;
    case 'f': return copy_file();
    case 'u': MC_BEGIN(); (void)*hidden((uintptr_t)ram + 1); MC_END(); return 0;
    case 'w': MC_BEGIN(); *hidden((uintptr_t)flash) = 99; MC_END(); return 0;
    case 'x': return (int)*hidden(0x60000000u);
    case 'l': for (;;) { }
    default: return 1;
    }
}
