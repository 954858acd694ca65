/* What kind an instruction of ARMv6-M to ARMv7E-M is, and the cycles that it takes on a core whose memory never
 * waits. The cycles follow the cores' published timings and are an estimate: no caches, no flash wait states, branch
 * refill at its usual length. */
#ifndef DECODE_H
#define DECODE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
    ALU, LOAD, STORE, LOADS, STORES, MUL, MLA, LONG_MUL, DIVIDE, BRANCH, CALL, BRANCH_REG, RETURN, TABLE_BRANCH,
    DSP_MUL, FP, FP_MLA, FP_DIVIDE, FP_LOAD, FP_STORE, OTHER, KINDS
};

static const char *const kind_names[KINDS] = {
    "alu", "load", "store", "loads", "stores", "mul", "mla", "longMul", "divide", "branch", "call", "branchReg",
    "return", "tableBranch", "dspMul", "fp", "fpMla", "fpDivide", "fpLoad", "fpStore", "other",
};

/* `registers` of a pattern: the bits of its register list, or, beyond 16 bits, one of these. */
#define ONE 0x10000u
#define TWO 0x20000u
#define IN_LOW_BYTE 0x30000u

struct pattern {
    uint32_t mask, value;
    uint32_t registers;
    enum kind kind;
};

/* Instructions of 16 bits; the first that fits counts, and what fits none is ALU. */
static const struct pattern narrow[] = {
    { 0xf800, 0x4800, 0, LOAD },         /* ldr from the literal pool */
    { 0xfe00, 0x5000, 0, STORE },        /* register offset: str, strh, strb, then the loads */
    { 0xfe00, 0x5200, 0, STORE },
    { 0xfe00, 0x5400, 0, STORE },
    { 0xf000, 0x5000, 0, LOAD },
    { 0xe800, 0x6000, 0, STORE },        /* immediate offset */
    { 0xe800, 0x6800, 0, LOAD },
    { 0xe800, 0x8000, 0, STORE },        /* halfwords and the stack */
    { 0xe800, 0x8800, 0, LOAD },
    { 0xfe00, 0xb400, 0x1ff, STORES },   /* push */
    { 0xff00, 0xbd00, 0x1ff, RETURN },   /* pop with pc */
    { 0xff00, 0xbc00, 0x1ff, LOADS },
    { 0xf800, 0xc000, 0xff, STORES },
    { 0xf800, 0xc800, 0xff, LOADS },
    { 0xffc0, 0x4340, 0, MUL },
    { 0xfe00, 0xde00, 0, ALU },          /* udf, svc */
    { 0xf000, 0xd000, 0, BRANCH },
    { 0xf800, 0xe000, 0, BRANCH },
    { 0xf500, 0xb100, 0, BRANCH },       /* cbz, cbnz */
    { 0xff00, 0x4700, 0, BRANCH_REG },
    { 0xff87, 0x4487, 0, BRANCH_REG },   /* add pc, mov pc */
    { 0xff87, 0x4687, 0, BRANCH_REG },
};

