/* mcount: a TCG plugin for QEMU that counts the guest's instructions between two marker instructions (MOV r10,r10
 * begins, MOV r11,r11 ends), with memory accesses, branches taken, a profile by function, and an estimate of cycles.
 *
 * Debian's QEMU has plugins compiled in and ships no qemu-plugin.h, so the part of that interface that is used is
 * declared here: its version 1, which QEMU 7 and 8 speak.
 *
 *     gcc -O2 -shared -fPIC -o mcount.so mcount.c
 *     qemu-system-arm ... -plugin file=mcount.so[,out=counts.jsonl][,flashtop=0x20000000]
 *
 * Writes one JSON object in a line for each pair of markers, in order, then one with "region":"total" for all since
 * reset; to standard error without `out`. Addresses below `flashtop` are flash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "decode.h"

/* ---- the part of the plugin interface that is used ---- */

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef struct {
    const char *target_name;
    struct { int min, cur; } version;
    bool system_emulation;
    union { struct { int smp_vcpus, max_vcpus; } system; };
} qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*on_block)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*on_execution)(unsigned cpu, void *data);
typedef void (*on_access)(unsigned cpu, qemu_plugin_meminfo_t, uint64_t address, void *data);
typedef void (*on_end)(qemu_plugin_id_t, void *data);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, on_block);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, on_execution, int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, on_execution, int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int op, void *to, uint64_t value);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, on_access, int flags, int rw, void *data);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, on_end, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);
extern unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
extern bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
enum { NO_REGISTERS = 0, INLINE_ADD = 0, READS_AND_WRITES = 3 };
#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;

/* ---- what is counted ---- */

#define BEGIN_MARKER 0x46d2u
#define END_MARKER 0x46dbu

/* One instruction of the program. `taken` counts branches that did not go on to the next instruction. */
struct instruction {
    uint64_t count, taken;
    uint64_t count_before, taken_before; /* at the region's begin */
    uint32_t address;
    unsigned registers;
    enum kind kind;
    bool behind_load;
    uint8_t length;
    const char *function;
    struct instruction *next;
};

/* `unaligned` and `flash_writes` fault or are lost on chips where QEMU forgives them. */
struct accesses {
    uint64_t flash_reads, flash_bytes, ram_reads, writes, unaligned, flash_writes;
};

#define BUCKETS 16384
static struct instruction *buckets[BUCKETS];
static struct instruction **instructions;
static size_t instruction_count, instruction_room;

static struct accesses accesses, accesses_before;
static uint32_t unaligned_at, flash_write_at; /* the first instructions that did it in this region */
static struct instruction *last_branch;
static uint64_t flash_top = 0x20000000u;
static bool counting;
static int regions;
static FILE *out;

static struct instruction *instruction_at(uint32_t address)
{
    struct instruction **bucket = &buckets[(address >> 1) % BUCKETS];
    for (struct instruction *i = *bucket; i; i = i->next) {
        if (i->address == address) return i;
    }
    if (instruction_count == instruction_room) {
        instruction_room = instruction_room ? 2 * instruction_room : 4096;
        instructions = realloc(instructions, instruction_room * sizeof *instructions);
    }
    struct instruction *made = calloc(1, sizeof *made);
    if (!instructions || !made) abort();
    made->address = address;
    made->next = *bucket;
    *bucket = made;
    instructions[instruction_count++] = made;
    return made;
}

/* ---- what is written ---- */

struct sums {
    uint64_t count, taken, kinds[KINDS];
    double cycles[CORES];
};

/* Adds up all executions, or those since the region's begin. */
static struct sums sum_up(bool whole)
{
    struct sums s = { 0 };
    for (size_t n = 0; n < instruction_count; n++) {
        const struct instruction *i = instructions[n];
        uint64_t count = i->count - (whole ? 0 : i->count_before), taken = i->taken - (whole ? 0 : i->taken_before);
        s.count += count;
        s.taken += taken;
        s.kinds[i->kind] += count;
        for (int core = 0; core < CORES; core++) {
            s.cycles[core] += (double)count * cycles_of(core, i->kind, i->registers, i->behind_load);
            s.cycles[core] += (double)taken * refill_of(core, i->kind);
        }
    }
    return s;
}

static void write_kinds(const uint64_t *kinds)
{
    const char *comma = "";
    fprintf(out, ",\"kinds\":{");
    for (int kind = 0; kind < KINDS; kind++) {
        if (kinds[kind]) {
            fprintf(out, "%s\"%s\":%llu", comma, kind_names[kind], (unsigned long long)kinds[kind]);
            comma = ",";
        }
    }
    fprintf(out, "}");
}

struct function {
    const char *name;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    uint64_t x = ((const struct function *)a)->count, y = ((const struct function *)b)->count;
    return x < y ? 1 : x > y ? -1 : 0;
}

static void write_functions(bool whole)
{
    struct function *functions = calloc(instruction_count + 1, sizeof *functions);
    size_t found = 0;
    if (!functions) abort();
    for (size_t n = 0; n < instruction_count; n++) {
        const struct instruction *i = instructions[n];
        uint64_t count = i->count - (whole ? 0 : i->count_before);
        if (!count) continue;
        size_t f = 0;
        while (f < found && functions[f].name != i->function && strcmp(functions[f].name, i->function)) f++;
        functions[f].name = i->function;
        functions[f].count += count;
        found = f == found ? found + 1 : found;
    }
    qsort(functions, found, sizeof *functions, by_count);
    fprintf(out, ",\"functions\":{");
    for (size_t f = 0; f < found; f++) {
        fprintf(out, "%s\"%s\":%llu", f ? "," : "", functions[f].name, (unsigned long long)functions[f].count);
    }
    fprintf(out, "}");
    free(functions);
}

