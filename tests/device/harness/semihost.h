/* Arm semihosting for Cortex-M (BKPT 0xAB), as QEMU answers it with
 *   -semihosting-config enable=on,target=native
 * and OpenOCD and J-Link on a board. Needs no libc. */
#ifndef SEMIHOST_H
#define SEMIHOST_H
#include <stddef.h>
#include <stdint.h>

static inline int sh_call(int op, const void *arg)
{
    register int r0 __asm__("r0") = op;
    register const void *r1 __asm__("r1") = arg;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory", "cc");
    return r0;
}

static inline void sh_puts(const char *text) { sh_call(0x04, text); } /* SYS_WRITE0 */

static inline void sh_exit(int code) /* SYS_EXIT_EXTENDED with ADP_Stopped_ApplicationExit */
{
    uint32_t block[2] = { 0x20026u, (uint32_t)code };
    sh_call(0x20, block);
    for (;;) { }
}

/* The handle, or -1. Modes: 1 is "rb", 5 is "wb". */
static inline int sh_open(const char *name, int mode)
{
    size_t length = 0;
    while (name[length]) length++;
    uint32_t block[3] = { (uint32_t)(uintptr_t)name, (uint32_t)mode, (uint32_t)length };
    return sh_call(0x01, block);
}

static inline int sh_close(int file)
{
    uint32_t block[1] = { (uint32_t)file };
    return sh_call(0x02, block);
}

/* sh_write and sh_read return the number of bytes that were not transferred: 0 is success. */
static inline int sh_write(int file, const void *from, uint32_t bytes)
{
    uint32_t block[3] = { (uint32_t)file, (uint32_t)(uintptr_t)from, bytes };
    return sh_call(0x05, block);
}

static inline int sh_read(int file, void *to, uint32_t bytes)
{
    uint32_t block[3] = { (uint32_t)file, (uint32_t)(uintptr_t)to, bytes };
    return sh_call(0x06, block);
}

static inline int sh_cmdline(char *to, uint32_t bytes) /* SYS_GET_CMDLINE */
{
    uint32_t block[2] = { (uint32_t)(uintptr_t)to, bytes };
    return sh_call(0x15, block);
}

static inline void sh_putu(uint32_t value)
{
    char text[12];
    int i = 11;
    text[i] = 0;
    do {
        text[--i] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    sh_puts(text + i);
}

static inline void sh_puti(int32_t value)
{
    if (value < 0) {
        sh_puts("-");
        sh_putu(0u - (uint32_t)value);
    } else {
        sh_putu((uint32_t)value);
    }
}

static inline void sh_putx(uint32_t value)
{
    char text[11];
    text[0] = '0';
    text[1] = 'x';
    text[10] = 0;
    for (int i = 0; i < 8; i++) text[9 - i] = "0123456789abcdef"[(value >> (4 * i)) & 15];
    sh_puts(text);
}

/* Markers of a region, seen by plugin/mcount.c: MOV r10,r10 and MOV r11,r11, which do nothing on any core from
 * ARMv6-M up and which no compiler emits. The clobber keeps the compiler from moving work across them. */
#define MC_BEGIN() __asm__ volatile("mov r10, r10" ::: "memory") /* 0x46d2 */
#define MC_END()   __asm__ volatile("mov r11, r11" ::: "memory") /* 0x46db */

/* Stack painting, in startup.c. */
void stack_paint(uint32_t *mark);
uint32_t stack_used(void);       /* bytes of stack touched since reset */
uint32_t stack_used_since(void); /* bytes touched below the stack pointer at the last stack_repaint */

/* Paints all below the stack pointer of the caller. */
static inline __attribute__((always_inline)) void stack_repaint(void)
{
    uint32_t *sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    stack_paint(sp);
}
#endif
