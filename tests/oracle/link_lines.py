"""Made-up link lines, as arfix reads them and as real linkers do: members, undefined symbols, duplicates.

A line is made of a seed. Its objects, archives and shared objects define and need a few symbols, so that order, groups
and repeated archives matter.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.inspect import inspect_object
from arfix.linkage.compare import compare
from arfix.linkage.messages import parse_messages
from arfix.linkage.model import Linker
from arfix.linkage.position import find_misplaced
from arfix.linkage.refusals import find_refusals
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from arfix.linkage.why import asker_of
from arfix.linkline.driver import complete
from arfix.linkline.inputs import link_of, open_files
from arfix.linkline.own_line import own_line
from arfix.linkline.read import read_command
from tests.ar_builder import ar
from tests.elf_builder import FUNC, UNDEF, WEAK, Sym, elf
from tests.linkage.links import uses
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from arfix.linkage.compare import Disagreement
    from arfix.linkage.linkers import Program

_SYMBOLS = tuple(f"s{number}" for number in range(9))
#: Options that let a link go on, so that its map has all members.
_GO_ON = ("-z", "muldefs", "--warn-unresolved-symbols")


class Edge(NamedTuple):
    """A member that enters: `by` and `symbol` say why; None where its archive is taken whole or the start needs it."""

    member: str
    symbol: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Seen:
    """What a link line comes to."""

    edges: frozenset[Edge]
    undefined: frozenset[str]
    duplicates: frozenset[str]


def make_files(folder: Path, seed: int) -> random.Random:
    """Write objects `o0.o`..., archives `liba0.a`... and shared objects `libd0.so`...; return the generator."""
    chance = random.Random(seed)  # noqa: S311 (a test's)
    (folder / "start.o").write_bytes(elf("_start", *(f"?{name}" for name in chance.sample(_SYMBOLS, 2))))
    for number in range(3):
        (folder / f"o{number}.o").write_bytes(_object(chance))
    for number in range(4):
        members = [(f"m{at}.o", _object(chance)) for at in range(chance.randint(1, 3))]
        path = folder / f"liba{number}.a"
        path.unlink(missing_ok=True)
        path.write_bytes(ar(*members))
        output_of(need("ranlib"), path)
    for number in range(2):
        (folder / f"d{number}.o").write_bytes(_object(chance))
        output_of(need("ld.bfd", "ld"), "-shared", "-o", folder / f"libd{number}.so", folder / f"d{number}.o")
    return chance


def _object(chance: random.Random) -> bytes:
    names = chance.sample(_SYMBOLS, chance.randint(1, 3))
    defined, *needed = names
    weak = chance.random() < 0.15
    return elf(Sym(defined, binding=WEAK) if weak else defined, *(f"?{name}" for name in needed))


def make_line(chance: random.Random, linker: Linker) -> list[str]:
    """Return the words of a line without the program."""
    words = ["start.o"]
    for _ in range(chance.randint(2, 5)):
        words += _part(chance, linker)
    return words


def _part(chance: random.Random, linker: Linker) -> list[str]:
    archive = f"liba{chance.randrange(4)}.a"
    other = f"-la{chance.randrange(4)}"
    shared = f"-ld{chance.randrange(2)}"
    parts = [
        [archive],
        ["-L.", other],
        ["-L.", f"-l:{archive}"],
        [f"o{chance.randrange(3)}.o"],
        ["--whole-archive", archive, "--no-whole-archive"],
        ["-L.", "--push-state", "--whole-archive", other, "--pop-state", archive],
        ["-L.", "--start-group", archive, other, "--end-group"],
        ["-L.", "-(", other, f"o{chance.randrange(3)}.o", archive, "-)"],
        ["-L.", shared],
        ["-L.", "--as-needed", shared, "--no-as-needed"],
        ["-L.", "-Bstatic", other, "-Bdynamic", shared],
        ["-u", chance.choice(_SYMBOLS), archive],
        ["--defsym", f"{chance.choice(_SYMBOLS)}=0x10", archive],
    ]
    if linker is not Linker.LD:
        parts.append(["--start-lib", "o0.o", "o1.o", "--end-lib"])
    return chance.choice(parts)


def predicted(words: Sequence[str], program: Program, folder: Path) -> Seen:
    """Return what arfix expects of a linker's line."""
    command = complete(read_command([program.path, *words], str(folder)))
    assert command.not_understood == ()
    with ExitStack() as stack:
        opened = open_files(command, stack)
        assert opened.errors == ()
        result = resolve(link_of(command, opened.files, stack), program.linker, program.release, plugins=False)
        edges = []
        for entry in result.entered:
            where = result.units[entry.unit].where
            if entry.symbol is None and (not where.members or program.linker is Linker.LLD):
                continue  # lld does not list what is taken whole
            by = asker_of(result, entry)
            edges.append(Edge(short_place(str(where)), entry.symbol, None if by is None else short_place(by)))
        return Seen(frozenset(edges), frozenset(result.errors), frozenset(result.clashes))


