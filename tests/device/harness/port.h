/* What a program of the device tests needs from where it runs: the same names on a board, by semihosting, and on
 * this machine, by stdio. */
#ifndef PORT_H
#define PORT_H
#include <stdint.h>

#if defined(__arm__)

#include "semihost.h"

#define PORT_GUARD_BYTES 64u

/* The board's memory for the arena, with a guard on both sides; aligned to 4 bytes and to no more. */
#define PORT_ARENA(bytes) \
    static uint64_t port_arena_memory[(2u * PORT_GUARD_BYTES + (bytes)) / 8u + 2u]; \
    static uint8_t *port_arena(uint32_t size) \
    { \
        (void)size; \
        return (uint8_t *)port_arena_memory + PORT_GUARD_BYTES + 4u; \
    } \
    static void port_arena_free(uint8_t *arena) { (void)arena; }

static inline const void *port_model(const void *model, uint32_t bytes)
{
    (void)bytes;
    return model;
}
static inline void port_model_free(const void *model) { (void)model; }

#else

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_GUARD_BYTES 0u
#define MC_BEGIN() ((void)0)
#define MC_END() ((void)0)

/* Memory of exactly these bytes, so that a sanitizer sees what leaves it; aligned to 4 bytes and to no more. */
static inline uint8_t *port_take(uint32_t bytes)
{
    uint8_t *memory = malloc(bytes + 4u);
    if (memory == NULL) {
        abort();
    }
    return memory + 4;
}

#define PORT_ARENA(bytes) \
    static uint8_t *port_arena(uint32_t size) { return port_take(size); } \
    static void port_arena_free(uint8_t *arena) { free(arena - 4); }

static inline const void *port_model(const void *model, uint32_t bytes)
{
    return memcpy(port_take(bytes), model, bytes);
}
static inline void port_model_free(const void *model) { free((uint8_t *)(uintptr_t)model - 4); }

static FILE *port_files[2];

static inline int sh_open(const char *name, int mode)
{
    int file = mode >= 4;
    port_files[file] = fopen(name, mode >= 4 ? "wb" : "rb");
    return port_files[file] == NULL ? -1 : file;
}
static inline int sh_close(int file) { return fclose(port_files[file]); }
static inline uint32_t sh_read(int file, void *to, uint32_t bytes)
{
    return bytes - (uint32_t)fread(to, 1, bytes, port_files[file]);
}
static inline uint32_t sh_write(int file, const void *from, uint32_t bytes)
{
    return bytes - (uint32_t)fwrite(from, 1, bytes, port_files[file]);
}
/* What was said is not lost when a sanitizer ends the program. */
static inline void sh_puts(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}
static inline void sh_putu(uint32_t value) { printf("%lu", (unsigned long)value); }
static inline void sh_puti(int32_t value) { printf("%ld", (long)value); }
static inline void stack_repaint(void) { }
static inline uint32_t stack_used_since(void) { return 0; }

#endif
#endif
