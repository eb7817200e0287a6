"""What a link leaves out without a word, or takes in: constructors, section tables, weak references."""

from __future__ import annotations

from tests.programs.situation import ALL, EVERYWHERE, Machine, Safe, Situation, asm, cxx

COUNTS = 'int codecs(void); int main(void) { printf("%d\\n", codecs()); return 0; }'
REGISTRY = "static int n; void reg(void) { ++n; } int codecs(void) { return n; }"
WAVE = "void reg(void); __attribute__((constructor)) static void start(void) { reg(); }"
ENTRY = 'static int {0} __attribute__((section("plugs"), used)) = {1};'
TABLE = (
    "extern int __start_plugs[], __stop_plugs[];"
    " int codecs(void) { int n = 0; for (int *p = __start_plugs; p < __stop_plugs; p++) n += *p; return n; }"
)
GTHREAD = (
    "extern int my_lock(int *) __attribute__((weak)); extern int my_create(int *) __attribute__((weak));"
    " int lock(int *m) { return &my_create ? my_lock(m) : 0; }"
)
LOCKS = (
    "int lock(int *); int my_create(int *);"
    ' int main(void) { int m; my_create(&m); printf("%d\\n", lock(&m)); return 0; }'
)

SITUATIONS = (
    Situation(
        name="static-object-with-a-destructor",
        story="Code for a C++ object with a destructor refers to __dso_handle, which GCC's start files define.",
        members={
            "f.o": cxx(
                "int n = 3; struct S { int a; S() : a(n) {} ~S() { n = 0; } };"
                ' static S s; extern "C" int f() { return s.a; }'
            ),
        },
        archives={"libf.a": "f.o"},
        main='int f(void); int main(void) { printf("%d\\n", f()); return 0; }',
        line="main.o +libf.a",
        prints="3",
    ),
    Situation(
        name="branch-across-a-large-member",
        story="A conditional branch written by hand reaches 1 MiB, and a member of 2 MiB comes between.",
        members={
            "g.o": asm(".text\n.globl g\n.type g, %function\ng: cmp w0, #0\n b.eq f\n ret"),
            "gap.o": asm(".text\n.globl gap\ngap: .skip 0x200000"),
            "f.o": "int f(int a) { return 5; }",
        },
        archives={"libx.a": "g.o gap.o f.o"},
        main='int g(int); int main(void) { printf("%d\\n", g(0)); return 0; }',
        line="main.o +libx.a",
        remade={"g.o": asm(".text\n.globl g\n.type g, %function\ng: cmp w0, #0\n b.ne 1f\n b f\n1: ret")},
        prints="5",
        refused=ALL,
        finds=("out-of-range f",),
        safe=Safe.REFUSES,
        machines=(Machine.AARCH64,),
    ),
    Situation(
        name="registrar-on-demand",
        story="A codec registers itself in a constructor; nothing pulls its member in.",
        members={"registry.o": REGISTRY, "wave.o": WAVE},
        archives={"libnam.a": "registry.o wave.o"},
        main=COUNTS,
        line="main.o libnam.a",
        right="main.o +libnam.a",
        prints="1",
        before="0",
        finds=("*",),
        advises=("wave.o",),
        machines=EVERYWHERE,
    ),
    Situation(
        name="registrar-whole",
        story="The same, linked whole, is right.",
        members={"registry.o": REGISTRY, "wave.o": WAVE},
        archives={"libnam.a": "registry.o wave.o"},
        main=COUNTS,
        line="main.o +libnam.a",
        prints="1",
        machines=EVERYWHERE,
    ),
    Situation(
        name="registrar-of-a-class",
        story="The same as C++ writes it, with a static object.",
        members={
            "registry.o": REGISTRY,
            "wave.o": cxx('extern "C" void reg(); namespace { struct R { R() { reg(); } } r; }'),
        },
        archives={"libnam.a": "registry.o wave.o"},
        main=COUNTS,
        line="main.o libnam.a",
        right="main.o +libnam.a",
        prints="1",
        before="0",
        finds=("*",),
        advises=("wave.o",),
    ),
    Situation(
        name="registrar-that-lacks-a-function",
        story="One of the registrars wants a function that is missing: without its member the program links, and is wrong.",
        members={
            "registry.o": REGISTRY,
            "wave.o": WAVE,
            "cuda.o": "void reg(void); int vlog(void); __attribute__((constructor)) static void start(void) { vlog(); reg(); }",
        },
        archives={"libnam.a": "registry.o wave.o cuda.o"},
        main=COUNTS,
        line="main.o +libnam.a",
        right="main.o +libnam.a v.o",
        right_setup=("echo 'int vlog(void) { return 0; }' >v.c; $CC -c v.c",),
        prints="2",
        refused=ALL,
        finds=("undefined-symbol vlog",),
        safe=Safe.REFUSES,
        machines=EVERYWHERE,
    ),
    Situation(
        name="registrar-that-lacks-a-known-function",
        story="The same with a function that may fail: it is a call, so the constructor can stay and run.",
        members={
            "registry.o": REGISTRY,
            "cuda.o": "void reg(void); int tcgetwinsize(int, void *);"
            " __attribute__((constructor)) static void start(void) { char b[64]; tcgetwinsize(1, b); reg(); }",
        },
        archives={"libnam.a": "registry.o cuda.o"},
        main=COUNTS,
        line="main.o +libnam.a",
        right="main.o +libnam.a v.o",
        right_setup=("echo 'int tcgetwinsize(int a, void *b) { return -1; }' >v.c; $CC -c v.c",),
        prints="1",
        refused=ALL,
        finds=("undefined-symbol tcgetwinsize",),
        machines=EVERYWHERE,
    ),
    Situation(
        name="section-table-whole",
        story="Plug-ins put themselves into a section, whose ends the linker names.",
        members={"table.o": TABLE, "one.o": ENTRY.format("one", 1), "two.o": ENTRY.format("two", 2)},
        archives={"libplug.a": "table.o one.o two.o"},
        main=COUNTS,
        line="main.o +libplug.a",
        prints="3",
        machines=EVERYWHERE,
    ),
    Situation(
        name="section-table-on-demand",
        story="On demand, members that only add to the section stay out.",
        members={
            "table.o": f"{TABLE} {ENTRY.format('zero', 5)}",
            "one.o": ENTRY.format("one", 1),
        },
        archives={"libplug.a": "table.o one.o"},
        main=COUNTS,
        line="main.o libplug.a",
        right="main.o +libplug.a",
        prints="6",
        before="5",
        finds=("*",),
        advises=("one.o",),
        machines=EVERYWHERE,
    ),
    Situation(
        name="section-table-with-a-broken-plug-in",
        story="A plug-in of the section table lacks a function; removing it would shorten the table.",
        members={
            "table.o": f"{TABLE} {ENTRY.format('zero', 5)}",
            "one.o": f"int gone(void); int other(void) {{ return gone(); }} {ENTRY.format('one', 1)}",
        },
        archives={"libplug.a": "table.o one.o"},
        main=COUNTS,
        line="main.o +libplug.a",
        right="main.o +libplug.a v.o",
        right_setup=("echo 'int gone(void) { return 0; }' >v.c; $CC -c v.c",),
        prints="6",
        refused=ALL,
        finds=("undefined-symbol gone",),
        safe=Safe.REFUSES,
    ),
    Situation(
        name="weak-reference-on-demand",
        story="A static program finds pthread_create in and pthread_mutex_lock out: weak references pull nothing.",
        members={
            "gthr.o": GTHREAD,
            "lock.o": "int my_lock(int *m) { return *m = 1; }",
            "create.o": "int my_create(int *m) { return *m = 3; }",
        },
        archives={"libstdcxx.a": "gthr.o", "libpthr.a": "lock.o create.o"},
        main=LOCKS,
        line="main.o libstdcxx.a libpthr.a",
        right="main.o libstdcxx.a +libpthr.a",
        prints="1",
        before="died: -11",
        finds=("* my_lock",),
        flags="-O1 -fno-pie",
        machines=(Machine.X86_64, Machine.I386),
    ),
    Situation(
        name="weak-references-that-are-met",
        story="The same with the library whole.",
        members={
            "gthr.o": GTHREAD,
            "lock.o": "int my_lock(int *m) { return *m = 1; }",
            "create.o": "int my_create(int *m) { return *m = 3; }",
        },
        archives={"libstdcxx.a": "gthr.o", "libpthr.a": "lock.o create.o"},
        main=LOCKS,
        line="main.o +libstdcxx.a +libpthr.a",
        prints="1",
        flags="-O1 -fno-pie",
        machines=EVERYWHERE,
    ),
    Situation(
        name="names-that-the-linker-makes",
        story="etext, edata, end and __bss_start are the linker's.",
        members={
            "f.o": "extern char etext, edata, end, __bss_start;"
            " int codecs(void) { return &etext && &edata <= &end && &__bss_start <= &end; }"
        },
        archives={"libf.a": "f.o"},
        main=COUNTS,
        line="main.o +libf.a",
        prints="1",
        machines=EVERYWHERE,
    ),
)
