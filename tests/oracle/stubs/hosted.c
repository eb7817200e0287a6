/* Calls stubs and says what is wrong with them; returns 0 when nothing is.
 *
 * setjmp stores the stack pointer and every register that a callee has to keep. It runs again and again at one place; in between
 * the same code calls functions of C and then the stub: what it stores must be equal. Beside it the compiler keeps values of its
 * own in registers across a call. */
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern void s_void(void);
extern int s_0(void), s_m1(void), s_enosys(void), s_alias(void), s_const(void), s_wide(void);
extern void *s_null(void);
extern unsigned s_weof(void);
extern void s_trap(void);
extern char s_data[24];
#ifdef WITH_JUMP
extern int s_jump(int, int, int, int, int, int, int, int, int, int);
int outer(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j;
}
#endif

static volatile int failures;
static volatile long seed = 3;
typedef void (*function)(void);
static jmp_buf snapshot, kept[5];
static volatile function callee;
static function tested;
static int taken;
static void does_nothing(void) {}

/* Functions that are known to keep what they must, and change whatever else they can. */
static void does_much(void)
{
    char text[64];
    snprintf(text, sizeof text, "%ld %g %ld", seed * 91, seed * 0.7, seed / 2);
}

static long does_sums(long a, long b, long c, long d, long e, long f)
{
    return (a * 3 + 1) ^ (b * 5 + 2) ^ (c * 7 + 3) ^ (d * 11 + 4) ^ (e * 13 + 5) ^ (f * 17 + 6);
}

__attribute__((noinline)) static int keep_snapshot(void)
{
    memcpy(&kept[taken], &snapshot, sizeof snapshot);
    callee = taken == 0 ? does_nothing : taken == 1 ? does_much : taken == 2 ? (function)does_sums : tested;
    return ++taken < 5;
}

/* Whether a word is half of the pointer that the call was made through: a compiler may keep that in such a register, too. */
static int is_of_pointer(uint32_t word)
{
    uint64_t pointer = (uintptr_t)tested;
    return word == (uint32_t)pointer || word == (uint32_t)(pointer >> 32);
}

/* Words that differ after functions of C hold registers that nobody keeps: some setjmp store those too. */
static int registers_differ(void)
{
    const uint32_t *words[5];
    for (int n = 0; n < 5; n++)
        words[n] = (const void *)&kept[n];
    for (size_t i = 0; i < sizeof snapshot / sizeof **words; i++)
        if (words[1][i] == words[2][i] && words[1][i] == words[3][i] && words[1][i] != words[4][i]
            && !is_of_pointer(words[4][i]))
            return 1;
    return 0;
}

#ifdef PRIVATE_TLS_ERRNO
#define ERRNO private_errno
extern __thread int private_errno;
__thread int private_errno;
#else
#define ERRNO errno
#endif

static void complain(const char *what, long long got)
{
    printf("%s: %lld (errno %d)\n", what, got, ERRNO);
    failures++;
}

#define CHECK(what, stub, call, result, error)                                                             \
    __attribute__((noinline)) static void what##_test(void)                                               \
    {                                                                                                     \
        volatile char canary[40];                                                                         \
        for (int i = 0; i < 40; i++)                                                                      \
            canary[i] = (char)(i * 7);                                                                    \
        long a = seed * 3, b = seed * 5, c = seed * 7, d = seed * 11, e = seed * 13, f = seed * 17;       \
        long g = seed * 19, h = seed * 23, k = seed * 29, l = seed * 31, m = seed * 37, n = seed * 41;    \
        double x = seed * 1.5, y = seed * 2.5, z = seed * 3.5;                                            \
        ERRNO = 0;                                                                                        \
        long long got = (long long)(call);                                                                \
        int seen = ERRNO;                                                                                 \
        if (got != (long long)(result) || seen != (error))                                                \
            complain(#what, got);                                                                         \
        if (a + b + c + d + e + f + g + h + k + l + m + n != seed * 236 || x + y + z != seed * 7.5)       \
            complain(#what ": a register was lost", 0);                                                   \
        for (int i = 0; i < 40; i++)                                                                      \
            if (canary[i] != (char)(i * 7))                                                               \
                complain(#what ": the stack was written to", i);                                          \
        memset(&snapshot, 0, sizeof snapshot);                                                            \
        tested = (function)(stub);                                                                        \
        taken = 0;                                                                                        \
        for (;;)                                                                                          \
        {                                                                                                 \
            setjmp(snapshot);                                                                             \
            if (!keep_snapshot())                                                                         \
                break;                                                                                    \
            callee();                                                                                     \
        }                                                                                                 \
        if (registers_differ())                                                                           \
            complain(#what ": the registers before and after differ", 0);                                 \
    }

static int (*volatile through_pointer)(void) = s_enosys;
static long long (*volatile wide)(void) = (long long (*)(void))s_wide;
static long (*volatile long_enosys)(void) = (long (*)(void))s_enosys;

CHECK(returns_nothing, s_void, (s_void(), 0), 0, 0)
CHECK(returns_0, s_0, s_0(), 0, 0)
CHECK(returns_minus_1, s_m1, s_m1(), -1, 0)
CHECK(returns_wide, s_wide, wide(), -1LL, ENOSYS)
CHECK(returns_null, s_null, (intptr_t)s_null(), 0, ENOSYS)
CHECK(fails, s_enosys, s_enosys(), -1, ENOSYS)
CHECK(fails_through_pointer, s_enosys, through_pointer(), -1, ENOSYS)
CHECK(fails_with_long, s_enosys, long_enosys(), -1L, ENOSYS)
CHECK(alias, s_alias, s_alias(), -1, ENOSYS)
CHECK(returns_constant, s_const, s_const(), CONSTANT, 0)
CHECK(returns_unsigned, s_weof, (uint64_t)s_weof(), 0xffffffffLL, EOVERFLOW)
#ifdef WITH_JUMP
CHECK(jumps, s_jump, s_jump(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 385, 0)
#endif

int main(void)
{
    returns_nothing_test();
    returns_0_test();
    returns_minus_1_test();
    returns_wide_test();
    returns_null_test();
    fails_test();
    fails_through_pointer_test();
    fails_with_long_test();
    alias_test();
    returns_constant_test();
    returns_unsigned_test();
#ifdef WITH_JUMP
    jumps_test();
#endif
    for (unsigned i = 0; i < sizeof s_data; i++)
        if (s_data[i]++)
            complain("data", i);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        s_trap();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status))
        complain("trap", status);
    printf("%d failures\n", failures);
    return failures != 0;
}
