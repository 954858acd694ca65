/* Start-up code for the cores from ARMv6-M to ARMv7E-M: vectors, memory, FPU, stack painting, and faults that end
 * the program with 100 + the exception's number. Needs no vendor header and no libc. */
#include "semihost.h"

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
extern uint32_t __stack_limit[], __stack_top[];
int main(void);

void Reset_Handler(void);
static void fault(void);
void Fault_Handler(void) { fault(); }

typedef void (*vector)(void);
__attribute__((used, section(".vectors")))
static const vector vectors[16] = {
    (vector)(uintptr_t)__stack_top, Reset_Handler, Fault_Handler, Fault_Handler,
    Fault_Handler, Fault_Handler, Fault_Handler, Fault_Handler,
    Fault_Handler, Fault_Handler, Fault_Handler, Fault_Handler,
    Fault_Handler, Fault_Handler, Fault_Handler, Fault_Handler,
};

#define PAINT 0xA5A5A5A5u
static uint32_t *painted_from;

/* Paints from the stack's limit to just below this function's own frame; `mark` is where use is counted from. */
__attribute__((noinline)) void stack_paint(uint32_t *mark)
{
    uint32_t *sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    painted_from = mark;
    for (uint32_t *p = __stack_limit; p < sp - 4; p++) *(volatile uint32_t *)p = PAINT;
}

static uint32_t *low_water(void)
{
    uint32_t *p = __stack_limit;
    while (p < __stack_top && *(volatile uint32_t *)p == PAINT) p++;
    return p;
}

uint32_t stack_used(void) { return (uint32_t)((char *)__stack_top - (char *)low_water()); }

uint32_t stack_used_since(void)
{
    uint32_t *p = low_water();
    return p < painted_from ? (uint32_t)((char *)painted_from - (char *)p) : 0;
}

static void fault(void)
{
    uint32_t ipsr;
    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    sh_puts("FAULT exception=");
    sh_putu(ipsr & 0x1ff);
#if !defined(__ARM_ARCH_6M__)
    sh_puts(" CFSR=");
    sh_putx(*(volatile uint32_t *)0xE000ED28u);
    sh_puts(" BFAR=");
    sh_putx(*(volatile uint32_t *)0xE000ED38u);
#endif
    sh_puts("\n");
    sh_exit(100 + (int)(ipsr & 0x1f));
}

__attribute__((noreturn)) void Reset_Handler(void)
{
#if defined(__ARM_FP)
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: the FPU is on */
    __asm__ volatile("dsb\n\tisb");
#endif
    for (uint32_t *s = __data_load, *d = __data_start; d < __data_end;) *d++ = *s++;
    for (uint32_t *d = __bss_start; d < __bss_end;) *d++ = 0;
    stack_repaint();
    int code = main();
    sh_puts("stack ");
    sh_putu(stack_used());
    sh_puts("\n");
    sh_exit(code);
    for (;;) { }
}
