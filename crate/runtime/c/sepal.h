/* sepal.h: runs compressed models (.sepal artifacts) in place, on anything from a Cortex-M0 on.
 *
 * C99, one header. In exactly one file:
 *
 *     #define SEPAL_IMPLEMENTATION
 *     #include "model.h"
 *     #include "sepal.h"
 *
 * No malloc, no libm, no recursion, no static state: the artifact is constant and read where it lies
 * (aligned to 4 bytes), everything else is in an arena that the caller gives. 8-bit results are the same
 * byte for byte on every machine. Little-endian machines only.
 *
 * The format is described in FORMAT.md of the project; section numbers below are that document's.
 *
 * Kernels: with SEPAL_SELECT defined (the exported model.h does that) only the operations and formats of
 * which SEPAL_WITH_... is defined as 1 are compiled, and sepal_open refuses models that need others. Their
 * names are in SEPAL_OPERATIONS, SEPAL_FORMATS and SEPAL_LAYOUTS below (of a format that has layouts, each
 * that is needed is named too); FLOAT is arithmetic in float32.
 * SEPAL_NO_CRC leaves out the checksum (the reader still checks everything else).
 *
 * Float results are those of IEEE 754 without contraction; compile with -ffp-contract=off where the
 * compiler is not GCC or clang.
 *
 * Licence: MIT or Apache-2.0, as you like. Copyright the Sepal authors.
 */
#ifndef SEPAL_H
#define SEPAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What sepal_open and sepal_run return. */
enum sepal_status {
    SEPAL_OK = 0,
    SEPAL_E_ALIGNMENT = 1, /* the artifact or the arena is not aligned to 4 bytes */
    SEPAL_E_MAGIC = 2,     /* not an artifact, or a machine that is not little-endian */
    SEPAL_E_VERSION = 3,   /* another major version */
    SEPAL_E_LENGTH = 4,    /* not as long as it says */
    SEPAL_E_CHECKSUM = 5,  /* damaged */
    SEPAL_E_FEATURES = 6,  /* needs kernels that are not compiled, or does not say what it needs */
    SEPAL_E_RECORD = 7,    /* an operation is not as the format says */
    SEPAL_E_ARRAY = 8,     /* an array leaves the file, or a column its matrix */
    SEPAL_E_VIEW = 9,      /* a tensor leaves the arena */
    SEPAL_E_SHAPE = 10,    /* shapes do not fit each other */
    SEPAL_E_ARENA = 11     /* the arena is too small */
};

/* An open artifact. Its fields are private. */
typedef struct {
    const uint8_t *file;
    uint32_t records; /* file offset of the first operation */
    uint32_t total;
    uint32_t arena_bytes;
    uint16_t operations;
    uint8_t inputs;
    uint8_t outputs;
} sepal_model;

/* An input or output: channels, rows, columns, element by element, plane by plane. */
typedef struct {
    uint32_t offset; /* bytes from the start of the arena */
    uint16_t c, h, w;
    uint8_t is_float; /* 0: int8_t, 1: float */
    int8_t zero_point;
    float scale; /* real = scale * (q - zero_point) */
} sepal_tensor;

/* Checks an artifact of `bytes` bytes, completely, once; SEPAL_OK or what is wrong with it. */
int sepal_open(sepal_model *model, const void *file, uint32_t bytes);

/* Bytes of arena that sepal_run needs. */
uint32_t sepal_arena_bytes(const sepal_model *model);

/* Input or output `index`: where it lies in `arena`, or a null pointer. Write all inputs before each run. */
void *sepal_input(const sepal_model *model, void *arena, int index);
void *sepal_output(const sepal_model *model, void *arena, int index);

/* What it is; 0 where there is none. */
int sepal_input_info(const sepal_model *model, int index, sepal_tensor *info);
int sepal_output_info(const sepal_model *model, int index, sepal_tensor *info);

/* Computes the outputs. `arena` is aligned to 4 bytes; it may move between runs. */
int sepal_run(const sepal_model *model, void *arena, uint32_t arena_bytes);

/* CRC-32, as in zip. */
uint32_t sepal_crc32(const void *data, uint32_t bytes);

/* For programs that have floats: q = clamp(round(x / scale) + zero_point), and back. */
int8_t sepal_quantize(float x, float scale, int8_t zero_point);
float sepal_dequantize(int8_t q, float scale, int8_t zero_point);

#ifdef __cplusplus
}
#endif
#endif /* SEPAL_H */

#if defined(SEPAL_IMPLEMENTATION) && !defined(SEPAL_IMPLEMENTED)
#define SEPAL_IMPLEMENTED