def make_dependent_libraries(folder: Path) -> None:
    """Write `libs.so`, which has `f`; `libt.so`, which needs it; `libn.so`, which does not record that; and objects."""
    ld = need("ld.bfd", "ld")
    made = {"s": ("f",), "t": ("h", "?f"), "k": ("k", "?f"), "main": ("_start", "?h", "?k"), "w": ("_start", "w?f")}
    for name, symbols in made.items():
        own = [Sym(one[2:], UNDEF, binding=WEAK) if one.startswith("w?") else one for one in symbols]
        (folder / f"{name}.o").write_bytes(elf(*own))
    output_of(ld, "-shared", "-soname", "libs.so", "-o", folder / "libs.so", folder / "s.o")
    output_of(ld, "-shared", "-soname", "libt.so", "-o", folder / "libt.so", folder / "t.o", folder / "libs.so")
    output_of(ld, "-shared", "-soname", "libn.so", "-o", folder / "libn.so", folder / "t.o")


def make_wrapped_files(folder: Path) -> None:
    """Write objects that refer to `f`, `__wrap_f` and `__real_f`, with an archive and a shared object of each."""
    made = {
        "use": uses("f", defines=["_start"]),
        "weakuse": uses(weak=["f"], defines=["_start"]),
        "useg": uses("g", defines=["_start"]),
        "useh": uses("h", defines=["_start"]),
        "realonly": uses("__real_f", defines=["_start"]),
        "wrapuse": uses("__wrap_f", defines=["_start"]),
        "def": elf(Sym("f", type=FUNC)),
        "defuse": uses("f", defines=["f", "g"]),
        "wrap": elf(Sym("__wrap_f", type=FUNC)),
        "wrapreal": uses("__real_f", defines=["__wrap_f"]),
        "selfwrap": uses("f", defines=["__wrap_f"]),
        "h": uses("f", defines=["h"]),
    }
    for name, data in made.items():
        (folder / f"{name}.o").write_bytes(data)
        index = [(one, 0) for one in inspect_object(memoryview(data)).index_names]
        (folder / f"lib{name}.a").write_bytes(ar((f"{name}.o", data), index=tuple(index)))
    for name in ("def", "wrap", "wrapreal", "h"):
        output_of(need("ld.bfd", "ld"), "-shared", "-o", folder / f"lib{name}.so", folder / f"{name}.o")