/* Instructions of 32 bits, the first halfword in the upper half. */
static const struct pattern wide[] = {
    { 0xf800c000, 0xf000c000, 0, CALL },
    { 0xf800d000, 0xf0009000, 0, BRANCH },
    { 0xfb80d000, 0xf3808000, 0, OTHER },         /* msr, mrs, barriers */
    { 0xf800d000, 0xf0008000, 0, BRANCH },        /* conditional */
    { 0xfe508000, 0xe8108000, 0xffff, RETURN },   /* ldm, pop with pc */
    { 0xfe500000, 0xe8100000, 0xffff, LOADS },
    { 0xfe500000, 0xe8000000, 0xffff, STORES },
    { 0xfff0ffe0, 0xe8d0f000, 0, TABLE_BRANCH },
    { 0xfe500000, 0xe8500000, TWO, LOADS },       /* ldrd, strd */
    { 0xfe500000, 0xe8400000, TWO, STORES },
    { 0xfe70f000, 0xf850f000, ONE, RETURN },      /* ldr pc */
    { 0xfe100000, 0xf8100000, 0, LOAD },
    { 0xfe100000, 0xf8000000, 0, STORE },
    { 0xfff0f010, 0xfb00f000, 0, MUL },
    { 0xfff00000, 0xfb000000, 0, MLA },
    { 0xff800000, 0xfb000000, 0, DSP_MUL },
    { 0xfff00000, 0xfb900000, 0, DIVIDE },
    { 0xfff00000, 0xfbb00000, 0, DIVIDE },
    { 0xfff000f0, 0xfbc00000, 0, LONG_MUL },
    { 0xfff00000, 0xfbc00000, 0, DSP_MUL },
    { 0xff800000, 0xfb800000, 0, LONG_MUL },
    { 0xffb00e10, 0xee000a00, 0, FP_MLA },        /* vmla, vnmla, vfnma, vfma */
    { 0xffb00e10, 0xee100a00, 0, FP_MLA },
    { 0xffb00e10, 0xee900a00, 0, FP_MLA },
    { 0xffb00e10, 0xeea00a00, 0, FP_MLA },
    { 0xffb00e50, 0xee800a00, 0, FP_DIVIDE },
    { 0xffbf0ed0, 0xeeb10ac0, 0, FP_DIVIDE },     /* vsqrt */
    { 0xff000e10, 0xee000a00, 0, FP },
    { 0xffc00e00, 0xec400a00, 0, FP },            /* vmov of two registers */
    { 0xff300e00, 0xed100a00, 0, FP_LOAD },
    { 0xff300e00, 0xed000a00, 0, FP_STORE },
    { 0xfe100e00, 0xec100a00, IN_LOW_BYTE, LOADS },
    { 0xfe100e00, 0xec000a00, IN_LOW_BYTE, STORES },
    { 0xec000e00, 0xec000a00, 0, FP },
    { 0xec000000, 0xec000000, 0, OTHER },
};

/* Bytes of the instruction that begins with this halfword. */
static size_t length_of(unsigned halfword)
{
    return (halfword & 0xe000) == 0xe000 && (halfword & 0x1800) ? 4 : 2;
}

static unsigned count_registers(const struct pattern *p, uint32_t code)
{
    switch (p->registers) {
    case ONE: return 1;
    case TWO: return 2;
    case IN_LOW_BYTE: return code & 0xff;
    default: return (unsigned)__builtin_popcount(code & p->registers);
    }
}

/* The kind of an instruction, and in `registers` how many it loads or stores where it may be several. */
static enum kind kind_of(const uint8_t *bytes, size_t length, unsigned *registers)
{
    uint32_t first = bytes[0] | (uint32_t)bytes[1] << 8;
    uint32_t code = length == 2 ? first : first << 16 | bytes[2] | (uint32_t)bytes[3] << 8;
    const struct pattern *p = length == 2 ? narrow : wide;
    size_t n = length == 2 ? sizeof narrow / sizeof *narrow : sizeof wide / sizeof *wide;
    for (; n > 0; n--, p++) {
        if ((code & p->mask) == p->value) {
            *registers = count_registers(p, code);
            return p->kind;
        }
    }
    *registers = 0;
    return ALU;
}

static bool is_branch(enum kind kind)
{
    return kind == BRANCH || kind == CALL || kind == BRANCH_REG || kind == RETURN || kind == TABLE_BRANCH;
}

/* Whether a load right behind it takes one cycle less on a Cortex-M3 or M4. */
static bool is_pipelined(enum kind kind) { return kind == LOAD || kind == FP_LOAD || kind == STORE; }

enum core { M0, M3, M4, CORES };

/* Cycles of one execution, apart from the refill after a branch that is taken. */
static double cycles_of(enum core core, enum kind kind, unsigned registers, bool behind_load)
{
    switch (kind) {
    case LOAD: return core != M0 && behind_load ? 1 : 2;
    case STORE: return core == M0 ? 2 : 1;
    case LOADS: case STORES: case RETURN: return 1 + registers;
    case MLA: return core == M3 ? 2 : 1;
    case LONG_MUL: return core == M3 ? 4.5 : 1;
    case DIVIDE: return 7;
    case TABLE_BRANCH: return 2;
    case FP_MLA: return 3;
    case FP_DIVIDE: return 14;
    case FP_LOAD: return behind_load ? 1 : 2;
    default: return 1;
    }
}

static double refill_of(enum core core, enum kind kind)
{
    return core == M0 && (kind == CALL || kind == RETURN) ? 3 : 2;
}
#endif