static void write_number(const char *name, uint64_t value)
{
    fprintf(out, ",\"%s\":%llu", name, (unsigned long long)value);
}

static void write_region(const char *name, bool whole)
{
    static const struct accesses none;
    const struct accesses *from = whole ? &none : &accesses_before;
    struct sums s = sum_up(whole);
    fprintf(out, "{\"region\":%s", name);
    write_number("instructions", s.count);
    write_number("taken", s.taken);
    write_number("flashReads", accesses.flash_reads - from->flash_reads);
    write_number("flashBytes", accesses.flash_bytes - from->flash_bytes);
    write_number("ramReads", accesses.ram_reads - from->ram_reads);
    write_number("writes", accesses.writes - from->writes);
    write_number("unaligned", accesses.unaligned - from->unaligned);
    write_number("flashWrites", accesses.flash_writes - from->flash_writes);
    write_number("unalignedAt", unaligned_at);
    write_number("flashWriteAt", flash_write_at);
    fprintf(out, ",\"cyclesM0\":%.0f,\"cyclesM3\":%.0f,\"cyclesM4\":%.0f", s.cycles[M0], s.cycles[M3], s.cycles[M4]);
    write_kinds(s.kinds);
    write_functions(whole);
    fprintf(out, "}\n");
    fflush(out);
}

/* ---- what QEMU calls ---- */

static void begin_region(unsigned cpu, void *data)
{
    (void)cpu;
    (void)data;
    counting = true;
    for (size_t n = 0; n < instruction_count; n++) {
        instructions[n]->count_before = instructions[n]->count;
        instructions[n]->taken_before = instructions[n]->taken;
    }
    accesses_before = accesses;
    unaligned_at = flash_write_at = 0;
}

static void end_region(unsigned cpu, void *data)
{
    (void)cpu;
    (void)data;
    if (!counting) return;
    counting = false;
    char name[16];
    snprintf(name, sizeof name, "%d", regions++);
    write_region(name, false);
}

static void branch_executed(unsigned cpu, void *data)
{
    (void)cpu;
    last_branch = data;
}

/* A branch was taken when the block that runs next is not the one behind it. */
static void block_executed(unsigned cpu, void *address)
{
    (void)cpu;
    if (last_branch && (uint32_t)(uintptr_t)address != last_branch->address + last_branch->length) {
        last_branch->taken++;
    }
    last_branch = NULL;
}

static void memory_accessed(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    (void)cpu;
    const struct instruction *i = data;
    unsigned bytes = 1u << qemu_plugin_mem_size_shift(info);
    bool store = qemu_plugin_mem_is_store(info), flash = address < flash_top;
    if (address & ((bytes > 4 ? 4 : bytes) - 1) && accesses.unaligned++ == accesses_before.unaligned) {
        unaligned_at = i->address;
    }
    if (store && flash && accesses.flash_writes++ == accesses_before.flash_writes) {
        flash_write_at = i->address;
    }
    accesses.writes += store;
    accesses.flash_reads += !store && flash;
    accesses.flash_bytes += !store && flash ? bytes : 0;
    accesses.ram_reads += !store && !flash;
}

/* Has an instruction counted; `before` is the one in front of it in its block, or NULL. */
static struct instruction *observe(struct qemu_plugin_insn *insn, const struct instruction *before)
{
    const uint8_t *bytes = qemu_plugin_insn_data(insn);
    struct instruction *i = instruction_at((uint32_t)qemu_plugin_insn_vaddr(insn));
    if (!i->length) {
        /* Not qemu_plugin_insn_size(): near the end of a page QEMU 7.2 says 4 for an instruction of 2 bytes. */
        const char *function = qemu_plugin_insn_symbol(insn);
        i->length = (uint8_t)length_of(bytes[0] | (unsigned)bytes[1] << 8);
        i->kind = kind_of(bytes, i->length, &i->registers);
        i->function = function ? function : "?";
        i->behind_load = before && is_pipelined(before->kind);
    }
    qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, &i->count, 1);
    if (is_branch(i->kind)) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, branch_executed, NO_REGISTERS, i);
    }
    qemu_plugin_register_vcpu_mem_cb(insn, memory_accessed, NO_REGISTERS, READS_AND_WRITES, i);
    return i;
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    void *address = (void *)(uintptr_t)qemu_plugin_tb_vaddr(block);
    qemu_plugin_register_vcpu_tb_exec_cb(block, block_executed, NO_REGISTERS, address);
    const struct instruction *before = NULL;
    for (size_t n = 0; n < qemu_plugin_tb_n_insns(block); n++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, n);
        const uint8_t *bytes = qemu_plugin_insn_data(insn);
        unsigned first = bytes[0] | (unsigned)bytes[1] << 8;
        if (first == BEGIN_MARKER || first == END_MARKER) {
            on_execution mark = first == BEGIN_MARKER ? begin_region : end_region;
            qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, NO_REGISTERS, NULL);
            before = NULL;
        } else {
            before = observe(insn, before);
        }
    }
}

static void finish(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    write_region("\"total\"", true);
    if (out != stderr) fclose(out);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    out = stderr;
    if (strncmp(info->target_name, "arm", 3)) {
        fprintf(stderr, "mcount: this is no Arm target\n");
        return -1;
    }
    for (int n = 0; n < argc; n++) {
        if (!strncmp(argv[n], "flashtop=", 9)) {
            flash_top = strtoull(argv[n] + 9, NULL, 0);
        } else if (strncmp(argv[n], "out=", 4) || !(out = fopen(argv[n] + 4, "w"))) {
            fprintf(stderr, "mcount: %s is no option, or a file that cannot be written\n", argv[n]);
            return -1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_atexit_cb(id, finish, NULL);
    return 0;
}