#: Sources for `--gc-sections`; `m...` is defined nowhere.
_START: Final = "int m1(void); int _start(void){return 0;}"
_GARBAGE: Final = {
    "dead.c": f"{_START} int dead(void){{return m1();}}",
    "hidden.c": f"#pragma GCC visibility push(hidden)\n{_START} int h(void){{return m1();}}",
    "start.c": _START,
    "lib.c": "int m1(void); int g(void){return 1;} int g2(void){return m1();}",
    "useg.c": "int g(void); int _start(void){return g();}",
    "init.c": f"{_START} __attribute__((constructor)) void init(void){{m1();}}",
    "named.c": f'{_START} __attribute__((section("set_a"))) void init(void){{m1();}}',
    "bound.c": "int m1(void); extern int (*__start_set_a[])(void); int _start(void){return __start_set_a[0]();}"
    '__attribute__((section("set_a"))) int (*pa)(void) = m1;',
    "table.c": "int m1(void); static int loc(void){return m1();} int (*tab[])(void)={loc};"
    "int _start(void){return tab[0]!=0;}",
    "whole.s": ".text\n.globl _start\n_start: ret\ncall m1\n",
    "note.s": '.section .note.x,"a",@note\n.quad m1\n.text\n.globl _start\n_start: ret\n',
    "retain.s": '.section .text.dead,"axR"\ncall m2\n.text\n.globl _start\n_start: ret\n',
    "cb.c": "int m1(void); int cb(void){return m1();} int cb2(void){return 1;}",
    "cpp.cc": """
        extern "C" int m1();
        struct E { E(int); ~E(); };
        template<class T> struct V { virtual int f() { return m1(); } };
        int dead() { V<int> v; try { throw E(1); } catch (E &e) { return v.f(); } return 0; }
        extern "C" int _start() { return 0; }
    """,
}


def make_garbage(folder: Path) -> None:
    """Write objects with code that nothing reaches, an archive, and a shared object that needs `cb`."""
    for name, text in _GARBAGE.items():
        (folder / name).write_text(text + "\n", "utf-8")
    options = ("-ffreestanding", "-ffunction-sections", "-fdata-sections", "-fno-pie", "-w", "-c")
    output_of(need("gcc"), *options, *_GARBAGE, cwd=folder)
    (folder / "uselib.o").write_bytes(uses("needs_cb", defines=["_start"]))
    (folder / "needs_cb.o").write_bytes(uses("cb", defines=["needs_cb"]))
    output_of(need("ld.bfd", "ld"), "-shared", "-o", folder / "libneeds.so", folder / "needs_cb.o")
    data = (folder / "lib.o").read_bytes()
    (folder / "liblib.a").write_bytes(ar(("lib.o", data), index=(("g", 0), ("g2", 0))))


_SCRIPTS: Final = {
    "some.map": "{ global: g; local: *; };",
    "open.map": "{ global: g; };",
    "missing.map": "/* two */ V { global: g; missing; missing_*; local: v*; };",
    "both.map": "V1 { global: f; local: *; }; V2 { global: f; } V1;",
    "first.map": "V1 { global: f; local: *; };",
    "some.list": "{ f; };",
    "all.list": "{ g; v; f; };",
    "assigns.ld": "/* end of memory */ top = 0x1000; PROVIDE(bottom = 0x10);",
    "layout.ld": """
        ENTRY(_start)
        MEMORY { RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 64K }
        top = ORIGIN(RAM) + LENGTH(RAM);
        SECTIONS {
          .text : { KEEP(*(SORT(.vectors.*))) *(.text .text.*) bottom = .; } > RAM
          .data : { *(.data) } > RAM
          .bss : { *(.bss) *(COMMON) } > RAM
        }
    """,
    "inserted.ld": "SECTIONS { .more : { *(.more) } } INSERT AFTER .text;",
}
_SCRIPTED: Final = {
    "near.s": ".globl f,g,v\n.type f,@function\n.type g,@function\n.type v,@object\n"
    "f: ret\ng: mov v(%rip),%eax\ncall f\nret\n.data\nv: .long 1\n.size v,4\n",
    "versions.s": ".globl f1,f2\n.symver f1,f@V1\n.symver f2,f@@V2\nf1: ret\nf2: ret\n",
    "outside.s": ".globl _start,kept\n_start: lea top(%rip),%rax\nlea bottom(%rip),%rax\n"
    '.section .text.kept,"ax"\nkept: call missing_of_kept\n.section .vectors.a,"a"\n.quad _start\n',
    "inner.s": ".globl own,open\n.protected own\n.type own,@object\n.type open,@object\n.size own,4\n.size open,4\n"
    ".data\nown: .long 1\nopen: .long 2\n",
    "outer.s": ".globl _start\n_start: mov own(%rip),%eax\n",
    "address.s": ".globl _start\n_start: ret\n.section .rodata\n.quad f\n",
    "end.s": ".globl _start\n_start: lea _end(%rip),%rax\n",
}


