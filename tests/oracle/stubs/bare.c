/* As hosted.c, for machines without a C library: starts by itself, leaves with the number of failures. */
typedef unsigned long uintptr;

#if defined(__riscv)
static void leave(long code)
{
    register long a0 __asm__("a0") = code;
    register long a7 __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}
__asm__(".globl _start\n_start: j start\n");
#elif defined(__aarch64__)
static void leave(long code)
{
    register long x0 __asm__("x0") = code;
    register long x8 __asm__("x8") = 93;
    __asm__ volatile("svc #0" : : "r"(x0), "r"(x8));
}
__asm__(".globl _start\n_start: b start\n");
#elif defined(__loongarch__)
static void leave(long code)
{
    register long a0 __asm__("$a0") = code;
    register long a7 __asm__("$a7") = 93;
    __asm__ volatile("syscall 0" : : "r"(a0), "r"(a7));
}
__asm__(".globl _start\n_start: b start\n");
#elif defined(__sh__)
static void leave(long code)
{
    register long r4 __asm__("r4") = code;
    register long r3 __asm__("r3") = 1;
    __asm__ volatile("trapa #0x11" : : "r"(r4), "r"(r3));
}
#define START_IN_C
#elif defined(__or1k__)
static void leave(long code)
{
    register long r3 __asm__("r3") = code;
    register long r11 __asm__("r11") = 93;
    __asm__ volatile("l.sys 1" : : "r"(r3), "r"(r11));
}
#define START_IN_C
#elif defined(__XTENSA__)
static void leave(long code)
{
    register long a6 __asm__("a6") = code;
    register long a2 __asm__("a2") = 118;
    __asm__ volatile("syscall" : : "r"(a6), "r"(a2));
}
#define START_IN_C
#elif defined(__mips__)
static void leave(long code)
{
    register long a0 __asm__("$4") = code;
    register long v0 __asm__("$2") = EXIT_NUMBER;
    __asm__ volatile("syscall" : : "r"(a0), "r"(v0));
}
#if defined(__mips_abicalls)
__asm__(".globl _start\n.set noreorder\n_start: lui $25,%hi(start)\naddiu $25,$25,%lo(start)\njr $25\nnop\n.set reorder\n");
#else
#define START_IN_C
#endif
#elif defined(__arm__)
static void leave(long code)
{
    register long r0 __asm__("r0") = code;
    register long r7 __asm__("r7") = 1;
    __asm__ volatile("svc #0" : : "r"(r0), "r"(r7));
}
#define START_IN_C
#elif defined(__sparc__)
static void leave(long code)
{
    register long o0 __asm__("o0") = code;
    register long g1 __asm__("g1") = 1;
    __asm__ volatile("ta 0x10" : : "r"(o0), "r"(g1));
}
#define START_IN_C
#else
#error "no way to leave on this machine"
#endif

extern void s_void(void);
extern int s_0(void), s_m1(void), s_enosys(void), s_alias(void), s_const(void);
extern long long s_wide(void);
extern void *s_null(void);
extern char s_data[24];

static int error_number;
int *ACCESSOR(void)
{
    return &error_number;
}

static volatile long seed = 3;
static volatile int failures;

#define CHECK(call, result, error)                                                                    \
    {                                                                                                 \
        volatile char canary[40];                                                                     \
        for (int i = 0; i < 40; i++)                                                                  \
            canary[i] = (char)(i * 7);                                                                \
        long a = seed + 3, b = seed + 5, c = seed + 7, d = seed + 11, e = seed + 13, f = seed + 17;   \
        long g = seed + 19, h = seed + 23, k = seed + 29, l = seed + 31, m = seed + 37, n = seed + 41; \
        error_number = 0;                                                                             \
        failures += (long long)(call) != (long long)(result) || error_number != (error);             \
        failures += a + b + c + d + e + f + g + h + k + l + m + n != seed * 12 + 236;             \
        for (int i = 0; i < 40; i++)                                                                  \
            failures += canary[i] != (char)(i * 7);                                                   \
    }

static int (*volatile through_pointer)(void) = s_enosys;

#ifdef START_IN_C
void _start(void)
#else
void start(void)
#endif
{
    CHECK((s_void(), 0), 0, 0)
    CHECK(s_0(), 0, 0)
    CHECK(s_m1(), -1, 0)
    CHECK(s_enosys(), -1, ENOSYS)
    CHECK(through_pointer(), -1, ENOSYS)
    CHECK(s_alias(), -1, ENOSYS)
    CHECK(s_wide(), -1LL, ENOSYS)
    CHECK((uintptr)s_null(), 0, ENOSYS)
    CHECK(s_const(), CONSTANT, 0)
    for (unsigned i = 0; i < sizeof s_data; i++)
        failures += s_data[i] != 0;
    leave(failures);
    for (;;)
        ;
}