#ifdef __cplusplus
extern "C" {
#endif

/* Whether a kernel is compiled, as 0 or 1, for #if and for C: SEPAL_HAS(DENSE) is 1 where SEPAL_WITH_DENSE is
 * 1 or nothing, and 0 where it is 0 or not defined. What is joined to SEPAL_ON_ brings a comma only then. */
#ifdef SEPAL_SELECT
#define SEPAL_ON_ 0,
#define SEPAL_ON_1 0,
#define SEPAL_SECOND(first, second, ...) second
#define SEPAL_IS_ON(on) SEPAL_SECOND(on 1, 0, 0)
#define SEPAL_JOIN(value) SEPAL_IS_ON(SEPAL_ON_##value)
#define SEPAL_VALUE_OF(value) SEPAL_JOIN(value)
#define SEPAL_HAS(name) SEPAL_VALUE_OF(SEPAL_WITH_##name)
#else
#define SEPAL_HAS(name) 1
#endif

#if defined(__GNUC__) || defined(__clang__)
#define SEPAL_ALIAS __attribute__((__may_alias__))
#define SEPAL_INLINE static inline __attribute__((__always_inline__))
#define SEPAL_STATIC static __attribute__((__unused__)) /* not every selection of kernels needs all */
#define SEPAL_APART static __attribute__((__noinline__, __unused__)) /* so that stack is only taken while it runs */
#define SEPAL_KEEP(x) __asm__("" : "+r"(x)) /* holds a value in a register, and its product from being fused */
#define SEPAL_RARELY(c) __builtin_expect((c) != 0, 0)
#else
#define SEPAL_ALIAS
#define SEPAL_INLINE static inline
#define SEPAL_STATIC static
#define SEPAL_APART static
#define SEPAL_KEEP(x) ((void)0)
#define SEPAL_RARELY(c) (c)
#endif
typedef uint16_t SEPAL_ALIAS sepal_u16;
typedef int16_t SEPAL_ALIAS sepal_i16;
typedef uint32_t SEPAL_ALIAS sepal_u32;
typedef float SEPAL_ALIAS sepal_f32;

/* Section 4: names, numbers, words of a record; none where a number is reserved. */
#define SEPAL_OPERATIONS(X)                                                                                \
    X(DENSE, 1, 9)                                                                                         \
    X(CONV, 2, 18)                                                                                         \
    X(PAIR, 3, 31)                                                                                         \
    X(POOL, 4, 13)                                                                                         \
    X(ADD, 5, 17)                                                                                          \
    X(MUL, 6, 15)                                                                                          \
    X(UNARY, 7, 10)                                                                                        \
    X(SOFTMAX, 8, 5)                                                                                       \
    X(COPY, 9, 9)                                                                                          \
    X(FILL, 10, 6)                                                                                         \
    X(RESERVED_11, 11, 0)                                                                                  \
    X(RESERVED_12, 12, 0)
/* Section 5: names and numbers. */
#define SEPAL_FORMATS(X)                                                                                   \
    X(DENSE_S8, 0)                                                                                         \
    X(DENSE_S4, 1)                                                                                         \
    X(DENSE_C4, 2)                                                                                         \
    X(SPARSE_S8, 3)                                                                                        \
    X(SPARSE_C4D6, 4)                                                                                      \
    X(SPARSE_C4D4, 5)                                                                                      \
    X(SPARSE_C3D7, 6)                                                                                      \
    X(SPARSE_C3D5, 7)                                                                                      \
    X(BLOCK4_S8, 8)                                                                                        \
    X(BLOCK8_S4, 9)                                                                                        \
    X(DENSE_F32, 10)                                                                                       \
    X(SPARSE_F32, 11)                                                                                      \
    X(GAP, 12)                                                                                             \
    X(SKIP, 13)                                                                                            \
    X(CODES, 14)
/* Sections 5.3 to 5.5: layouts of these formats, with bits of a value and of an entry. */
#define SEPAL_LAYOUTS(X)                                                                                   \
    X(GAP_C4W8, gap_c4w8, GAP, gap, 4u, 8u)                                                                \
    X(GAP_C4W6, gap_c4w6, GAP, gap, 4u, 6u)                                                                \
    X(GAP_C4W4, gap_c4w4, GAP, gap, 4u, 4u)                                                                \
    X(GAP_C3W8, gap_c3w8, GAP, gap, 3u, 8u)                                                                \
    X(GAP_C3W6, gap_c3w6, GAP, gap, 3u, 6u)                                                                \
    X(GAP_C3W4, gap_c3w4, GAP, gap, 3u, 4u)                                                                \
    X(GAP_S8W4, gap_s8w4, GAP, gap, 8u, 4u)                                                                \
    X(GAP_S8W2, gap_s8w2, GAP, gap, 8u, 2u)                                                                \
    X(GAP_S8W0, gap_s8w0, GAP, gap, 8u, 0u)                                                                \
    X(SKIP_C4, skip_c4, SKIP, skip, 4u, 8u)                                                                \
    X(SKIP_C3, skip_c3, SKIP, skip, 3u, 8u)                                                                \
    X(CODES_C4, codes_c4, CODES, codes, 4u, 0u)                                                            \
    X(CODES_C3, codes_c3, CODES, codes, 3u, 0u)
#define SEPAL_OPERATION_NUMBER(name, number, words) SEPAL_OP_##name = number,
#define SEPAL_FORMAT_NUMBER(name, number) SEPAL_##name = number,
enum { SEPAL_OPERATIONS(SEPAL_OPERATION_NUMBER) SEPAL_OP_END };
enum { SEPAL_FORMATS(SEPAL_FORMAT_NUMBER) SEPAL_FORMATS_END };
#define SEPAL_ROWWISE 1u
#define SEPAL_FLOAT 0x80u
#define SEPAL_BIT(name) (UINT32_C(1) << (name))

/* All that is compiled. */
#define SEPAL_OPERATION_BIT(name, number, words) | (uint32_t)SEPAL_HAS(name) << number
#define SEPAL_FORMAT_BIT(name, number) | (uint32_t)SEPAL_HAS(name) << (16 + number)
#define SEPAL_FEATURES                                                                                     \
    ((uint32_t)SEPAL_HAS(FLOAT) << 31 SEPAL_OPERATIONS(SEPAL_OPERATION_BIT) SEPAL_FORMATS(SEPAL_FORMAT_BIT))
#define SEPAL_CONVOLUTIONS (SEPAL_HAS(CONV) || SEPAL_HAS(PAIR))
#define SEPAL_MATRICES (SEPAL_CONVOLUTIONS || SEPAL_HAS(DENSE))
#define SEPAL_MAPS (SEPAL_HAS(UNARY) || SEPAL_HAS(COPY))
#define SEPAL_BLOCKS (SEPAL_HAS(BLOCK4_S8) || SEPAL_HAS(BLOCK8_S4))
/* Section 5.1: formats of sparse rows, with bits of a value or code, bits of a delta, and entries in a word. */
#define SEPAL_SPARSE(X)                                                                                    \
    X(SPARSE_S8, sparse_s8, 8u, 8u, 2u)                                                                    \
    X(SPARSE_C4D6, sparse_c4d6, 4u, 6u, 3u)                                                                \
    X(SPARSE_C4D4, sparse_c4d4, 4u, 4u, 4u)                                                                \
    X(SPARSE_C3D7, sparse_c3d7, 3u, 7u, 3u)                                                                \
    X(SPARSE_C3D5, sparse_c3d5, 3u, 5u, 4u)
#define SEPAL_OR_HAS(name, function, v, d, per) || SEPAL_HAS(name)
#define SEPAL_SPARSE_ROWS (0 SEPAL_SPARSE(SEPAL_OR_HAS))
/* Formats with a head, and those whose convolutions go by rows of weights. */
#define SEPAL_HEADS (SEPAL_HAS(GAP) || SEPAL_HAS(SKIP) || SEPAL_HAS(CODES))
#define SEPAL_BY_ROWS (SEPAL_HEADS || SEPAL_HAS(DENSE_S8))
/* A layout by its format and the lowest byte of its head. */
#define SEPAL_LAYOUT(format, b, w) ((uint32_t)(format) << 8 | (w) << 4 | (b))

/* ---- Reading ------------------------------------------------------------------------------------- */

SEPAL_INLINE uint32_t sepal_r16(const uint8_t *p) { return *(const sepal_u16 *)(const void *)p; }
SEPAL_INLINE uint32_t sepal_r32(const uint8_t *p) { return *(const sepal_u32 *)(const void *)p; }
SEPAL_INLINE int32_t sepal_i8(const uint8_t *p) { return (int8_t)*p; }
SEPAL_INLINE float sepal_rf(const uint8_t *p) { return *(const sepal_f32 *)(const void *)p; }
SEPAL_INLINE uint32_t sepal_pad(uint32_t n) { return (n + 3u) & ~3u; }

/* Section 2.2. */
typedef struct {
    uint32_t offset, plane;
    uint16_t c, h, w, pitch;
} sepal_view;

SEPAL_APART void sepal_read_view(sepal_view *v, const uint8_t *p)
{
    v->offset = sepal_r32(p);
    v->c = (uint16_t)sepal_r16(p + 4);
    v->h = (uint16_t)sepal_r16(p + 6);
    v->w = (uint16_t)sepal_r16(p + 8);
    v->pitch = (uint16_t)sepal_r16(p + 10);
    v->plane = sepal_r32(p + 12);
}

/* Section 3.1: how accumulators become outputs. */
typedef struct {
    uint32_t round1, round2;
    int16_t zero_point, lo;
    uint16_t range;
    uint8_t pre, post;
} sepal_scale;

SEPAL_STATIC void sepal_read_scale(sepal_scale *q, uint32_t pre, uint32_t post, int32_t zero_point, int32_t lo, int32_t hi)
{
    q->round1 = pre == 0u ? 0u : UINT32_C(1) << (pre - 1u);
    q->round2 = post == 0u ? 0u : UINT32_C(1) << (post - 1u);
    q->pre = (uint8_t)pre;
    q->post = (uint8_t)post;
    q->zero_point = (int16_t)zero_point;
    q->lo = (int16_t)lo;
    q->range = (uint16_t)(hi - lo);
}

/* Shifts of negative numbers are arithmetic, as with every compiler for these machines. */
SEPAL_INLINE int8_t sepal_finish(const sepal_scale *q, int32_t acc, uint32_t mult)
{
    int32_t t = (int32_t)((uint32_t)acc + q->round1) >> q->pre;
    int32_t above = ((int32_t)((uint32_t)t * mult + q->round2) >> q->post) + (q->zero_point - q->lo);
    if ((uint32_t)above > q->range) above = above < 0 ? 0 : (int32_t)q->range;
    return (int8_t)(above + q->lo);
}

#if SEPAL_MATRICES
typedef struct {
    const uint8_t *weights;
    const sepal_i16 *bias; /* null: none */
    const sepal_u16 *mult;
    sepal_scale scale;
    uint16_t rows, cols, most;
    uint8_t bias_shift, mult_step, format, activation;
} sepal_matrix;

SEPAL_APART void sepal_read_matrix(sepal_matrix *m, const uint8_t *file, const uint8_t *p, uint32_t format, uint32_t rowwise)
{
    uint32_t bias = sepal_r32(p + 8);
    m->rows = (uint16_t)sepal_r16(p);
    m->cols = (uint16_t)sepal_r16(p + 2);
    m->weights = file + sepal_r32(p + 4);
    m->bias = bias == 0u ? (const sepal_i16 *)0 : (const sepal_i16 *)(const void *)(file + bias);
    m->mult = (const sepal_u16 *)(const void *)(file + sepal_r32(p + 12));
    m->bias_shift = p[16];
    m->mult_step = rowwise != 0u;
    sepal_read_scale(&m->scale, p[17], p[18], sepal_i8(p + 19), sepal_i8(p + 20), sepal_i8(p + 21));
    m->format = (uint8_t)format;
    m->activation = p[22];
    m->most = (uint16_t)sepal_r16(p + 22);
}

SEPAL_INLINE int32_t sepal_bias(const sepal_matrix *m, uint32_t row)
{
    return m->bias == 0 ? 0 : (int32_t)((uint32_t)(int32_t)m->bias[row] << m->bias_shift);
}

/* Outputs of `n` neighbouring rows from accumulators without bias. */
SEPAL_STATIC void sepal_finish_rows(const sepal_matrix *m, uint32_t row, uint32_t n, const int32_t *acc, int8_t *y, uint32_t step)
{
    const sepal_u16 *mult = m->mult + row * m->mult_step;
    const int32_t *end = acc + (n < m->rows - row ? n : m->rows - row);
    for (y += row * step; acc < end; row++, y += step, mult += m->mult_step) {
        int32_t a = (int32_t)((uint32_t)*acc++ + (uint32_t)sepal_bias(m, row));
        *y = sepal_finish(&m->scale, a, *mult);
    }
}

/* Section 5.1: bits of a sparse row's entries, known when kernels are compiled. */
#define SEPAL_DELTA(u, j, v, d) ((u) >> (((v) + (d)) * (j) + (v)) & ((1u << (d)) - 1u))
#define SEPAL_CODE(u, j, v, d) ((u) >> (((v) + (d)) * (j)) & ((1u << (v)) - 1u))
#define SEPAL_VALUE(table, u, j, v, d)                                                                     \
    ((v) == 8u ? (int32_t)(int8_t)SEPAL_CODE(u, j, v, d) : (int32_t)(table)[SEPAL_CODE(u, j, v, d)])
#define SEPAL_TABLE(v) ((v) == 8u ? 0u : 1u << (v))

/* Two products in one: 16-bit halves hold rows k and k + 4 of 4-bit weights plus 8. At most 16 columns
 * fit between two spills, since 15 * 128 * 16 < 2^15. */
#define SEPAL_SWAR(u, x)                                                                                   \
    do {                                                                                                   \
        a0 += ((u) & mask) * (uint32_t)(x);                                                                \
        a1 += ((u) >> 4 & mask) * (uint32_t)(x);                                                           \
        a2 += ((u) >> 8 & mask) * (uint32_t)(x);                                                           \
        a3 += ((u) >> 12 & mask) * (uint32_t)(x);                                                          \
        SEPAL_KEEP(a0);                                                                                    \
        SEPAL_KEEP(a1);                                                                                    \
        SEPAL_KEEP(a2);                                                                                    \
        SEPAL_KEEP(a3);                                                                                    \
    } while (0)
SEPAL_INLINE void sepal_spill(int32_t *acc, uint32_t a)
{
    int32_t low = (int16_t)(uint16_t)a;
    acc[0] += low;
    acc[4] += (int32_t)(a - (uint32_t)low) >> 16;
}

#if SEPAL_HEADS
/* Where a walk over the rows of a format with a head is. `u` and `q` hold bits and fields that were read, the
 * next on top, and a 1 below the last; for codes `u` holds codes, the next lowest, and a 1 above the last. */
#if !defined(SEPAL_CLZ)
#if (defined(__GNUC__) || defined(__clang__)) && (!defined(__arm__) || __ARM_ARCH_ISA_THUMB >= 2)
#define SEPAL_CLZ 1 /* 32 bits of the stream at a time; one is the carry of u + u, runs are counted */
#else
#define SEPAL_CLZ 0 /* 16 at a time; one is the sign of u */
#endif
#endif
#if SEPAL_CLZ
typedef sepal_u32 sepal_unit;
#else
typedef sepal_u16 sepal_unit;
#endif
typedef struct {
    uint32_t u, q;
    const sepal_unit *bits;
    const uint8_t *entries;
    const int8_t *values; /* the table, or the next value of 8 bits */
} sepal_walk;
#define SEPAL_LOW(e, b) ((e) & ((1u << (b)) - 1u))

/* Section 5.3. Bits of a step. */
#define SEPAL_STEP(b, w) ((b) == 8u ? (w) : (w) - (b))

/* Bytes of the words that hold `n` fields of 4, 2 or 0 bits. */
SEPAL_INLINE uint32_t sepal_fields_bytes(uint32_t n, uint32_t w)
{
    return w == 4u ? (n + 7u) / 8u * 4u : w == 2u ? (n + 15u) / 16u * 4u : 0u;
}

/* Before the first row of the array at `p`. */
SEPAL_INLINE void sepal_start(sepal_walk *walk, const uint8_t *p, const uint32_t format, const uint32_t b, const uint32_t w)
{
    const uint32_t n = sepal_r32(p + 4), bytes = format == SEPAL_GAP ? sepal_r32(p) >> 8 << 2 : 0u;
    const int8_t *table = (const int8_t *)p + 4;
    SEPAL_KEEP(table); /* or its 4 is added at each look-up */
    walk->values = table;
    p += b == 8u ? 8u : 4u + (1u << b);
    walk->bits = (const sepal_unit *)(const void *)p;
    walk->entries = p + bytes;
    walk->u = format == SEPAL_CODES ? 1u : UINT32_C(1) << 31;
    walk->q = UINT32_C(1) << 31;
    if (b == 8u) walk->values = (const int8_t *)walk->entries + sepal_fields_bytes(n, w);
}

/* Eight codes, in 3 or 4 bytes. */
SEPAL_INLINE uint32_t sepal_eight(const uint8_t *s, const uint32_t b)
{
    return b == 4u ? sepal_r32(s) : (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16;
}

/* One row: VALUE for each value, with `p` moved to where it is and one further; MORE says that `p` has not
 * reached the row's end. Needs u and bits in scope; once in a function. */
#if SEPAL_CLZ
#define SEPAL_SWAPPED(v) ((v) >> 16 | (v) << 16)
#define SEPAL_GAP_ROW(p, k, VALUE, MORE)                                                                   \
    do {                                                                                                   \
        if (__builtin_add_overflow(u, u, &u)) goto step;                                                   \
        do {                                                                                               \
        value:                                                                                             \
            VALUE                                                                                          \
        } while (!__builtin_add_overflow(u, u, &u));                                                       \
    step:                                                                                                  \
        if ((k) < 2u) { /* runs of steps are long enough to be counted rather than walked */               \
            (p) += 1u << (k);                                                                              \
            for (;;) {                                                                                     \
                uint32_t ones_ = (uint32_t)__builtin_clz(~u), v_;                                          \
                u = u << ones_ << 1;                                                                       \
                (p) += ones_ << (k);                                                                       \
                if (u != 0u) break;                                                                        \
                /* The 1 below the bits was taken for a step: now it stands for the first of the next. */  \
                while ((v_ = *bits++) == UINT32_C(0xffffffff)) (p) += 32u << (k);                          \
                v_ = SEPAL_SWAPPED(v_);                                                                    \
                u = v_ << 1 | 1u;                                                                          \
                if (v_ >> 31 == 0u) {                                                                      \
                    (p) -= 1u << (k);                                                                      \
                    break;                                                                                 \
                }                                                                                          \
            }                                                                                              \
            if (MORE) goto value;                                                                          \
        } else {                                                                                           \
            if (u == 0u) {                                                                                 \
                uint32_t v_ = *bits++;                                                                     \
                v_ = SEPAL_SWAPPED(v_);                                                                    \
                u = v_ << 1 | 1u;                                                                          \
                if (v_ >> 31 == 0u) goto zero;                                                             \
            }                                                                                              \
            (p) += 1u << (k);                                                                              \
            if (__builtin_add_overflow(u, u, &u)) goto step;                                               \
        zero:                                                                                              \
            if (MORE) goto value;                                                                          \
        }                                                                                                  \
    } while (0)
#else
#define SEPAL_GAP_ROW(p, k, VALUE, MORE)                                                                   \
    do {                                                                                                   \
        if (u >> 31 != 0u) goto step;                                                                      \
        do {                                                                                               \
        value:                                                                                             \
            VALUE                                                                                          \
            u <<= 1;                                                                                       \
        } while ((int32_t)u >= 0);                                                                         \
    step:                                                                                                  \
        do {                                                                                               \
            (p) += 1u << (k);                                                                              \
            u <<= 1;                                                                                       \
            if (u == 0u) { /* that was the 1 below the bits */                                             \
                (p) -= 1u << (k);                                                                          \
                u = (uint32_t)*bits++ << 16 | 0x8000u;                                                     \
            }                                                                                              \
        } while ((int32_t)u < 0);                                                                          \
        if (MORE) goto value;                                                                              \
        u <<= 1;                                                                                           \
    } while (0)
#endif
/* The next field of `w` bits. */
#define SEPAL_FIELD(e, w)                                                                                  \
    do {                                                                                                   \
        (e) = q >> (32u - (w));                                                                            \
        q <<= (w);                                                                                         \
        if (SEPAL_RARELY(q == 0u)) {                                                                       \
            q = *f++;                                                                                      \
            (e) = q >> (32u - (w));                                                                        \
            q <<= (w);                                                                                     \
            if ((w) != 6u) q |= 1u << ((w) - 1u); /* of 6 bits there are five, and the 1 is in the file */ \
        }                                                                                                  \
    } while (0)
/* Moves `p` over the gap of the next entry, and reads its value into `v`. Needs q, s, f and t in scope. */
#define SEPAL_ENTRY(p, v, b, w)                                                                            \
    do {                                                                                                   \
        uint32_t e_ = 0;                                                                                   \
        if ((w) == 8u) e_ = *s++;                                                                          \
        else if ((w) != 0u) SEPAL_FIELD(e_, w);                                                            \
        if ((b) == 8u) {                                                                                   \
            (p) += e_;                                                                                     \
            (v) = *t++;                                                                                    \
        } else {                                                                                           \
            if ((w) != (b)) (p) += e_ >> (b);                                                              \
            (v) = t[SEPAL_CLZ ? SEPAL_LOW(e_, b) : e_ << (32u - (b)) >> (32u - (b))];                      \
        }                                                                                                  \
        SEPAL_KEEP(p);                                                                                     \
    } while (0)
#endif /* SEPAL_HEADS */
#endif /* SEPAL_MATRICES */

/* ---- Matrix-vector products ---------------------------------------------------------------------- */

#if SEPAL_HAS(DENSE)
#if SEPAL_HAS(DENSE_S8)
/* Four rows share what is read of the input. */
#define SEPAL_COLUMN(j)                                                                                    \
    do {                                                                                                   \
        const int32_t v_ = xp[j];                                                                          \
        a += v_ * p[j];                                                                                    \
        b += v_ * q[j];                                                                                    \
        c += v_ * r[j];                                                                                    \
        d += v_ * s[j];                                                                                    \
    } while (0)
static void sepal_dense_s8(const sepal_matrix *m, const int8_t *x, int8_t *y)
{
    const uint32_t n = m->cols;
    const int8_t *w = (const int8_t *)m->weights;
    uint32_t row = 0;
    for (; row + 4u <= m->rows; row += 4u, w += 4u * n) {
        const int8_t *p = w, *q = w + n, *r = q + n, *s = r + n, *xp = x, *xe = x + (n & ~7u), *xl = x + n;
        int32_t acc[4], a = 0, b = 0, c = 0, d = 0;
        while (xp < xe) {
            SEPAL_COLUMN(0);
            SEPAL_COLUMN(1);
            SEPAL_COLUMN(2);
            SEPAL_COLUMN(3);
            SEPAL_COLUMN(4);
            SEPAL_COLUMN(5);
            SEPAL_COLUMN(6);
            SEPAL_COLUMN(7);
            xp += 8, p += 8, q += 8, r += 8, s += 8;
        }
        while (xp < xl) {
            SEPAL_COLUMN(0);
            xp++, p++, q++, r++, s++;
        }
        acc[0] = a;
        acc[1] = b;
        acc[2] = c;
        acc[3] = d;
        sepal_finish_rows(m, row, 4u, acc, y, 1u);
    }
    for (; row < m->rows; row++, w += n) {
        int32_t a = 0;
        uint32_t j;
        for (j = 0; j < n; j++) a += (int32_t)w[j] * x[j];
        sepal_finish_rows(m, row, 1u, &a, y, 1u);
    }
}
#endif

#if SEPAL_HAS(DENSE_C4)
static void sepal_dense_c4(const sepal_matrix *m, const int8_t *x, int8_t *y)
{
    const int8_t *t = (const int8_t *)m->weights;
    const sepal_u32 *s = (const sepal_u32 *)(const void *)(m->weights + 16);
    uint32_t row;
    for (row = 0; row < m->rows; row++) {
        const int8_t *xp = x, *xe = x + (m->cols & ~7u), *xl = x + m->cols;
        int32_t a = sepal_bias(m, row);
        while (xp < xe) {
            uint32_t u = *s++;
            a += (int32_t)t[u & 15u] * xp[0];
            a += (int32_t)t[u >> 4 & 15u] * xp[1];
            a += (int32_t)t[u >> 8 & 15u] * xp[2];
            a += (int32_t)t[u >> 12 & 15u] * xp[3];
            a += (int32_t)t[u >> 16 & 15u] * xp[4];
            a += (int32_t)t[u >> 20 & 15u] * xp[5];
            a += (int32_t)t[u >> 24 & 15u] * xp[6];
            a += (int32_t)t[u >> 28] * xp[7];
            xp += 8;
        }
        if (xp < xl) {
            uint32_t u = *s++;
            for (; xp < xl; u >>= 4) a += (int32_t)t[u & 15u] * *xp++;
        }
        y[row] = sepal_finish(&m->scale, a, m->mult[row * m->mult_step]);
    }
}
#endif

#if SEPAL_SPARSE_ROWS
SEPAL_INLINE void sepal_dense_sparse(const sepal_matrix *m, const int8_t *x, int8_t *y, uint32_t v, uint32_t d, uint32_t per)
{
    const int8_t *t = (const int8_t *)m->weights;
    const uint8_t *count = m->weights + SEPAL_TABLE(v);
    const sepal_u32 *s = (const sepal_u32 *)(const void *)(count + sepal_pad(m->rows));
    uint32_t row;
    for (row = 0; row < m->rows; row++) {
        const sepal_u32 *e = s + *count++;
        const int8_t *xp = x;
        int32_t a = sepal_bias(m, row);
        while (s < e) {
            uint32_t u = *s++;
            xp += SEPAL_DELTA(u, 0, v, d);
            a += SEPAL_VALUE(t, u, 0, v, d) * *xp;
            xp += SEPAL_DELTA(u, 1, v, d);
            a += SEPAL_VALUE(t, u, 1, v, d) * *xp;
            if (per > 2u) {
                xp += SEPAL_DELTA(u, 2u % per, v, d);
                a += SEPAL_VALUE(t, u, 2u % per, v, d) * *xp;
            }
            if (per > 3u) {
                xp += SEPAL_DELTA(u, 3u % per, v, d);
                a += SEPAL_VALUE(t, u, 3u % per, v, d) * *xp;
            }
        }
        y[row] = sepal_finish(&m->scale, a, m->mult[row * m->mult_step]);
    }
}
#endif

#if SEPAL_HEADS
/* `a` and the products of one row. */
SEPAL_INLINE int32_t sepal_sum_gap(sepal_walk *walk, const int8_t *x, uint32_t cols, int32_t a, const uint32_t b, const uint32_t w)
{
    const sepal_unit *bits = walk->bits;
    const uint8_t *s = walk->entries;
    const sepal_u32 *f = (const sepal_u32 *)(const void *)walk->entries;
    const int8_t *t = walk->values, *p = x, *end = x + cols;
    uint32_t u = walk->u, q = walk->q;
    SEPAL_GAP_ROW(p, SEPAL_STEP(b, w), {
        int32_t v;
        SEPAL_ENTRY(p, v, b, w);
        a += v * *p++;
        SEPAL_KEEP(a);
    }, p < end);
    walk->u = u;
    walk->q = q;
    walk->bits = bits;
    walk->entries = w == 8u ? s : (const uint8_t *)(const void *)f;
    walk->values = t;
    return a;
}

#if !SEPAL_CLZ
/* The same for entries of 8 bits. p is where x is, less the entries that were read: so the entry's own address
 * steps over the value. */
SEPAL_INLINE int32_t sepal_sum_gap8(sepal_walk *walk, const int8_t *x, uint32_t cols, int32_t a, const uint32_t b)
{
    const sepal_unit *bits = walk->bits;
    const uint8_t *s = walk->entries;
    const int8_t *t = walk->values;
    uintptr_t p = (uintptr_t)x - (uintptr_t)s, end = (uintptr_t)x + cols;
    uint32_t u = walk->u;
    SEPAL_GAP_ROW(p, 8u - b, {
        uint32_t e = *s;
        int32_t v;
        p += e >> b;
        v = *(const int8_t *)(p + (uintptr_t)s);
        s++;
        e <<= 32u - b;
        SEPAL_KEEP(e);
        a += t[e >> (32u - b)] * v;
        SEPAL_KEEP(a);
    }, p + (uintptr_t)s < end);
    walk->u = u;
    walk->bits = bits;
    walk->entries = s;
    return a;
}
#endif

SEPAL_INLINE void sepal_dense_gap(const sepal_matrix *m, const int8_t *x, int8_t *y, const uint32_t b, const uint32_t w)
{
    sepal_walk walk;
    uint32_t row;
    sepal_start(&walk, m->weights, SEPAL_GAP, b, w);
    for (row = 0; row < m->rows; row++) {
        int32_t a = sepal_bias(m, row);
#if !SEPAL_CLZ
        if (w == 8u) a = sepal_sum_gap8(&walk, x, m->cols, a, b);
        else
#endif
            a = sepal_sum_gap(&walk, x, m->cols, a, b, w);
        y[row] = sepal_finish(&m->scale, a, m->mult[row * m->mult_step]);
    }
}

SEPAL_INLINE int32_t sepal_sum_skip(sepal_walk *walk, const int8_t *x, uint32_t cols, int32_t a, const uint32_t b)
{
    const uint32_t k = 8u - b;
    const uint8_t *s = walk->entries;
    const int8_t *t = walk->values;
#if SEPAL_CLZ
    const int8_t *p = x, *end = x + cols;
    for (;;) {
        uint32_t e = *s++, c = SEPAL_LOW(e, b);
        if (SEPAL_RARELY(c == 0u)) {
            p += (e << (k - b)) + (1u << k);
            if (p >= end) break;
            continue;
        }
        SEPAL_KEEP(e); /* not before the branch */
        p += e >> b;
        a += t[c] * *p++;
    }
#else
    /* Where x is, less the bytes that were read; those that skip take one back. */
    uintptr_t p = (uintptr_t)x - (uintptr_t)s, last = (uintptr_t)x + cols - 1u;
    for (;; s++) {
        uint32_t e = *s, c = e << (32u - b);
        int32_t v;
        SEPAL_KEEP(s);
        if (SEPAL_RARELY(c == 0u)) {
            p += (e << (k - b)) + (1u << k) - 1u;
            if (p + (uintptr_t)s >= last) break;
            continue;
        }
        p += e >> b;
        v = *(const int8_t *)(p + (uintptr_t)s);
        a += t[c >> (32u - b)] * v;
        SEPAL_KEEP(a);
    }
    s++;
#endif
    walk->entries = s;
    return a;
}

SEPAL_INLINE void sepal_dense_skip(const sepal_matrix *m, const int8_t *x, int8_t *y, const uint32_t b, const uint32_t w)
{
    sepal_walk walk;
    uint32_t row;
    sepal_start(&walk, m->weights, SEPAL_SKIP, b, w);
    for (row = 0; row < m->rows; row++) {
        int32_t a = sepal_sum_skip(&walk, x, m->cols, sepal_bias(m, row), b);
        y[row] = sepal_finish(&m->scale, a, m->mult[row * m->mult_step]);
    }
}

#define SEPAL_TERM(i) a += t[SEPAL_LOW(u >> (b * (i)), b)] * p[i]
/* A row may begin and end amid eight codes: p is x less the codes of u that were taken. */
SEPAL_INLINE void sepal_dense_codes(const sepal_matrix *m, const int8_t *x, int8_t *y, const uint32_t b, const uint32_t w)
{
    const int8_t *t, *end = x + m->cols;
    const uint8_t *s;
    sepal_walk walk;
    uint32_t row, u = 0, taken = 0;
    sepal_start(&walk, m->weights, SEPAL_CODES, b, w);
    s = walk.entries;
    t = walk.values;
    for (row = 0; row < m->rows; row++) {
        const int8_t *p = x - taken;
        int32_t a = sepal_bias(m, row);
        if (end - p >= 8) {
            switch (taken) {
            default:
                do {
                    u = sepal_eight(s, b);
                    s += b;
                    SEPAL_TERM(0); /* fall through */
            case 1: SEPAL_TERM(1); /* fall through */
            case 2: SEPAL_TERM(2); /* fall through */
            case 3: SEPAL_TERM(3); /* fall through */
            case 4: SEPAL_TERM(4); /* fall through */
            case 5: SEPAL_TERM(5); /* fall through */
            case 6: SEPAL_TERM(6); /* fall through */
            case 7: SEPAL_TERM(7);
                    p += 8;
                } while (end - p >= 8);
            }
            taken = 0;
        }
        p += taken;
        if (p < end) {
            uint32_t v;
            if (taken == 0u) {
                u = sepal_eight(s, b);
                s += b;
            }
            v = u >> (b * taken);
            taken = (taken + (uint32_t)(end - p)) & 7u;
            do {
                a += t[SEPAL_LOW(v, b)] * *p++;
                v >>= b;
            } while (p < end);
        }
        y[row] = sepal_finish(&m->scale, a, m->mult[row * m->mult_step]);
    }
}

/* A function for each layout, so that each takes only its own stack. */
#define SEPAL_DENSE_LAYOUT(name, function, format, family, b, w)                                           \
    SEPAL_APART void sepal_dense_##function(const sepal_matrix *m, const int8_t *x, int8_t *y)             \
    {                                                                                                      \
        sepal_dense_##family(m, x, y, b, w);                                                               \
    }
SEPAL_LAYOUTS(SEPAL_DENSE_LAYOUT)
#endif
#endif /* SEPAL_HAS(DENSE) */

/* Formats of 4 and 8 rows: for dense inputs and for one pixel of a convolution. Without `place`, column
 * j is x[j]; else x[place[j]]. */
#if SEPAL_MATRICES
#if SEPAL_HAS(DENSE_S4)
SEPAL_INLINE void sepal_rows8_dense(const sepal_matrix *m, const int8_t *x, const sepal_u16 *place, int8_t *y, uint32_t step)
{
    const sepal_u32 *w = (const sepal_u32 *)(const void *)m->weights;
    uint32_t mask = 0x000f000fu, row, j, k;
    int32_t sum = 0;
    SEPAL_KEEP(mask);
    for (j = 0; j < m->cols; j++) sum += x[place ? place[j] : j];
    for (row = 0; row < m->rows; row += 8u) {
        int32_t acc[8];
        for (k = 0; k < 8u; k++) acc[k] = -8 * sum;
        for (j = 0; j < m->cols;) {
            uint32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0, end = m->cols - j > 16u ? j + 16u : m->cols;
            for (; j < end; j++) {
                uint32_t u = *w++;
                int32_t v = x[place ? place[j] : j];
                SEPAL_SWAR(u, v);
            }
            sepal_spill(acc, a0);
            sepal_spill(acc + 1, a1);
            sepal_spill(acc + 2, a2);
            sepal_spill(acc + 3, a3);
        }
        sepal_finish_rows(m, row, 8u, acc, y, step);
    }
}
#endif

#if SEPAL_BLOCKS
/* All entries of a block format. */
static uint32_t sepal_entries(const sepal_u16 *count, uint32_t groups)
{
    uint32_t all = 0;
    while (groups-- != 0u) all += *count++;
    return all;
}
#endif

#if SEPAL_HAS(BLOCK4_S8)
SEPAL_INLINE void sepal_block4(const sepal_matrix *m, const int8_t *x, const sepal_u16 *place, int8_t *y, uint32_t step)
{
    const uint32_t groups = (m->rows + 3u) / 4u;
    const sepal_u16 *count = (const sepal_u16 *)(const void *)m->weights;
    const uint8_t *delta = m->weights + sepal_pad(2u * groups);
    const sepal_u32 *w = (const sepal_u32 *)(const void *)(delta + sepal_pad(sepal_entries(count, groups)));
    uint32_t row;
    for (row = 0; row < m->rows; row += 4u) {
        const uint8_t *e = delta + *count++;
        int32_t acc[4], a = 0, b = 0, c = 0, d = 0;
        uint32_t j = 0;
        while (delta < e) {
            uint32_t u = *w++;
            int32_t v;
            j += *delta++;
            v = x[place ? place[j] : j];
            a += v * (int8_t)(uint8_t)u;
            b += v * (int8_t)(uint8_t)(u >> 8);
            c += v * (int8_t)(uint8_t)(u >> 16);
            d += v * ((int32_t)u >> 24);
        }
        acc[0] = a;
        acc[1] = b;
        acc[2] = c;
        acc[3] = d;
        sepal_finish_rows(m, row, 4u, acc, y, step);
    }
}
#endif

#if SEPAL_HAS(BLOCK8_S4)
SEPAL_INLINE void sepal_block8(const sepal_matrix *m, const int8_t *x, const sepal_u16 *place, int8_t *y, uint32_t step)
{
    const uint32_t groups = (m->rows + 7u) / 8u;
    const sepal_u16 *count = (const sepal_u16 *)(const void *)m->weights;
    const uint8_t *delta = m->weights + sepal_pad(2u * groups);
    const sepal_u32 *w = (const sepal_u32 *)(const void *)(delta + sepal_pad(sepal_entries(count, groups)));
    uint32_t mask = 0x000f000fu, row, k;
    SEPAL_KEEP(mask);
    for (row = 0; row < m->rows; row += 8u) {
        uint32_t left = *count++, j = 0;
        int32_t acc[8], sum = 0;
        for (k = 0; k < 8u; k++) acc[k] = 0;
        while (left != 0u) {
            uint32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0, n = left < 16u ? left : 16u;
            const uint8_t *e = delta + n;
            left -= n;
            while (delta < e) {
                uint32_t u = *w++;
                int32_t v;
                j += *delta++;
                v = x[place ? place[j] : j];
                sum += v;
                SEPAL_SWAR(u, v);
            }
            sepal_spill(acc, a0);
            sepal_spill(acc + 1, a1);
            sepal_spill(acc + 2, a2);
            sepal_spill(acc + 3, a3);
        }
        for (k = 0; k < 8u; k++) acc[k] -= 8 * sum;
        sepal_finish_rows(m, row, 8u, acc, y, step);
    }
}
#endif
#endif /* SEPAL_MATRICES */

#if SEPAL_HAS(DENSE)
#define SEPAL_DENSE_CASE(name, function, v, d, per)                                                        \
    case SEPAL_##name:                                                                                     \
        if (SEPAL_HAS(name)) sepal_dense_sparse(m, x, y, v, d, per);                                       \
        break;
#if SEPAL_HEADS
#define SEPAL_DENSE_LAYOUT_CASE(name, function, format, family, b, w)                                      \
    case SEPAL_LAYOUT(SEPAL_##format, b, w):                                                               \
        if (SEPAL_HAS(name)) sepal_dense_##function(m, x, y);                                              \
        break;
SEPAL_STATIC void sepal_dense_layout(const sepal_matrix *m, const int8_t *x, int8_t *y)
{
    switch ((uint32_t)m->format << 8 | *m->weights) {
        SEPAL_LAYOUTS(SEPAL_DENSE_LAYOUT_CASE)
    default: break;
    }
}
#endif
SEPAL_APART void sepal_dense(const sepal_matrix *m, const int8_t *x, int8_t *y)
{
    (void)x, (void)y;
#if SEPAL_HEADS
    if (m->format >= SEPAL_GAP) {
        sepal_dense_layout(m, x, y);
        return;
    }
#endif
    switch (m->format) {
#if SEPAL_HAS(DENSE_S8)
    case SEPAL_DENSE_S8: sepal_dense_s8(m, x, y); break;
#endif
#if SEPAL_HAS(DENSE_S4)
    case SEPAL_DENSE_S4: sepal_rows8_dense(m, x, (const sepal_u16 *)0, y, 1u); break;
#endif
#if SEPAL_HAS(DENSE_C4)
    case SEPAL_DENSE_C4: sepal_dense_c4(m, x, y); break;
#endif
#if SEPAL_SPARSE_ROWS
    SEPAL_SPARSE(SEPAL_DENSE_CASE)
#endif
#if SEPAL_HAS(BLOCK4_S8)
    case SEPAL_BLOCK4_S8: sepal_block4(m, x, (const sepal_u16 *)0, y, 1u); break;
#endif
#if SEPAL_HAS(BLOCK8_S4)
    case SEPAL_BLOCK8_S4: sepal_block8(m, x, (const sepal_u16 *)0, y, 1u); break;
#endif
    default: break;
    }
}
#endif

/* ---- Convolutions -------------------------------------------------------------------------------- */

#if SEPAL_CONVOLUTIONS
typedef struct {
    uint8_t kh, kw, sh, sw, dh, dw;
    uint16_t groups;
} sepal_geometry;

SEPAL_APART void sepal_read_geometry(sepal_geometry *g, const uint8_t *p)
{
    g->kh = p[0];
    g->kw = p[1];
    g->sh = p[2];
    g->sw = p[3];
    g->dh = p[4];
    g->dw = p[5];
    g->groups = (uint16_t)sepal_r16(p + 6);
}

/* Some rows of output pixels of all channels. */
typedef struct {
    const sepal_matrix *m; /* read anew each time, so that its stack is only taken then */
    const uint8_t *block;  /* its MATRIX block */
    sepal_u16 *place;      /* where each column reads, from the pixel on; behind them, rows are unpacked */
    uint32_t count;        /* pixels of a row */
    uint32_t in_row;       /* elements from row to row of the input */
    uint32_t out_plane;
    uint32_t group_plane; /* elements from group to group */
    uint16_t lines;       /* rows */
    uint16_t out_row;     /* elements from row to row of the output */
    uint16_t group_rows;  /* output channels of a group */
    uint8_t step;         /* elements from pixel to pixel of the input */
    uint8_t format, rowwise;
} sepal_line;

/* Bytes of scratch for the MATRIX block at `p`: section 4.2. */
SEPAL_STATIC uint32_t sepal_scratch(const uint8_t *p, uint32_t format)
{
    const uint32_t cols = sepal_r16(p + 2), most = sepal_r16(p + 22);
    if (format == SEPAL_GAP || format == SEPAL_SKIP) return sepal_pad(2u * cols) + sepal_pad(2u * most) + sepal_pad(most);
    return format == SEPAL_CODES ? sepal_pad(2u * cols) + sepal_pad(cols) : 2u * cols;
}

/* Fills in the offsets of columns; row `first` of the input's `ring` rows is that of ky = 0. */
SEPAL_APART void sepal_places(sepal_u16 *place, const sepal_geometry *g, const sepal_view *in, uint32_t first, uint32_t ring)
{
    uint32_t ci, ky, kx, plane = 0, channels = in->c / g->groups;
    while (first >= ring) first -= ring;
    for (ci = 0; ci < channels; ci++, plane += in->plane) {
        uint32_t slot = first;
        for (ky = 0; ky < g->kh; ky++) {
            uint32_t at = plane + slot * in->pitch;
            for (kx = 0; kx < g->kw; kx++, at += g->dw) *place++ = (sepal_u16)at;
            slot += g->dh;
            while (slot >= ring) slot -= ring;
        }
    }
}

/* Pixels of one row of weights, four at a time: WALK goes through the weights and does SEPAL_MAC for each. Fewer
 * than four pixels are done one by one, four times the same; the last four of many overlap. */
#define SEPAL_MAC(value, offset)                                                                           \
    do {                                                                                                   \
        const int32_t v_ = (value);                                                                        \
        const int8_t *o_ = xb + (offset);                                                                  \
        a0 += v_ * o_[0];                                                                                  \
        a1 += v_ * o_[s1];                                                                                 \
        a2 += v_ * o_[s2];                                                                                 \
        a3 += v_ * o_[s3];                                                                                 \
    } while (0)
#define SEPAL_PIXELS(WALK)                                                                                 \
    do {                                                                                                   \
        uint32_t p = 0;                                                                                    \
        for (;;) {                                                                                         \
            const int8_t *xb = x + p * l->step;                                                            \
            int32_t a0 = bias, a1 = bias, a2 = bias, a3 = bias;                                            \
            WALK                                                                                           \
            a0 = sepal_finish(&l->m->scale, a0, mult);                                                     \
            a1 = sepal_finish(&l->m->scale, a1, mult);                                                     \
            a2 = sepal_finish(&l->m->scale, a2, mult);                                                     \
            a3 = sepal_finish(&l->m->scale, a3, mult);                                                     \
            y[p] = (int8_t)a0;                                                                             \
            if (l->count < 4u) {                                                                           \
                if (++p == l->count) break;                                                                \
                continue;                                                                                  \
            }                                                                                              \
            y[p + 1u] = (int8_t)a1;                                                                        \
            y[p + 2u] = (int8_t)a2;                                                                        \
            y[p + 3u] = (int8_t)a3;                                                                        \
            p += 4u;                                                                                       \
            if (p == l->count) break;                                                                      \
            if (p + 4u > l->count) p = l->count - 4u;                                                      \
        }                                                                                                  \
    } while (0)
/* The same, and on to the next row of weights. */
#define SEPAL_ROW_PIXELS(WALK)                                                                             \
    do {                                                                                                   \
        const int32_t bias = sepal_bias(l->m, row);                                                        \
        const uint32_t mult = l->m->mult[row * l->m->mult_step];                                           \
        SEPAL_PIXELS(WALK);                                                                                \
        y += l->out_plane;                                                                                 \
        if (--left == 0u) {                                                                                \
            left = l->group_rows;                                                                          \
            x += l->group_plane;                                                                           \
        }                                                                                                  \
    } while (0)
#define SEPAL_LINE_ARGS const sepal_line *l, const int8_t *x, int8_t *y, uint32_t s1, uint32_t s2, uint32_t s3

#if SEPAL_HAS(DENSE_C4)
SEPAL_INLINE void sepal_line_dense_c4(SEPAL_LINE_ARGS)
{
    const int8_t *table = (const int8_t *)l->m->weights;
    const sepal_u32 *w = (const sepal_u32 *)(const void *)(l->m->weights + 16);
    const sepal_u16 *end = l->place + l->m->cols;
    uint32_t row, left = l->group_rows;
    for (row = 0; row < l->m->rows; row++, w += (l->m->cols + 7u) / 8u) {
        SEPAL_ROW_PIXELS({
            const sepal_u16 *t = l->place;
            const sepal_u32 *s = w;
            while (t < end) {
                const sepal_u16 *stop = end - t > 8 ? t + 8 : end;
                uint32_t u = *s++;
                for (; t < stop; u >>= 4) SEPAL_MAC(table[u & 15u], *t++);
            }
        });
    }
}
#endif

#if SEPAL_SPARSE_ROWS
SEPAL_INLINE void sepal_line_sparse(SEPAL_LINE_ARGS, uint32_t v, uint32_t d, uint32_t per)
{
    const int8_t *table = (const int8_t *)l->m->weights;
    const uint8_t *count = l->m->weights + SEPAL_TABLE(v);
    const sepal_u32 *w = (const sepal_u32 *)(const void *)(count + sepal_pad(l->m->rows));
    uint32_t row, left = l->group_rows;
    for (row = 0; row < l->m->rows; row++) {
        const sepal_u32 *end = w + *count++;
        SEPAL_ROW_PIXELS({
            const sepal_u16 *t = l->place;
            const sepal_u32 *s = w;
            while (s < end) {
                uint32_t u = *s++;
                t += SEPAL_DELTA(u, 0, v, d);
                SEPAL_MAC(SEPAL_VALUE(table, u, 0, v, d), *t);
                t += SEPAL_DELTA(u, 1, v, d);
                SEPAL_MAC(SEPAL_VALUE(table, u, 1, v, d), *t);
                if (per > 2u) {
                    t += SEPAL_DELTA(u, 2u % per, v, d);
                    SEPAL_MAC(SEPAL_VALUE(table, u, 2u % per, v, d), *t);
                }
                if (per > 3u) {
                    t += SEPAL_DELTA(u, 3u % per, v, d);
                    SEPAL_MAC(SEPAL_VALUE(table, u, 3u % per, v, d), *t);
                }
            }
        });
        w = end;
    }
}
#endif

/* Each format twice: for pixels that lie side by side in the input, and for any step (0 where fewer than
 * four pixels are done). Functions of their own, so that each takes only its own stack. */
#define SEPAL_LINE(name, call)                                                                             \
    SEPAL_APART void sepal_near_##name(const sepal_line *l, const int8_t *x, int8_t *y)                    \
    {                                                                                                      \
        const uint32_t s1 = 1u, s2 = 2u, s3 = 3u;                                                          \
        call;                                                                                              \
    }                                                                                                      \
    SEPAL_APART void sepal_far_##name(const sepal_line *l, const int8_t *x, int8_t *y)                     \
    {                                                                                                      \
        const uint32_t s1 = l->count < 4u ? 0u : l->step, s2 = 2u * s1, s3 = 3u * s1;                      \
        call;                                                                                              \
    }
#define SEPAL_LINE_CASE(name, function)                                                                    \
    case SEPAL_##name:                                                                                     \
        if (!SEPAL_HAS(name)) break;                                                                       \
        if (l->step == 1u && l->count >= 4u) sepal_near_##function(l, x, y);                               \
        else sepal_far_##function(l, x, y);                                                                \
        break
#define SEPAL_SPARSE_CASE(name, function, v, d, per) SEPAL_LINE_CASE(name, function);

#if SEPAL_HAS(DENSE_C4)
SEPAL_LINE(dense_c4, sepal_line_dense_c4(l, x, y, s1, s2, s3))
#endif
#if SEPAL_SPARSE_ROWS
#define SEPAL_LINE_SPARSE(name, function, v, d, per)                                                       \
    SEPAL_LINE(function, sepal_line_sparse(l, x, y, s1, s2, s3, v, d, per))
SEPAL_SPARSE(SEPAL_LINE_SPARSE)
#endif

/* Formats of several rows, one pixel. */
#if SEPAL_HAS(DENSE_S4)
SEPAL_APART void sepal_pixel_dense_s4(const sepal_line *l, const int8_t *x, int8_t *y)
{
    sepal_rows8_dense(l->m, x, l->place, y, l->out_plane);
}
#endif
#if SEPAL_HAS(BLOCK4_S8)
SEPAL_APART void sepal_pixel_block4_s8(const sepal_line *l, const int8_t *x, int8_t *y)
{
    sepal_block4(l->m, x, l->place, y, l->out_plane);
}
#endif
#if SEPAL_HAS(BLOCK8_S4)
SEPAL_APART void sepal_pixel_block8_s4(const sepal_line *l, const int8_t *x, int8_t *y)
{
    sepal_block8(l->m, x, l->place, y, l->out_plane);
}
#endif
#define SEPAL_PIXEL_CASE(code, name)                                                                       \
    case code:                                                                                             \
        for (p = 0; p < l->count; p++) sepal_pixel_##name(l, x + p * l->step, y + p);                      \
        break

SEPAL_INLINE void sepal_line_run(const sepal_line *l, const int8_t *x, int8_t *y)
{
    uint32_t p;
    (void)x, (void)y, (void)p;
    switch (l->m->format) {
#if SEPAL_HAS(DENSE_C4)
    SEPAL_LINE_CASE(DENSE_C4, dense_c4);
#endif
#if SEPAL_SPARSE_ROWS
    SEPAL_SPARSE(SEPAL_SPARSE_CASE)
#endif
#if SEPAL_HAS(DENSE_S4)
    SEPAL_PIXEL_CASE(SEPAL_DENSE_S4, dense_s4);
#endif
#if SEPAL_HAS(BLOCK4_S8)
    SEPAL_PIXEL_CASE(SEPAL_BLOCK4_S8, block4_s8);
#endif
#if SEPAL_HAS(BLOCK8_S4)
    SEPAL_PIXEL_CASE(SEPAL_BLOCK8_S4, block8_s4);
#endif
    default: break;
    }
}

#if SEPAL_BY_ROWS
/* A row of weights: where its values read, and what they are. */
typedef struct {
    const sepal_line *l;
    const sepal_u16 *offset;
    const int8_t *value, *last;
    int32_t bias;
    uint32_t mult;
} sepal_taps;

SEPAL_INLINE void sepal_taps_run(const sepal_taps *t, const int8_t *x, int8_t *y, uint32_t s1, uint32_t s2, uint32_t s3)
{
    const sepal_line *l = t->l;
    const int32_t bias = t->bias;
    const uint32_t mult = t->mult;
    uint32_t line;
    for (line = l->lines; line != 0u; line--, x += l->in_row, y += l->out_row) {
        SEPAL_PIXELS({
            const sepal_u16 *o = t->offset;
            const int8_t *v = t->value;
            const int8_t *last = t->last;
            while (v < last) SEPAL_MAC(*v++, *o++);
        });
    }
}

/* For pixels that lie side by side in the input, and for any step. */
SEPAL_APART void sepal_taps_near(const sepal_taps *t, const int8_t *x, int8_t *y)
{
    sepal_taps_run(t, x, y, 1u, 2u, 3u);
}

SEPAL_APART void sepal_taps_far(const sepal_taps *t, const int8_t *x, int8_t *y)
{
    const uint32_t step = t->l->count < 4u ? 0u : t->l->step;
    sepal_taps_run(t, x, y, step, 2u * step, 3u * step);
}

#if SEPAL_HEADS
/* Each unpacks the next row behind the places: offsets and values, of which it returns how many there are. */
SEPAL_INLINE uint32_t sepal_unpack_gap(sepal_walk *walk, const sepal_matrix *m, const sepal_u16 *place, sepal_u16 *offset, int8_t *value, const uint32_t b, const uint32_t w)
{
    const sepal_unit *bits = walk->bits;
    const uint8_t *s = walk->entries;
    const sepal_u32 *f = (const sepal_u32 *)(const void *)walk->entries;
    const int8_t *t = walk->values, *first = value;
    const sepal_u16 *p = place, *end = place + m->cols;
    uint32_t u = walk->u, q = walk->q;
    SEPAL_GAP_ROW(p, SEPAL_STEP(b, w), {
        int32_t v;
        SEPAL_ENTRY(p, v, b, w);
        *offset++ = *p++;
        *value++ = (int8_t)v;
    }, p < end);
    walk->u = u;
    walk->q = q;
    walk->bits = bits;
    walk->entries = w == 8u ? s : (const uint8_t *)(const void *)f;
    walk->values = t;
    return (uint32_t)(value - first);
}

SEPAL_INLINE uint32_t sepal_unpack_skip(sepal_walk *walk, const sepal_matrix *m, const sepal_u16 *place, sepal_u16 *offset, int8_t *value, const uint32_t b, const uint32_t w)
{
    const uint32_t k = w - b;
    const uint8_t *s = walk->entries;
    const int8_t *t = walk->values, *first = value;
    const sepal_u16 *p = place, *end = place + m->cols;
    for (;;) {
        uint32_t e = *s++, c = SEPAL_LOW(e, b);
        if (SEPAL_RARELY(c == 0u)) {
            p += (e << (k - b)) + (1u << k);
            if (p >= end) break;
            continue;
        }
        SEPAL_KEEP(e);
        p += e >> b;
        SEPAL_KEEP(p);
        *offset++ = *p++;
        *value++ = t[c];
    }
    walk->entries = s;
    return (uint32_t)(value - first);
}

SEPAL_INLINE uint32_t sepal_unpack_codes(sepal_walk *walk, const sepal_matrix *m, const sepal_u16 *place, sepal_u16 *offset, int8_t *value, const uint32_t b, const uint32_t w)
{
    const uint8_t *s = walk->entries;
    const int8_t *t = walk->values, *last = value + m->cols;
    uint32_t u = walk->u;
    (void)place, (void)offset, (void)w;
    do {
        uint32_t c = SEPAL_LOW(u, b);
        u >>= b;
        if (SEPAL_RARELY(u == 0u)) {
            u = sepal_eight(s, b);
            s += b;
            c = SEPAL_LOW(u, b);
            u = u >> b | 1u << 7u * b;
        }
        *value++ = t[c];
    } while (value < last);
    walk->u = u;
    walk->entries = s;
    return m->cols;
}

#define SEPAL_UNPACK_LAYOUT(name, function, format, family, b, w)                                          \
    SEPAL_APART uint32_t sepal_unpack_##function(sepal_walk *walk, const sepal_line *l, sepal_u16 *offset, int8_t *value)\
    {                                                                                                      \
        return sepal_unpack_##family(walk, l->m, l->place, offset, value, b, w);                           \
    }
SEPAL_LAYOUTS(SEPAL_UNPACK_LAYOUT)
#define SEPAL_UNPACK_CASE(name, function, format, family, b, w)                                            \
    case SEPAL_LAYOUT(SEPAL_##format, b, w): return SEPAL_HAS(name) ? sepal_unpack_##function(walk, l, offset, value) : 0u;
SEPAL_STATIC uint32_t sepal_unpack(sepal_walk *walk, const sepal_line *l, sepal_u16 *offset, int8_t *value)
{
    switch ((uint32_t)l->m->format << 8 | *l->m->weights) {
        SEPAL_LAYOUTS(SEPAL_UNPACK_CASE)
    default: return 0u;
    }
}
#endif

/* All rows of weights, one after the other, each on all rows of pixels. */
SEPAL_APART void sepal_line_by_rows(sepal_line *l, const uint8_t *file, const int8_t *x, int8_t *y)
{
    sepal_matrix m;
    uint32_t row, left = l->group_rows, n;
    sepal_taps t;
#if SEPAL_HEADS
    sepal_u16 *offsets;
    int8_t *values;
    sepal_walk walk;
#endif
    sepal_read_matrix(&m, file, l->block, l->format, l->rowwise);
    l->m = &m;
    n = m.cols;
    t.l = l;
    t.offset = l->place;
    t.value = (const int8_t *)m.weights;
#if SEPAL_HEADS
    offsets = l->place + sepal_pad(2u * m.cols) / 2u;
    values = (int8_t *)(offsets + (m.format == SEPAL_CODES ? 0u : sepal_pad(2u * m.most) / 2u));
    if (m.format >= SEPAL_GAP) {
        sepal_start(&walk, m.weights, m.format, *m.weights & 15u, *m.weights >> 4);
        if (m.format != SEPAL_CODES) t.offset = offsets;
        t.value = values;
    }
#endif
    for (row = 0; row < m.rows; row++, y += l->out_plane) {
#if SEPAL_HEADS
        if (m.format >= SEPAL_GAP) n = sepal_unpack(&walk, l, offsets, values);
#endif
        t.last = t.value + n;
        t.bias = sepal_bias(&m, row);
        t.mult = m.mult[row * m.mult_step];
        if (l->step == 1u && l->count >= 4u) sepal_taps_near(&t, x, y);
        else sepal_taps_far(&t, x, y);
        if (m.format == SEPAL_DENSE_S8) t.value = t.last;
        if (--left == 0u) {
            left = l->group_rows;
            x += l->group_plane;
        }
    }
    l->m = (const sepal_matrix *)0;
}
#endif

SEPAL_APART void sepal_line_set(sepal_line *l, const uint8_t *block, const sepal_geometry *g, const sepal_view *in, uint32_t out_plane)
{
    l->m = (const sepal_matrix *)0;
    l->block = block;
    l->lines = 1u;
    l->in_row = 0u;
    l->out_row = 0u;
    l->step = g->sw;
    l->out_plane = out_plane;
    l->group_rows = (uint16_t)(sepal_r16(block) / g->groups);
    l->group_plane = in->c / g->groups * in->plane;
}
#endif /* SEPAL_CONVOLUTIONS */

/* ---- float32 ------------------------------------------------------------------------------------- */

#if SEPAL_HAS(FLOAT)
SEPAL_INLINE float sepal_multiply(float a, float b)
{
    float product = a * b; /* rounded by itself: never part of a fused multiply-add */
#if defined(__GNUC__) && defined(__arm__) && defined(__ARM_FP)
    __asm__("" : "+t"(product));
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__("" : "+w"(product));
#elif defined(__GNUC__) && defined(__SSE2__)
    __asm__("" : "+x"(product));
#elif defined(__GNUC__) && defined(__riscv_flen)
    __asm__("" : "+f"(product));
#endif
    return product;
}

SEPAL_INLINE float sepal_activate(float x, uint32_t activation)
{
    if (activation == 0u) return x;
    if (!(x > 0.0f)) x = 0.0f;
    if (activation == 2u && !(x < 6.0f)) x = 6.0f;
    return x;
}

#if SEPAL_MATRICES
/* A walk over rows of either format: how many weights the row has, and where it and its columns are. */
typedef struct {
    const sepal_f32 *weight;
    const sepal_u16 *column; /* null: all columns */
    const sepal_u16 *count;
} sepal_float_rows;

static void sepal_float_start(sepal_float_rows *r, const sepal_matrix *m)
{
    const uint8_t *p = m->weights;
    uint32_t row, all = 0;
    r->column = (const sepal_u16 *)0;
    r->count = (const sepal_u16 *)(const void *)p;
    if (m->format == SEPAL_SPARSE_F32) {
        for (row = 0; row < m->rows; row++) all += r->count[row];
        p += sepal_pad(2u * m->rows);
        r->column = (const sepal_u16 *)(const void *)p;
        p += sepal_pad(2u * all);
    }
    r->weight = (const sepal_f32 *)(const void *)p;
}

/* One row on `x`; column j is x[j], or x[place[j]]. */
static float sepal_float_row(const sepal_float_rows *r, uint32_t n, float acc, const sepal_f32 *x, const sepal_u16 *place)
{
    uint32_t k;
    for (k = 0; k < n; k++) {
        uint32_t j = r->column != 0 ? r->column[k] : k;
        acc += sepal_multiply(r->weight[k], x[place != 0 ? place[j] : j]);
    }
    return acc;
}

/* All rows on `count` pixels; for a plain product one pixel and no places. */
SEPAL_APART void sepal_float_line(const sepal_matrix *m, const sepal_f32 *x, sepal_f32 *y, const sepal_u16 *place, const uint32_t *l)
{
    /* l: pixels, their step, planes of the output, rows and elements of a group */
    sepal_float_rows rows;
    const sepal_f32 *bias = (const sepal_f32 *)(const void *)m->bias;
    uint32_t row, p, left = l[3];
    sepal_float_start(&rows, m);
    for (row = 0; row < m->rows; row++, y += l[2]) {
        uint32_t n = rows.column != 0 ? rows.count[row] : m->cols;
        for (p = 0; p < l[0]; p++) {
            float acc = sepal_float_row(&rows, n, bias != 0 ? bias[row] : 0.0f, x + p * l[1], place);
            y[p] = sepal_activate(acc, m->activation);
        }
        rows.weight += n;
        if (rows.column != 0) rows.column += n;
        if (--left == 0u) {
            left = l[3];
            x += l[4];
        }
    }
}
#endif

/* Section 4.10. */
SEPAL_STATIC float sepal_exp(float x)
{
    union {
        float f;
        uint32_t u;
    } power;
    int32_t k;
    float r, p, kf, scaled;
    if (!(x > -87.0f)) x = -87.0f;
    if (x > 88.0f) x = 88.0f;
    scaled = sepal_multiply(x, 1.44269504f) + 0.5f;
    k = (int32_t)scaled;
    if ((float)k > scaled) k--;
    kf = (float)k;
    r = x - sepal_multiply(kf, 0.693359375f);
    r = r - sepal_multiply(kf, -2.12194440e-4f);
    p = sepal_multiply(1.9875691500e-4f, r) + 1.3981999507e-3f;
    p = sepal_multiply(p, r) + 8.3334519073e-3f;
    p = sepal_multiply(p, r) + 4.1665795894e-2f;
    p = sepal_multiply(p, r) + 1.6666665459e-1f;
    p = sepal_multiply(p, r) + 5.0000001201e-1f;
    p = sepal_multiply(sepal_multiply(p, r), r) + r;
    p = p + 1.0f;
    power.u = (uint32_t)(k + 127) << 23;
    return sepal_multiply(p, power.f);
}

#if SEPAL_HAS(UNARY)
static float sepal_sigmoid(float x) { return 1.0f / (1.0f + sepal_exp(-x)); }

static float sepal_function(uint32_t kind, float x, float parameter)
{
    switch (kind) {
    case 0: return sepal_activate(x, 1u);
    case 1: return sepal_activate(x, 2u);
    case 2: return x < 0.0f ? sepal_multiply(parameter, x) : x;
    case 3: return sepal_sigmoid(x);
    case 4: return sepal_multiply(2.0f, sepal_sigmoid(sepal_multiply(2.0f, x))) - 1.0f;
    case 5: return sepal_multiply(x, sepal_activate(x + 3.0f, 2u)) / 6.0f;
    default: return x;
    }
}
#endif
#endif /* SEPAL_HAS(FLOAT) */

int8_t sepal_quantize(float x, float scale, int8_t zero_point)
{
    float v = x / scale;
    int32_t q;
    if (!(v > -512.0f)) v = -512.0f; /* also what is not a number */
    if (v > 512.0f) v = 512.0f;
    q = (int32_t)v;
    if (v - (float)q >= 0.5f) q++;
    if (v - (float)q <= -0.5f) q--;
    q += zero_point;
    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

float sepal_dequantize(int8_t q, float scale, int8_t zero_point)
{
    return scale * (float)((int32_t)q - zero_point);
}

/* ---- Operations ---------------------------------------------------------------------------------- */

#if SEPAL_HAS(DENSE)
SEPAL_APART void sepal_op_dense(const uint8_t *file, const uint8_t *p, uint8_t *arena)
{
    sepal_matrix m;
    uint8_t *x = arena + sepal_r32(p + 4), *y = arena + sepal_r32(p + 8);
    sepal_read_matrix(&m, file, p + 12, p[1], p[2] & SEPAL_ROWWISE);
#if SEPAL_HAS(FLOAT)
    if ((p[2] & SEPAL_FLOAT) != 0u) {
        uint32_t line[5];
        line[0] = 1u;
        line[1] = 0u;
        line[2] = 1u;
        line[3] = m.rows;
        line[4] = 0u;
        sepal_float_line(&m, (const sepal_f32 *)(const void *)x, (sepal_f32 *)(void *)y, (const sepal_u16 *)0, line);
        return;
    }
#endif
    sepal_dense(&m, (const int8_t *)x, (int8_t *)y);
}
#endif

#if SEPAL_CONVOLUTIONS
#if SEPAL_HAS(FLOAT)
SEPAL_APART void sepal_line_float(const sepal_line *l, const sepal_f32 *x, sepal_f32 *y)
{
    uint32_t line[5];
    line[0] = l->count;
    line[1] = l->step;
    line[2] = l->out_plane;
    line[3] = l->group_rows;
    line[4] = l->group_plane;
    sepal_float_line(l->m, x, y, l->place, line);
}
#endif

/* Row after row of pixels, each on all rows of weights. */
SEPAL_APART void sepal_line_by_lines(sepal_line *l, const uint8_t *file, uint8_t *x, uint8_t *y, uint32_t is_float)
{
    sepal_matrix m;
    uint32_t line, from = 0, to = 0;
    sepal_read_matrix(&m, file, l->block, l->format, l->rowwise);
    l->m = &m;
    for (line = 0; line < l->lines; line++, from += l->in_row, to += l->out_row) {
#if SEPAL_HAS(FLOAT)
        if (is_float != 0u) {
            sepal_line_float(l, (const sepal_f32 *)(const void *)x + from, (sepal_f32 *)(void *)y + to);
            continue;
        }
#else
        (void)is_float;
#endif
        sepal_line_run(l, (const int8_t *)x + from, (int8_t *)y + to);
    }
    l->m = (const sepal_matrix *)0;
}

/* All rows of a line: `from` and `to` in elements. */
SEPAL_INLINE void sepal_line_any(sepal_line *l, const uint8_t *file, uint8_t *x, uint32_t from, uint8_t *y, uint32_t to, uint32_t is_float)
{
    const uint32_t size = is_float != 0u ? 4u : 1u;
    x += size * from;
    y += size * to;
#if SEPAL_BY_ROWS
    if (l->format == SEPAL_DENSE_S8 || l->format >= SEPAL_GAP) {
        sepal_line_by_rows(l, file, (const int8_t *)x, (int8_t *)y);
        return;
    }
#endif
    sepal_line_by_lines(l, file, x, y, is_float);
}
#endif

#if SEPAL_HAS(CONV)
SEPAL_APART void sepal_op_conv(const uint8_t *file, const uint8_t *p, uint8_t *arena)
{
    sepal_view in, out;
    sepal_geometry g;
    sepal_line l;
    sepal_read_view(&in, p + 4);
    sepal_read_view(&out, p + 20);
    sepal_read_geometry(&g, p + 60);
    sepal_line_set(&l, p + 36, &g, &in, out.plane);
    l.format = p[1];
    l.rowwise = p[2] & SEPAL_ROWWISE;
    l.place = (sepal_u16 *)(void *)(arena + sepal_r32(p + 68));
    sepal_places(l.place, &g, &in, 0, in.h);
    l.count = out.w;
    l.lines = out.h;
    l.in_row = (uint32_t)g.sh * in.pitch;
    l.out_row = out.pitch;
    /* A 1x1 filter sees planes without gaps as one row. */
    if (g.kh == 1u && g.kw == 1u && g.sh == 1u && g.sw == 1u && in.pitch == in.w && out.pitch == out.w) {
        l.count *= l.lines;
        l.lines = 1u;
    }
    sepal_line_any(&l, file, arena + in.offset, 0, arena + out.offset, 0, p[2] & SEPAL_FLOAT);
}
#endif

#if SEPAL_HAS(PAIR) || SEPAL_HAS(FILL)
/* Sets `h` rows of a view from row `y` on. */
SEPAL_APART void sepal_set(uint8_t *arena, const sepal_view *v, uint32_t y, uint32_t h, uint32_t value, uint32_t is_float)
{
    uint32_t k, i, x;
    for (k = 0; k < v->c; k++) {
        for (i = y; i < y + h; i++) {
            uint32_t at = k * v->plane + i * v->pitch;
            if (is_float != 0u) {
                sepal_u32 *row = (sepal_u32 *)(void *)(arena + v->offset) + at;
                for (x = 0; x < v->w; x++) row[x] = value;
            } else {
                uint8_t *row = arena + v->offset + at;
                for (x = 0; x < v->w; x++) row[x] = (uint8_t)value;
            }
        }
    }
}
#endif

#if SEPAL_HAS(PAIR)
/* What belongs to the first (0) or the second (1) of the two convolutions is read anew each time: it would take
 * stack while they run. */
SEPAL_STATIC sepal_u16 *sepal_pair_scratch(const uint8_t *p, uint8_t *arena, uint32_t second)
{
    uint32_t at = sepal_r32(p + 116);
    if (second != 0u) at += sepal_pad(sepal_scratch(p + 52, p[1]));
    return (sepal_u16 *)(void *)(arena + at);
}

SEPAL_APART void sepal_pair_places(const uint8_t *p, uint8_t *arena, uint32_t second, uint32_t first, uint32_t ring)
{
    sepal_view in;
    sepal_geometry g;
    sepal_read_view(&in, p + 4 + 16u * second);
    sepal_read_geometry(&g, p + 100 + 8u * second);
    sepal_places(sepal_pair_scratch(p, arena, second), &g, &in, first, ring);
}

/* Sets `h` rows of the ring from row `y` on to the zero point. */
SEPAL_APART void sepal_pair_clear(const uint8_t *p, uint8_t *arena, uint32_t y, uint32_t h)
{
    sepal_view mid;
    sepal_read_view(&mid, p + 20);
    sepal_set(arena, &mid, y, h, (p[2] & SEPAL_FLOAT) != 0u ? 0u : p[122], p[2] & SEPAL_FLOAT);
}

SEPAL_APART void sepal_pair_set(sepal_line *l, const uint8_t *p, uint8_t *arena, uint32_t second)
{
    sepal_view in;
    sepal_geometry g;
    sepal_read_view(&in, p + 4 + 16u * second);
    sepal_read_geometry(&g, p + 100 + 8u * second);
    sepal_line_set(l, p + 52 + 24u * second, &g, &in, sepal_r32(p + 32 + 16u * second));
    l->format = second != 0u ? p[123] : p[1];
    l->rowwise = p[2] & (1u << second);
    l->place = sepal_pair_scratch(p, arena, second);
    l->count = (in.w - g.dw * (g.kw - 1u) - 1u) / g.sw + 1u;
}

/* One row of output pixels, in row `to` of what they are written to, from row `from` of what is read on. */
SEPAL_APART void sepal_pair_line(const uint8_t *file, const uint8_t *p, uint8_t *arena, uint32_t second, uint32_t from, uint32_t to)
{
    const uint8_t *in = p + 4 + 16u * second, *out = in + 16;
    sepal_line l;
    sepal_pair_set(&l, p, arena, second);
    from *= sepal_r16(in + 10);
    to *= sepal_r16(out + 10);
    if (second == 0u) to += p[121];
    sepal_line_any(&l, file, arena + sepal_r32(in), from, arena + sepal_r32(out), to, p[2] & SEPAL_FLOAT);
}

SEPAL_APART void sepal_op_pair(const uint8_t *file, const uint8_t *p, uint8_t *arena)
{
    const uint32_t ring = sepal_r32(p + 32) / sepal_r16(p + 30);
    const uint32_t rows = (sepal_r16(p + 10) - (uint32_t)p[104] * (p[100] - 1u) - 1u) / p[102] + 1u;
    uint32_t y, made = 0;
    sepal_pair_places(p, arena, 0u, 0u, sepal_r16(p + 10));
    sepal_pair_clear(p, arena, 0, ring);
    for (y = 0; y < sepal_r16(p + 42); y++) {
        const uint32_t top = y * p[110], last = top + (uint32_t)p[112] * (p[108] - 1u);
        uint32_t slot = made;
        while (slot >= ring) slot -= ring;
        for (; made <= last; made++) {
            uint32_t row = made - p[120]; /* wraps in the border above */
            if (row < rows) sepal_pair_line(file, p, arena, 0u, row * p[102], slot);
            else sepal_pair_clear(p, arena, slot, 1u);
            if (++slot == ring) slot = 0;
        }
        sepal_pair_places(p, arena, 1u, top, ring);
        sepal_pair_line(file, p, arena, 1u, 0u, y);
    }
}
#endif

#if SEPAL_HAS(POOL)
SEPAL_INLINE int32_t sepal_div(int32_t s, int32_t n) { return s >= 0 ? (s + n / 2) / n : -((-s + n / 2) / n); }

/* The part of a window along one axis that lies inside. */
SEPAL_INLINE void sepal_clip(uint32_t at, uint32_t before, uint32_t reach, uint32_t size, uint32_t *from, uint32_t *to)
{
    *from = at < before ? 0u : at - before;
    *to = at + reach < before + size ? at + reach - before : size;
}

SEPAL_STATIC void sepal_pool_float(const uint8_t *p, const sepal_f32 *x, sepal_f32 *y, const uint32_t *r)
{
    /* r: from and to of rows, from and to of columns, pitch */
    float s = -0.0f, best = x[r[0] * r[4] + r[2]];
    uint32_t i, j, n = (r[1] - r[0]) * (r[3] - r[2]);
    for (i = r[0]; i < r[1]; i++) {
        for (j = r[2]; j < r[3]; j++) {
            float v = x[i * r[4] + j];
            s += v;
            if (v > best) best = v;
        }
    }
    if (p[1] == 2u) n = sepal_r16(p + 36) * sepal_r16(p + 38);
    *y = p[1] == 0u ? best : s / (float)n;
}

/* Maxima of one window in all channels. */
static void sepal_pool_max(const sepal_view *in, const sepal_view *out, const int8_t *x, int8_t *y, const uint32_t *r)
{
    const uint32_t rows = r[1] - r[0], columns = r[3] - r[2];
    const uint32_t skip = in->pitch - columns, next = in->plane - rows * in->pitch;
    const int8_t *v = x + r[0] * in->pitch + r[2];
    uint32_t k, i;
    if (rows == 2u && columns == 2u) {
        const int8_t *u = v + in->pitch;
        for (k = out->c; k != 0u; k--, v += in->plane, u += in->plane, y += out->plane) {
            int32_t a = v[0], b = v[1], c = u[0], d = u[1];
            if (b > a) a = b;
            if (d > c) c = d;
            *y = (int8_t)(c > a ? c : a);
        }
        return;
    }
    for (k = out->c; k != 0u; k--, v += next, y += out->plane) {
        int32_t best = *v;
        for (i = rows; i != 0u; i--, v += skip) {
            const int8_t *end = v + columns;
            do {
                int32_t e = *v++;
                if (e > best) best = e;
            } while (v < end);
        }
        *y = (int8_t)best;
    }
}

static int8_t sepal_pool_average(const uint8_t *p, const int8_t *x, const uint32_t *r, const sepal_scale *q)
{
    int32_t zero = sepal_i8(p + 48), s = 0, v;
    uint32_t i, j, n = (r[1] - r[0]) * (r[3] - r[2]);
    for (i = r[0]; i < r[1]; i++)
        for (j = r[2]; j < r[3]; j++) s += x[i * r[4] + j] - zero;
    if (q->post != 0u) return sepal_finish(q, s, sepal_r16(p + 44));
    if (p[1] == 2u) n = sepal_r16(p + 36) * sepal_r16(p + 38);
    v = sepal_div(s, (int32_t)n) + q->zero_point;
    return (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v);
}

SEPAL_APART void sepal_op_pool(const uint8_t *p, uint8_t *arena)
{
    sepal_view in, out;
    sepal_scale q;
    uint32_t k, y, x, kh = sepal_r16(p + 36), kw = sepal_r16(p + 38), r[5];
    sepal_read_view(&in, p + 4);
    sepal_read_view(&out, p + 20);
    sepal_read_scale(&q, p[46], p[47], sepal_i8(p + 49), -128, 127);
    r[4] = in.pitch;
    for (y = 0; y < out.h; y++) {
        sepal_clip(y * p[40], p[42], kh, in.h, &r[0], &r[1]);
        for (x = 0; x < out.w; x++) {
            sepal_clip(x * p[41], p[43], kw, in.w, &r[2], &r[3]);
            if ((p[1] | (p[2] & SEPAL_FLOAT)) == 0u) {
                sepal_pool_max(&in, &out, (const int8_t *)(arena + in.offset), (int8_t *)(arena + out.offset) + y * out.pitch + x, r);
                continue;
            }
            for (k = 0; k < out.c; k++) {
                uint32_t from = k * in.plane, to = k * out.plane + y * out.pitch + x;
#if SEPAL_HAS(FLOAT)
                if ((p[2] & SEPAL_FLOAT) != 0u) {
                    sepal_pool_float(p, (const sepal_f32 *)(const void *)(arena + in.offset) + from, (sepal_f32 *)(void *)(arena + out.offset) + to, r);
                    continue;
                }
#endif
                arena[out.offset + to] = (uint8_t)sepal_pool_average(p, (const int8_t *)(arena + in.offset) + from, r, &q);
            }
        }
    }
}
#endif

#if SEPAL_HAS(ADD) || SEPAL_HAS(MUL)
typedef struct {
    sepal_scale scale;
    int32_t ma, mb, za, zb;
    uint32_t mult, activation, adds, shift;
} sepal_binary;

SEPAL_INLINE void sepal_combine(const sepal_binary *o, const uint8_t *a, const uint8_t *b, uint8_t *y, uint32_t is_float)
{
#if SEPAL_HAS(FLOAT)
    if (is_float != 0u) {
        float va = sepal_rf(a), vb = sepal_rf(b), v;
        if (o->adds != 0u) v = o->mb < 0 ? va - vb : va + vb;
        else v = va * vb;
        *(sepal_f32 *)(void *)y = sepal_activate(v, o->activation);
        return;
    }
#else
    (void)is_float;
#endif
    {
        int32_t va = sepal_i8(a) - o->za, vb = sepal_i8(b) - o->zb;
        if (o->adds != 0u) {
            int32_t v = (va * o->ma + vb * o->mb + (INT32_C(1) << (o->shift - 1u))) >> o->shift;
            v += o->scale.zero_point;
            if ((uint32_t)(v - o->scale.lo) > o->scale.range)
                v = v < o->scale.lo ? o->scale.lo : o->scale.lo + (int32_t)o->scale.range;
            *y = (uint8_t)v;
        } else *y = (uint8_t)sepal_finish(&o->scale, va * vb, o->mult);
    }
}

SEPAL_APART void sepal_op_binary(const uint8_t *p, uint8_t *arena)
{
    sepal_view a, b, out;
    sepal_binary o;
    uint32_t k, y, x, is_float = p[2] & SEPAL_FLOAT, size = is_float != 0u ? 4u : 1u;
    sepal_read_view(&a, p + 4);
    sepal_read_view(&b, p + 20);
    sepal_read_view(&out, p + 36);
    o.adds = p[0] == SEPAL_OP_ADD;
    if (o.adds != 0u) {
        o.ma = (int32_t)sepal_r32(p + 52);
        o.mb = (int32_t)sepal_r32(p + 56);
        o.shift = p[60];
        o.za = sepal_i8(p + 61);
        o.zb = sepal_i8(p + 62);
        o.mult = 0u;
        o.activation = sepal_r16(p + 66);
        sepal_read_scale(&o.scale, 0u, 0u, sepal_i8(p + 63), sepal_i8(p + 64), sepal_i8(p + 65));
    } else {
        o.ma = o.mb = 0;
        o.shift = 1u;
        o.mult = sepal_r16(p + 52);
        o.za = sepal_i8(p + 56);
        o.zb = sepal_i8(p + 57);
        o.activation = 0u;
        sepal_read_scale(&o.scale, p[54], p[55], sepal_i8(p + 58), -128, 127);
    }
    for (k = 0; k < out.c; k++) {
        for (y = 0; y < out.h; y++) {
            const uint8_t *pa = arena + a.offset + size * (k * a.plane + y * a.pitch);
            const uint8_t *pb = arena + b.offset + size * ((b.c == 1u ? 0u : k) * b.plane + (b.h == 1u ? 0u : y) * b.pitch);
            uint8_t *to = arena + out.offset + size * (k * out.plane + y * out.pitch);
            uint32_t step = b.w == 1u ? 0u : size;
            for (x = 0; x < out.w; x++, pa += size, pb += step, to += size) sepal_combine(&o, pa, pb, to, is_float);
        }
    }
}
#endif

#if SEPAL_MAPS
/* One row of an operation that maps each element. */
static void sepal_map_row(const uint8_t *file, const uint8_t *p, const uint8_t *x, uint8_t *y, uint32_t n)
{
    uint32_t i;
    switch (p[0]) {
#if SEPAL_HAS(UNARY)
    case SEPAL_OP_UNARY:
#if SEPAL_HAS(FLOAT)
        if ((p[2] & SEPAL_FLOAT) != 0u) {
            const sepal_f32 *from = (const sepal_f32 *)(const void *)x;
            sepal_f32 *to = (sepal_f32 *)(void *)y;
            for (i = 0; i < n; i++) to[i] = sepal_function(p[1], from[i], sepal_rf(p + 36));
            break;
        }
#endif
        {
            const uint8_t *table = file + sepal_r32(p + 36);
            for (i = 0; i < n; i++) y[i] = table[x[i] ^ 0x80u];
        }
        break;
#endif
#if SEPAL_HAS(COPY)
    case SEPAL_OP_COPY:
        if ((p[2] & SEPAL_FLOAT) != 0u) n *= 4u;
        for (i = 0; i < n; i++) y[i] = x[i];
        break;
#endif
    default: break;
    }
    (void)file;
    (void)i;
}

SEPAL_APART void sepal_op_map(const uint8_t *file, const uint8_t *p, uint8_t *arena)
{
    sepal_view in, out;
    uint32_t k, y, size = (p[2] & SEPAL_FLOAT) != 0u ? 4u : 1u;
    sepal_read_view(&in, p + 4);
    sepal_read_view(&out, p + 20);
    for (k = 0; k < out.c; k++)
        for (y = 0; y < out.h; y++)
            sepal_map_row(file, p, arena + in.offset + size * (k * in.plane + y * in.pitch),
                          arena + out.offset + size * (k * out.plane + y * out.pitch), out.w);
}
#endif

#if SEPAL_HAS(SOFTMAX)
SEPAL_APART void sepal_op_softmax(const uint8_t *file, const uint8_t *p, uint8_t *arena)
{
    uint32_t i, n = sepal_r16(p + 12);
#if SEPAL_HAS(FLOAT)
    if ((p[2] & SEPAL_FLOAT) != 0u) {
        const sepal_f32 *x = (const sepal_f32 *)(const void *)(arena + sepal_r32(p + 4));
        sepal_f32 *y = (sepal_f32 *)(void *)(arena + sepal_r32(p + 8));
        float most = x[0], s = 0.0f;
        for (i = 1; i < n; i++)
            if (x[i] > most) most = x[i];
        for (i = 0; i < n; i++) {
            float e = sepal_exp(x[i] - most);
            y[i] = e;
            s += e;
        }
        for (i = 0; i < n; i++) y[i] = y[i] / s;
        return;
    }
#endif
    {
        const int8_t *x = (const int8_t *)(arena + sepal_r32(p + 4));
        int8_t *y = (int8_t *)(arena + sepal_r32(p + 8));
        const sepal_u16 *table = (const sepal_u16 *)(const void *)(file + sepal_r32(p + 16));
        int32_t most = -128;
        uint32_t s = 0;
        for (i = 0; i < n; i++)
            if (x[i] > most) most = x[i];
        for (i = 0; i < n; i++) s += table[most - x[i]];
        for (i = 0; i < n; i++) {
            uint32_t v = ((uint32_t)table[most - x[i]] * 256u + s / 2u) / s;
            y[i] = (int8_t)(v > 255u ? 127 : (int32_t)v - 128);
        }
    }
}
#endif

/* ---- Opening: section 7 -------------------------------------------------------------------------- */

uint32_t sepal_crc32(const void *data, uint32_t bytes)
{
    const uint8_t *p = (const uint8_t *)data;
    uint32_t crc = 0xffffffffu, k;
    while (bytes-- != 0u) {
        crc ^= *p++;
        for (k = 0; k < 8u; k++) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

/* `a * b`, or all ones where that is more than 32 bits. */
SEPAL_STATIC uint32_t sepal_times(uint32_t a, uint32_t b)
{
    return b != 0u && a > 0xffffffffu / b ? 0xffffffffu : a * b;
}

/* Whether `bytes` bytes at file offset `at` are an array behind the records. */
SEPAL_STATIC int sepal_in_file(const sepal_model *m, uint32_t at, uint32_t bytes)
{
    return at % 4u == 0u && at >= m->records && at <= m->total && bytes <= m->total - at;
}

SEPAL_STATIC int sepal_in_arena(const sepal_model *m, uint32_t at, uint32_t bytes, uint32_t align)
{
    return (at & (align - 1u)) == 0u && at <= m->arena_bytes && bytes <= m->arena_bytes - at;
}

/* Whether a view's elements, `extent` of a plane's, lie in the arena. */
static int sepal_view_fits(const sepal_model *m, const sepal_view *v, uint32_t extent, uint32_t size)
{
    uint32_t last = sepal_times(v->c - 1u, v->plane);
    if (last > m->arena_bytes || extent > m->arena_bytes) return 0;
    return v->offset <= m->arena_bytes && sepal_times(last + extent, size) <= m->arena_bytes - v->offset;
}

/* Reads a view of elements of `size` bytes; 0 where it is wrong. */
static int sepal_check_view(const sepal_model *m, sepal_view *v, const uint8_t *p, uint32_t size)
{
    uint32_t extent;
    sepal_read_view(v, p);
    if (v->c == 0u || v->h == 0u || v->w == 0u || v->pitch < v->w) return 0;
    extent = (v->h - 1u) * v->pitch + v->w;
    if (v->plane < extent && v->c > 1u) return 0;
    /* Views begin anywhere in a tensor; f32 at multiples of 4. */
    if (v->offset % size != 0u) return 0;
    return sepal_view_fits(m, v, extent, size);
}

#if SEPAL_MAPS
static int sepal_same(const sepal_view *a, const sepal_view *b)
{
    return a->c == b->c && a->h == b->h && a->w == b->w;
}
#endif

#if SEPAL_SPARSE_ROWS
/* Sparse rows of `v`-bit values and `d`-bit deltas: no column reaches the end, all words lie in the file. */
static int sepal_check_sparse(const sepal_model *m, uint32_t at, uint32_t rows, uint32_t cols, uint32_t bits)
{
    /* bits: value, delta and entries per word, a byte each */
    uint32_t v = bits & 255u, d = bits >> 8 & 255u, per = bits >> 16, head = SEPAL_TABLE(v) + sepal_pad(rows);
    const uint8_t *count;
    uint32_t row, word, j;
    if (!sepal_in_file(m, at, head)) return 0;
    if (v < 8u && m->file[at] != 0u) return 0;
    count = m->file + at + SEPAL_TABLE(v);
    at += head;
    for (row = 0; row < rows; row++) {
        uint32_t column = 0;
        if (!sepal_in_file(m, at, 4u * count[row])) return 0;
        for (word = 0; word < count[row]; word++, at += 4u) {
            uint32_t u = sepal_r32(m->file + at);
            for (j = 0; j < per; j++, u >>= v + d) {
                column += u >> v & ((1u << d) - 1u);
                if (column >= cols) return 0;
            }
        }
    }
    return 1;
}
#endif

#if SEPAL_BLOCKS
static int sepal_check_blocks(const sepal_model *m, uint32_t at, uint32_t groups, uint32_t cols)
{
    uint32_t all = 0, g, k;
    const sepal_u16 *count;
    const uint8_t *delta;
    if (!sepal_in_file(m, at, 2u * groups)) return 0;
    count = (const sepal_u16 *)(const void *)(m->file + at);
    at += sepal_pad(2u * groups);
    for (g = 0; g < groups; g++) all += count[g];
    if (!sepal_in_file(m, at, all)) return 0;
    delta = m->file + at;
    for (g = 0; g < groups; g++) {
        uint32_t column = 0;
        for (k = 0; k < count[g]; k++) {
            column += *delta++;
            if (column >= cols) return 0;
        }
    }
    at += sepal_pad(all);
    return sepal_in_file(m, at, sepal_times(4u, all));
}
#endif

#if SEPAL_HAS(SPARSE_F32)
static int sepal_check_sparse_f32(const sepal_model *m, uint32_t at, uint32_t rows, uint32_t cols)
{
    uint32_t all = 0, row, k;
    const sepal_u16 *count, *column;
    if (!sepal_in_file(m, at, 2u * rows)) return 0;
    count = (const sepal_u16 *)(const void *)(m->file + at);
    at += sepal_pad(2u * rows);
    for (row = 0; row < rows; row++) all += count[row];
    if (!sepal_in_file(m, at, sepal_times(2u, all))) return 0;
    column = (const sepal_u16 *)(const void *)(m->file + at);
    at += sepal_pad(2u * all);
    if (!sepal_in_file(m, at, sepal_times(4u, all))) return 0;
    for (row = 0; row < rows; row++) {
        for (k = 0; k < count[row]; k++, column++)
            if (*column >= cols || (k > 0u && *column <= column[-1])) return 0;
    }
    return 1;
}
#endif

#if SEPAL_HEADS
/* Whether a walk over all rows of `gap` ends in time and reaches no column behind the last; `p` is its head. */
static int sepal_check_gap(const sepal_model *m, const uint8_t *p, uint32_t rows, uint32_t cols, uint32_t most)
{
    const uint32_t b = *p & 15u, w = *p >> 4, k = SEPAL_STEP(b, w), all = sepal_r32(p) >> 8 << 5;
    const uint32_t at = (uint32_t)(p - m->file) + (b == 8u ? 8u : 4u + (1u << b)), behind = at + all / 8u, per = w == 0u ? 1u : 32u / w;
    uint32_t bit = 0, entry = 0, entries, row;
    if (!sepal_in_file(m, at, all / 8u)) return 0;
    entries = (m->total - behind) / 4u * (w == 8u ? 4u : per);
    if (b == 8u) {
        uint32_t fields = sepal_fields_bytes(sepal_r32(p + 4), w);
        entries = sepal_r32(p + 4);
        if (entries > m->total || !sepal_in_file(m, behind, fields) || !sepal_in_file(m, behind + fields, entries)) return 0;
    }
    for (row = 0; row < rows; row++) {
        uint32_t column = 0, n = 0, stepped = 0;
        for (;; bit++) {
            if (bit == all) return 0;
            if ((sepal_r16(m->file + at + bit / 16u * 2u) >> (15u - bit % 16u) & 1u) != 0u) {
                if (stepped != 0u && column >= cols) return 0;
                column += 1u << k;
                stepped = 1u;
                continue;
            }
            if (stepped != 0u && column >= cols) break;
            stepped = 0;
            if (entry == entries || n == most) return 0;
            if (w == 8u) column += (uint32_t)m->file[behind + entry] >> b;
            else if (k != 0u) {
                uint32_t word = sepal_r32(m->file + behind + entry / per * 4u);
                if (w == 6u && (word & 3u) != 2u) return 0;
                column += word >> (32u - w * (entry % per) - k) & ((1u << k) - 1u);
            }
            if (column++ >= cols) return 0;
            entry++;
            n++;
        }
        bit++;
    }
    return 1;
}

static int sepal_check_skip(const sepal_model *m, const uint8_t *p, uint32_t rows, uint32_t cols, uint32_t most)
{
    const uint32_t b = *p & 15u, k = 8u - b, count = sepal_r32(p) >> 8;
    const uint8_t *s = p + 4u + (1u << b), *end = s + count;
    uint32_t row;
    if (!sepal_in_file(m, (uint32_t)(s - m->file), count) || p[4] != 0u) return 0;
    for (row = 0; row < rows; row++) {
        uint32_t column = 0, n = 0;
        for (;;) {
            uint32_t e;
            if (s == end) return 0;
            e = *s++;
            if (SEPAL_LOW(e, b) == 0u) {
                column += ((e >> b) + 1u) << k;
                if (column >= cols) break;
                continue;
            }
            column += e >> b;
            if (column++ >= cols || n++ == most) return 0;
        }
    }
    return 1;
}

#define SEPAL_LAYOUT_CASE(name, function, format, family, b, w)                                            \
    case SEPAL_LAYOUT(SEPAL_##format, b, w): return SEPAL_HAS(format) && SEPAL_HAS(name);
static int sepal_has_layout(uint32_t layout)
{
    switch (layout) {
        SEPAL_LAYOUTS(SEPAL_LAYOUT_CASE)
    default: return 0;
    }
}

/* Weights with a head, which states at most `most` values of a row. */
static int sepal_check_head(const sepal_model *m, uint32_t at, uint32_t rows, uint32_t cols, uint32_t format, uint32_t most)
{
    const uint8_t *p = m->file + at;
    int good;
    if (!sepal_in_file(m, at, 12u)) return SEPAL_E_ARRAY;
    if (!sepal_has_layout(format << 8 | *p)) return SEPAL_E_FEATURES;
    if (SEPAL_HAS(GAP) && format == SEPAL_GAP) good = sepal_check_gap(m, p, rows, cols, most);
    else if (SEPAL_HAS(SKIP) && format == SEPAL_SKIP) good = sepal_check_skip(m, p, rows, cols, most);
    else good = sepal_r32(p) >> 8 == 0u && sepal_in_file(m, at, 4u + (1u << *p) + (rows * cols + 7u) / 8u * *p);
    return good ? SEPAL_OK : SEPAL_E_ARRAY;
}
#endif

#if SEPAL_MATRICES
#define SEPAL_IS_FLOAT(format) ((format) - SEPAL_DENSE_F32 <= (uint32_t)SEPAL_SPARSE_F32 - SEPAL_DENSE_F32)
#define SEPAL_CHECK_CASE(name, function, v, d, per)                                                        \
    case SEPAL_##name: return SEPAL_HAS(name) ? sepal_check_sparse(m, at, rows, cols, v | d << 8 | per << 16) : 0;
static int sepal_check_weights(const sepal_model *m, uint32_t at, uint32_t rows, uint32_t cols, uint32_t format)
{
    (void)m, (void)at, (void)rows, (void)cols;
    switch (format) {
#if SEPAL_HAS(DENSE_S8)
    case SEPAL_DENSE_S8: return sepal_in_file(m, at, sepal_times(rows, cols));
#endif
#if SEPAL_HAS(DENSE_S4)
    case SEPAL_DENSE_S4: return sepal_in_file(m, at, sepal_times((rows + 7u) / 8u, 4u * cols));
#endif
#if SEPAL_HAS(DENSE_C4)
    case SEPAL_DENSE_C4:
        return sepal_in_file(m, at, 16u) && sepal_in_file(m, at + 16u, sepal_times(rows, (cols + 7u) / 8u * 4u));
#endif
#if SEPAL_SPARSE_ROWS
    SEPAL_SPARSE(SEPAL_CHECK_CASE)
#endif
#if SEPAL_HAS(BLOCK4_S8)
    case SEPAL_BLOCK4_S8: return sepal_check_blocks(m, at, (rows + 3u) / 4u, cols);
#endif
#if SEPAL_HAS(BLOCK8_S4)
    case SEPAL_BLOCK8_S4: return sepal_check_blocks(m, at, (rows + 7u) / 8u, cols);
#endif
#if SEPAL_HAS(DENSE_F32)
    case SEPAL_DENSE_F32: return sepal_in_file(m, at, sepal_times(sepal_times(rows, cols), 4u));
#endif
#if SEPAL_HAS(SPARSE_F32)
    case SEPAL_SPARSE_F32: return sepal_check_sparse_f32(m, at, rows, cols);
#endif
    default: return 0;
    }
}

/* A MATRIX block at `p` in `format`; `flags` are FLOAT and ROWWISE. */
static int sepal_check_matrix(const sepal_model *m, const uint8_t *p, uint32_t format, uint32_t flags)
{
    uint32_t rows = sepal_r16(p), cols = sepal_r16(p + 2), bias = sepal_r32(p + 8), is_float = flags & SEPAL_FLOAT;
    if (rows == 0u || cols == 0u || SEPAL_IS_FLOAT(format) != (is_float != 0u)) return SEPAL_E_RECORD;
#if SEPAL_HEADS
    if (format >= SEPAL_GAP) {
        int status = sepal_check_head(m, sepal_r32(p + 4), rows, cols, format, sepal_r16(p + 22));
        if (status != SEPAL_OK) return status;
    } else
#endif
    if (!sepal_check_weights(m, sepal_r32(p + 4), rows, cols, format)) return SEPAL_E_ARRAY;
    if (bias != 0u && !sepal_in_file(m, bias, rows * (is_float != 0u ? 4u : 2u))) return SEPAL_E_ARRAY;
    if (is_float != 0u) return sepal_r32(p + 12) != 0u || sepal_r16(p + 22) > 2u ? SEPAL_E_RECORD : SEPAL_OK;
    if (!sepal_in_file(m, sepal_r32(p + 12), (flags & SEPAL_ROWWISE) != 0u ? 2u * rows : 2u)) return SEPAL_E_ARRAY;
    if (p[16] > 16u || p[17] > 16u || p[18] < 1u || p[18] > 30u || sepal_i8(p + 21) < sepal_i8(p + 20)) return SEPAL_E_RECORD;
    return format != SEPAL_GAP && format != SEPAL_SKIP && sepal_r16(p + 22) != 0u ? SEPAL_E_RECORD : SEPAL_OK;
}
#endif

#if SEPAL_CONVOLUTIONS
/* A filter at `p` on `in` with the matrix block at `q`; its output's rows and columns into h and w. */
static int sepal_check_filter(const uint8_t *p, const uint8_t *q, uint32_t format, const sepal_view *in, uint32_t *h, uint32_t *w)
{
    sepal_geometry g;
    uint32_t reach_h, reach_w, channels, rows = sepal_r16(q);
    sepal_read_geometry(&g, p);
    if (g.kh == 0u || g.kw == 0u || g.sh == 0u || g.sw == 0u || g.dh == 0u || g.dw == 0u || g.groups == 0u) return SEPAL_E_RECORD;
    if (in->c % g.groups != 0u || rows % g.groups != 0u) return SEPAL_E_SHAPE;
    if (g.groups > 1u && (format == SEPAL_DENSE_S4 || format == SEPAL_BLOCK4_S8 || format == SEPAL_BLOCK8_S4)) return SEPAL_E_RECORD;
    channels = in->c / g.groups;
    reach_h = g.dh * (g.kh - 1u);
    reach_w = g.dw * (g.kw - 1u);
    if (sepal_r16(q + 2) != sepal_times(channels, g.kh * g.kw) || reach_h >= in->h || reach_w >= in->w) return SEPAL_E_SHAPE;
    *h = (in->h - reach_h - 1u) / g.sh + 1u;
    *w = (in->w - reach_w - 1u) / g.sw + 1u;
    return SEPAL_OK;
}

/* The largest offset of a column in a plane of `rows` rows. */
static int sepal_offsets_fit(const sepal_view *in, const uint8_t *p, uint32_t last_row)
{
    uint32_t channels = in->c / sepal_r16(p + 6), planes = sepal_times(channels - 1u, in->plane);
    return planes <= 65535u && planes + last_row * in->pitch + (uint32_t)p[5] * (p[1] - 1u) <= 65535u;
}
#endif

#if SEPAL_HAS(CONV)
static int sepal_check_conv(const sepal_model *m, const uint8_t *p)
{
    sepal_view in, out;
    uint32_t h = 0, w = 0, size = (p[2] & SEPAL_FLOAT) != 0u ? 4u : 1u;
    int status;
    if (!sepal_check_view(m, &in, p + 4, size) || !sepal_check_view(m, &out, p + 20, size)) return SEPAL_E_VIEW;
    status = sepal_check_matrix(m, p + 36, p[1], p[2]);
    if (status == SEPAL_OK) status = sepal_check_filter(p + 60, p + 36, p[1], &in, &h, &w);
    if (status != SEPAL_OK) return status;
    if (out.h != h || out.w != w || out.c != sepal_r16(p + 36)) return SEPAL_E_SHAPE;
    if (!sepal_offsets_fit(&in, p + 60, (uint32_t)p[64] * (p[60] - 1u))) return SEPAL_E_SHAPE;
    return sepal_in_arena(m, sepal_r32(p + 68), sepal_scratch(p + 36, p[1]), 4u) ? SEPAL_OK : SEPAL_E_VIEW;
}
#endif

#if SEPAL_HAS(PAIR)
static int sepal_check_pair(const sepal_model *m, const uint8_t *p)
{
    sepal_view in, mid, out;
    uint32_t h = 0, w = 0, ring, size = (p[2] & SEPAL_FLOAT) != 0u ? 4u : 1u, scratch = sepal_pad(sepal_scratch(p + 52, p[1]));
    int status;
    if (!sepal_check_view(m, &in, p + 4, size) || !sepal_check_view(m, &out, p + 36, size)) return SEPAL_E_VIEW;
    sepal_read_view(&mid, p + 20);
    if (mid.c == 0u || mid.h == 0u || mid.w == 0u || mid.pitch < mid.w || mid.plane % mid.pitch != 0u) return SEPAL_E_VIEW;
    ring = mid.plane / mid.pitch;
    if (ring == 0u || ring > mid.h || mid.offset % size != 0u || !sepal_view_fits(m, &mid, mid.plane, size)) return SEPAL_E_VIEW;
    status = sepal_check_matrix(m, p + 52, p[1], p[2] & (SEPAL_FLOAT | 1u));
    if (status == SEPAL_OK) status = sepal_check_matrix(m, p + 76, p[123], (p[2] & SEPAL_FLOAT) | (p[2] >> 1 & 1u));
    if (status == SEPAL_OK) status = sepal_check_filter(p + 100, p + 52, p[1], &in, &h, &w);
    if (status != SEPAL_OK) return status;
    if (mid.c != sepal_r16(p + 52) || mid.h < h + p[120] || mid.w < w + p[121]) return SEPAL_E_SHAPE;
    status = sepal_check_filter(p + 108, p + 76, p[123], &mid, &h, &w);
    if (status != SEPAL_OK) return status;
    if (out.h != h || out.w != w || out.c != sepal_r16(p + 76)) return SEPAL_E_SHAPE;
    if (ring < (uint32_t)p[112] * (p[108] - 1u) + 1u || !sepal_offsets_fit(&in, p + 100, (uint32_t)p[104] * (p[100] - 1u)) ||
        !sepal_offsets_fit(&mid, p + 108, ring - 1u)) return SEPAL_E_SHAPE;
    return sepal_in_arena(m, sepal_r32(p + 116), scratch + sepal_scratch(p + 76, p[123]), 4u) ? SEPAL_OK : SEPAL_E_VIEW;
}
#endif

#if SEPAL_HAS(POOL)
/* Whether each of `n` windows along an axis of `size` has something inside. */
static int sepal_windows(uint32_t n, uint32_t step, uint32_t before, uint32_t reach, uint32_t size)
{
    return reach != 0u && step != 0u && before < reach && (n - 1u) * step < size + before;
}

static int sepal_check_pool(const sepal_model *m, const uint8_t *p)
{
    sepal_view in, out;
    uint32_t size = (p[2] & SEPAL_FLOAT) != 0u ? 4u : 1u;
    if (!sepal_check_view(m, &in, p + 4, size) || !sepal_check_view(m, &out, p + 20, size)) return SEPAL_E_VIEW;
    if (p[1] > 2u || p[46] > 16u || p[47] > 30u || sepal_r16(p + 50) != 0u) return SEPAL_E_RECORD;
    if (in.c != out.c || !sepal_windows(out.h, p[40], p[42], sepal_r16(p + 36), in.h) ||
        !sepal_windows(out.w, p[41], p[43], sepal_r16(p + 38), in.w)) return SEPAL_E_SHAPE;
    return SEPAL_OK;
}
#endif

#if SEPAL_HAS(ADD) || SEPAL_HAS(MUL)
SEPAL_STATIC int sepal_repeats(uint32_t part, uint32_t whole) { return part == whole || part == 1u; }

static int sepal_check_binary(const sepal_model *m, const uint8_t *p)
{
    sepal_view a, b, out;
    uint32_t size = (p[2] & SEPAL_FLOAT) != 0u ? 4u : 1u;
    if (!sepal_check_view(m, &a, p + 4, size) || !sepal_check_view(m, &b, p + 20, size) ||
        !sepal_check_view(m, &out, p + 36, size)) return SEPAL_E_VIEW;
    if (a.c != out.c || a.h != out.h || a.w != out.w || !sepal_repeats(b.c, out.c) || !sepal_repeats(b.h, out.h) ||
        !sepal_repeats(b.w, out.w)) return SEPAL_E_SHAPE;
    if (p[0] == SEPAL_OP_ADD) {
        const uint32_t most = UINT32_C(1) << 21;
        if (sepal_r32(p + 52) + most > 2u * most || sepal_r32(p + 56) + most > 2u * most) return SEPAL_E_RECORD;
        if (p[60] < 1u || p[60] > 30u || sepal_i8(p + 65) < sepal_i8(p + 64) || sepal_r16(p + 66) > 2u) return SEPAL_E_RECORD;
        return SEPAL_OK;
    }
    return p[54] < 1u || p[54] > 16u || p[55] < 1u || p[55] > 30u || p[59] != 0u ? SEPAL_E_RECORD : SEPAL_OK;
}
#endif

#define SEPAL_OPERATION_WORDS(name, number, words) words,
/* Bytes of an operation's record; 0 for one that is not compiled. */
static uint32_t sepal_record_bytes(uint32_t op)
{
    static const uint8_t words[] = { 0, SEPAL_OPERATIONS(SEPAL_OPERATION_WORDS) };
    return op >= SEPAL_OP_END || (SEPAL_FEATURES & SEPAL_BIT(op)) == 0u ? 0u : 4u * words[op];
}

static int sepal_check_record(const sepal_model *m, const uint8_t *p)
{
    sepal_view in, out;
    uint32_t size = (p[2] & SEPAL_FLOAT) != 0u ? 4u : 1u;
    (void)m, (void)in, (void)out, (void)size;
    switch (p[0]) {
#if SEPAL_HAS(DENSE)
    case SEPAL_OP_DENSE: {
        int status = sepal_check_matrix(m, p + 12, p[1], p[2]);
        if (status != SEPAL_OK) return status;
        if (!sepal_in_arena(m, sepal_r32(p + 4), size * sepal_r16(p + 14), size) ||
            !sepal_in_arena(m, sepal_r32(p + 8), size * sepal_r16(p + 12), size)) return SEPAL_E_VIEW;
        return SEPAL_OK;
    }
#endif
#if SEPAL_HAS(CONV)
    case SEPAL_OP_CONV: return sepal_check_conv(m, p);
#endif
#if SEPAL_HAS(PAIR)
    case SEPAL_OP_PAIR: return sepal_check_pair(m, p);
#endif
#if SEPAL_HAS(POOL)
    case SEPAL_OP_POOL: return sepal_check_pool(m, p);
#endif
#if SEPAL_HAS(ADD)
    case SEPAL_OP_ADD: return sepal_check_binary(m, p);
#endif
#if SEPAL_HAS(MUL)
    case SEPAL_OP_MUL: return sepal_check_binary(m, p);
#endif
#if SEPAL_HAS(SOFTMAX)
    case SEPAL_OP_SOFTMAX: {
        uint32_t n = sepal_r16(p + 12);
        if (n == 0u || sepal_r16(p + 14) != 0u) return SEPAL_E_RECORD;
        if (!sepal_in_arena(m, sepal_r32(p + 4), size * n, size) ||
            !sepal_in_arena(m, sepal_r32(p + 8), size * n, size)) return SEPAL_E_VIEW;
        if (size == 4u) return sepal_r32(p + 16) != 0u ? SEPAL_E_RECORD : SEPAL_OK;
        if (!sepal_in_file(m, sepal_r32(p + 16), 512u)) return SEPAL_E_ARRAY;
        return sepal_r16(m->file + sepal_r32(p + 16)) == 32768u ? SEPAL_OK : SEPAL_E_ARRAY;
    }
#endif
#if SEPAL_MAPS
    case SEPAL_OP_UNARY:
    case SEPAL_OP_COPY:
        if (!sepal_check_view(m, &in, p + 4, size) || !sepal_check_view(m, &out, p + 20, size)) return SEPAL_E_VIEW;
        if (!sepal_same(&in, &out)) return SEPAL_E_SHAPE;
        if (p[0] == SEPAL_OP_UNARY && size == 1u && !sepal_in_file(m, sepal_r32(p + 36), 256u)) return SEPAL_E_ARRAY;
        if (p[0] == SEPAL_OP_UNARY && size == 4u && p[1] > 6u) return SEPAL_E_RECORD;
        return SEPAL_OK;
#endif
#if SEPAL_HAS(FILL)
    case SEPAL_OP_FILL: return sepal_check_view(m, &out, p + 4, size) ? SEPAL_OK : SEPAL_E_VIEW;
#endif
    default: return SEPAL_E_FEATURES;
    }
}

#define SEPAL_HEADER_BYTES 32u
#define SEPAL_IO_BYTES 24u

static int sepal_check_io(const sepal_model *m, const uint8_t *p)
{
    sepal_view v;
    if (p[16] > 1u || sepal_r16(p + 18) != 0u) return SEPAL_E_RECORD;
    if (!sepal_check_view(m, &v, p, p[16] != 0u ? 4u : 1u) || v.offset % 4u != 0u) return SEPAL_E_VIEW;
    return v.pitch == v.w && v.plane == v.w * v.h ? SEPAL_OK : SEPAL_E_VIEW;
}

/* All operations; leaves in m->records where they end, so that arrays can be held to lie behind. */
static int sepal_check_all(sepal_model *m, uint32_t first)
{
    uint32_t i, at = first, features = 0;
    for (i = 0; i < m->operations; i++) {
        const uint8_t *p = m->file + at;
        uint32_t bytes;
        if (m->total - at < 4u) return SEPAL_E_LENGTH;
        bytes = sepal_record_bytes(p[0]);
        if (bytes == 0u) return SEPAL_E_FEATURES;
        if (4u * (uint32_t)p[3] != bytes || m->total - at < bytes) return SEPAL_E_RECORD;
        features |= SEPAL_BIT(p[0]);
        if (p[0] <= SEPAL_OP_PAIR) features |= p[1] >= SEPAL_FORMATS_END ? 0u : SEPAL_BIT(16u + p[1]);
        if (p[0] == SEPAL_OP_PAIR) features |= p[123] >= SEPAL_FORMATS_END ? 0u : SEPAL_BIT(16u + p[123]);
        if ((p[2] & SEPAL_FLOAT) != 0u) features |= SEPAL_BIT(31);
        at += bytes;
    }
    if (features != sepal_r32(m->file + 24)) return SEPAL_E_FEATURES;
    m->records = at;
    for (i = 0, at = first; i < m->operations; i++) {
        const uint8_t *p = m->file + at;
        int status = sepal_check_record(m, p);
        if (status != SEPAL_OK) return status;
        at += 4u * (uint32_t)p[3];
    }
    m->records = first;
    return SEPAL_OK;
}

int sepal_open(sepal_model *m, const void *file, uint32_t bytes)
{
    const uint8_t *p = (const uint8_t *)file;
    uint32_t i, io;
    m->operations = 0;
    m->inputs = m->outputs = 0;
    m->arena_bytes = 0;
    if ((uintptr_t)file % 4u != 0u) return SEPAL_E_ALIGNMENT;
    if (bytes < SEPAL_HEADER_BYTES) return SEPAL_E_LENGTH;
    if (sepal_r32(p) != 0x31504553u) return SEPAL_E_MAGIC;
    if (p[4] != 1u) return SEPAL_E_VERSION;
    if (sepal_r16(p + 6) != SEPAL_HEADER_BYTES || sepal_r32(p + 8) != bytes || bytes % 4u != 0u || bytes > 0x4000000u) return SEPAL_E_LENGTH;
#ifndef SEPAL_NO_CRC
    if (sepal_crc32(p + 16, bytes - 16u) != sepal_r32(p + 12)) return SEPAL_E_CHECKSUM;
#endif
    if ((sepal_r32(p + 24) & ~SEPAL_FEATURES) != 0u) return SEPAL_E_FEATURES;
    if (sepal_r32(p + 16) % 4u != 0u || sepal_r32(p + 16) > 0x4000000u || sepal_r32(p + 28) != 0u) return SEPAL_E_RECORD;
    io = (uint32_t)p[22] + p[23];
    if (p[22] == 0u || p[23] == 0u || sepal_r16(p + 20) == 0u || io * SEPAL_IO_BYTES > bytes - SEPAL_HEADER_BYTES) return SEPAL_E_RECORD;
    m->file = p;
    m->total = bytes;
    m->arena_bytes = sepal_r32(p + 16);
    for (i = 0; i < io; i++) {
        int status = sepal_check_io(m, p + SEPAL_HEADER_BYTES + i * SEPAL_IO_BYTES);
        if (status != SEPAL_OK) return status;
    }
    m->operations = (uint16_t)sepal_r16(p + 20);
    i = (uint32_t)sepal_check_all(m, SEPAL_HEADER_BYTES + io * SEPAL_IO_BYTES);
    if (i != 0u) {
        m->operations = 0;
        return (int)i;
    }
    m->inputs = p[22];
    m->outputs = p[23];
    return SEPAL_OK;
}

/* ---- Running ------------------------------------------------------------------------------------- */

uint32_t sepal_arena_bytes(const sepal_model *model) { return model->arena_bytes; }

static const uint8_t *sepal_io(const sepal_model *m, int index, uint32_t count, uint32_t before)
{
    if (index < 0 || (uint32_t)index >= count) return (const uint8_t *)0;
    return m->file + SEPAL_HEADER_BYTES + (before + (uint32_t)index) * SEPAL_IO_BYTES;
}

static int sepal_describe(const uint8_t *p, sepal_tensor *info)
{
    if (p == 0) return 0;
    info->offset = sepal_r32(p);
    info->c = (uint16_t)sepal_r16(p + 4);
    info->h = (uint16_t)sepal_r16(p + 6);
    info->w = (uint16_t)sepal_r16(p + 8);
    info->is_float = p[16];
    info->zero_point = (int8_t)p[17];
    info->scale = sepal_rf(p + 20);
    return 1;
}

int sepal_input_info(const sepal_model *model, int index, sepal_tensor *info)
{
    return sepal_describe(sepal_io(model, index, model->inputs, 0), info);
}

int sepal_output_info(const sepal_model *model, int index, sepal_tensor *info)
{
    return sepal_describe(sepal_io(model, index, model->outputs, model->inputs), info);
}

void *sepal_input(const sepal_model *model, void *arena, int index)
{
    const uint8_t *p = sepal_io(model, index, model->inputs, 0);
    return p == 0 ? (void *)0 : (void *)((uint8_t *)arena + sepal_r32(p));
}

void *sepal_output(const sepal_model *model, void *arena, int index)
{
    const uint8_t *p = sepal_io(model, index, model->outputs, model->inputs);
    return p == 0 ? (void *)0 : (void *)((uint8_t *)arena + sepal_r32(p));
}

static void sepal_operation(const uint8_t *file, const uint8_t *p, uint8_t *arena)
{
    (void)file, (void)arena;
    switch (p[0]) {
#if SEPAL_HAS(DENSE)
    case SEPAL_OP_DENSE: sepal_op_dense(file, p, arena); break;
#endif
#if SEPAL_HAS(CONV)
    case SEPAL_OP_CONV: sepal_op_conv(file, p, arena); break;
#endif
#if SEPAL_HAS(PAIR)
    case SEPAL_OP_PAIR: sepal_op_pair(file, p, arena); break;
#endif
#if SEPAL_HAS(POOL)
    case SEPAL_OP_POOL: sepal_op_pool(p, arena); break;
#endif
#if SEPAL_HAS(ADD) || SEPAL_HAS(MUL)
    case SEPAL_OP_ADD:
    case SEPAL_OP_MUL: sepal_op_binary(p, arena); break;
#endif
#if SEPAL_HAS(SOFTMAX)
    case SEPAL_OP_SOFTMAX: sepal_op_softmax(file, p, arena); break;
#endif
#if SEPAL_HAS(FILL)
    case SEPAL_OP_FILL: {
        sepal_view v;
        sepal_read_view(&v, p + 4);
        sepal_set(arena, &v, 0, v.h, sepal_r32(p + 20), p[2] & SEPAL_FLOAT);
        break;
    }
#endif
    default:
#if SEPAL_MAPS
        sepal_op_map(file, p, arena);
#endif
        break;
    }
}

int sepal_run(const sepal_model *model, void *arena, uint32_t arena_bytes)
{
    const uint8_t *p = model->file + model->records;
    uint32_t i;
    if ((uintptr_t)arena % 4u != 0u) return SEPAL_E_ALIGNMENT;
    if (arena_bytes < model->arena_bytes) return SEPAL_E_ARENA;
    for (i = 0; i < model->operations; i++) {
        sepal_operation(model->file, p, (uint8_t *)arena);
        p += 4u * (uint32_t)p[3];
    }
    return SEPAL_OK;
}

#ifdef __cplusplus
}
#endif
#endif /* SEPAL_IMPLEMENTATION */