def make_scripts(folder: Path) -> None:
    """Write version scripts, dynamic lists and scripts for the layout, and objects that depend on them."""
    for name, text in (_SCRIPTS | _SCRIPTED).items():
        (folder / name).write_text(text + "\n", "utf-8")
    for name in _SCRIPTED:
        output_of(need("as"), "-o", folder / name.replace(".s", ".o"), folder / name)
    output_of(need("ld.bfd", "ld"), "-shared", "-o", folder / "libinner.so", folder / "inner.o")


def fails(words: Sequence[str], program: Program, folder: Path) -> tuple[bool, bool]:
    """Return whether arfix expects that a line fails, and whether it does."""
    command = complete(read_command([program.path, *words], str(folder)))
    with ExitStack() as stack:
        opened = open_files(command, stack)
        assert opened.errors == ()
        result = resolve(link_of(command, opened.files, stack), program.linker, program.release, plugins=False)
        misplaced = any(one.refused for one in find_misplaced(result))
        predicted = misplaced or bool(result.errors or result.clashes or list(find_refusals(result)))
    ran = subprocess.run([program.path, "-o", "out", *words], cwd=folder, capture_output=True, check=False, timeout=60)
    return predicted, bool(ran.returncode)


def differences(words: Sequence[str], program: Program, folder: Path) -> tuple[Disagreement, ...]:
    """Return what `verify` says of a line: where arfix and the linker differ, kind by kind."""
    command = complete(read_command([program.path, *words], str(folder)))
    with ExitStack() as stack:
        opened = open_files(command, stack)
        link = link_of(command, opened.files, stack)
        result = resolve(link, program.linker, program.release, plugins=False)
        return compare(result, try_link(link, program, result.machine, line=own_line(command)))


def linked(words: Sequence[str], program: Program, folder: Path) -> Seen:
    """Return what the linker does with the line."""
    plain = _run(words, program, folder)
    lenient = _run([*words, *_GO_ON], program, folder)
    said = [parse_messages(plain), parse_messages(lenient)]
    return Seen(
        frozenset(read_edges(folder / "report", program.linker)),
        frozenset().union(*(one.undefined for one in said)),
        frozenset().union(*(one.duplicates for one in said)),
    )


def _run(words: Sequence[str], program: Program, folder: Path) -> str:
    (folder / "report").unlink(missing_ok=True)
    listing = ["-Map=report"] if program.linker is not Linker.LLD else ["--why-extract=report", "--error-limit=0"]
    options = ["--no-demangle", "-o", "out", *listing, "--allow-shlib-undefined"]
    ran = subprocess.run(
        [program.path, *options, *words],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "LC_ALL": "C"},
    )
    return os.fsdecode(ran.stderr)


def read_edges(path: Path, linker: Linker) -> Iterator[Edge]:
    """Yield the members in a map of GNU ld, or in what lld's `--why-extract` writes; nothing where there is no file."""
    text = path.read_text("utf-8", "surrogateescape") if path.is_file() else ""
    if linker is Linker.LLD:
        for line in text.splitlines()[1:]:
            by, member, symbol = line.split("\t")
            is_file = "." in by and not by.startswith("<internal>")
            yield Edge(short_place(member), symbol, short_place(by) if is_file else None)
        return
    part = text.partition("Archive member included")[2].partition("\n\n")[2]
    # A member of a thin archive is named by its file.
    for block in re.finditer(r"^(\S+)\s+(.*?)(?:\((\S+)\))$", re.split(r"\n\n", part)[0], re.MULTILINE | re.DOTALL):
        by, symbol = block[2].strip(), block[3]
        yield Edge(
            short_place(block[1]), None if symbol == "--whole-archive" else symbol, short_place(by) if by else None
        )


def short_place(place: str) -> str:
    """Return a place without the folders of the file; lld appends nothing, GNU ld writes `./liba0.a(m0.o)`."""
    path, bracket, member = place.partition("(")
    return path.rpartition("/")[2] + bracket + member
