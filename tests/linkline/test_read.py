from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import UnsupportedError
from arfix.linkage.model import Linker, Target
from arfix.linkline.model import InputState, Unresolved
from arfix.linkline.read import read_command
from arfix.linkline.words import split_command

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkline.model import LinkCommand


def read(line: str) -> LinkCommand:
    return read_command(split_command(line))


def shown(command: LinkCommand) -> str:
    """Return each input with marks: `*` whole, `?` as needed, `s` static, `{2}` group, `~` lazy."""
    return " ".join(one.word + _marks(one.state) for one in command.inputs)


def _marks(state: InputState) -> str:
    group = "" if state.group is None else f"{{{state.group}}}"
    return "*" * state.whole + "?" * state.as_needed + "s" * state.static + "~" * state.lazy + group


@pytest.mark.parametrize(
    ("line", "inputs"),
    [
        ("ld a.o -lz libx.a", "a.o -lz libx.a"),
        ("ld a.o -l z -l:libq.a --library y --library=w", "a.o -lz -l:libq.a -ly -lw"),
        ("gcc a.o -Wl,--whole-archive -lc1 -Wl,--no-whole-archive -lc2", "a.o -lc1* -lc2"),
        ("gcc -Wl,-whole-archive,libx.a,-no-whole-archive,liby.a", "libx.a* liby.a"),
        ("gcc -Xlinker --as-needed -lz -Xlinker --no-as-needed -ly", "-lz? -ly"),
        ("ld -Bstatic -la -Bdynamic -lb -dn -lc -dy -ld", "-las -lb -lcs -ld"),
        ("ld -( -la -lb -) -lc --start-group -ld --end-group", "-la{2} -lb{2} -lc -ld{3}"),
        ("ld --push-state --as-needed --whole-archive -la --pop-state -lb", "-la*? -lb"),
        ("ld --start-lib a.o b.o --end-lib c.o", "a.o~ b.o~ c.o"),
        ("ld --whole-arch -la --no-whole -lb", "-la* -lb"),
        ("gcc -static main.o -lz", "main.os -lzs"),
        ("gcc main.o -lz -static", "main.os -lzs"),
        ("ld main.o -la -static -lb", "main.o -la -lbs"),
        ("gcc -o app main.c util.o -lz", "util.o -lz"),
        ("gcc -x c main.o -x none b.o", "b.o"),
        ("gcc -O2 -g -Wall -D X -I inc -isystem sys -MF f.d -include h.h -o app a.o", "a.o"),
        ("gcc -T link.ld -e start -u keep -z now -rpath /lib a.o", "a.o"),
        ("ld -m elf_x86_64 -dynamic-linker ld.so --hash-style=gnu -plugin p.so -plugin-opt=-lc a.o", "a.o"),
        ("ld -soname libx.so -h y -Map=m -y sym -O1 -rpath-link d -Ttext 0 --sort-section name a.o", "a.o"),
        ("ld -lto -omagic -lgcc", "-lto -lgcc"),
    ],
)  # fmt: skip
def test_inputs_and_the_state_at_their_place(line: str, inputs: str) -> None:
    command = read(line)
    assert shown(command) == inputs
    assert command.not_understood == ()


@pytest.mark.parametrize(
    ("line", "program", "linker"),
    [
        ("gcc a.o", "gcc", None),
        ("x86_64-linux-gnu-g++-12 a.o", "g++", None),
        ("/opt/llvm/bin/clang++-19 a.o", "clang++", None),
        ("cc -fuse-ld=lld a.o", "cc", Linker.LLD),
        ("clang --ld-path=/usr/bin/mold a.o", "clang", Linker.MOLD),
        ("aarch64-none-elf-ld a.o", "ld", Linker.LD),
        ("ld.lld-19 a.o", "ld.lld", Linker.LLD),
        ("/usr/bin/ld.gold a.o", "ld.gold", Linker.GOLD),
        ("wasm-ld a.o", "wasm-ld", Linker.LLD),
        ("/usr/lib/gcc/x86_64-linux-gnu/12/collect2 a.o", "collect2", Linker.LD),
        ('LC_ALL="C" PATH="/a:/b" VSLANG="1033" "cc" "-m64" "a.o"', "cc", None),
        ("/bin/bash ../libtool --silent --tag=CC --mode=link gcc -o x a.lo", "gcc", None),
        ("ccache /usr/bin/c++ a.o", "c++", None),
        ('host link: "gcc" "-m64" "-rdynamic" "a.o" "-O2" "-g"', "gcc", None),
        ("env LANG=C i686-w64-mingw32-gcc-posix a.o", "gcc", None),
    ],
)
def test_tools(line: str, program: str, linker: Linker | None) -> None:
    command = read(line)
    assert command.tool.name == program
    assert command.tool.linker is linker
    assert [one.name.rpartition(".")[0] for one in command.inputs] == ["a"]


@pytest.mark.parametrize("line", ["make all", "", "ar rcs liba.a x.o", "python gcc.py", "env"])
def test_other_programs_are_refused(line: str) -> None:
    with pytest.raises(UnsupportedError, match="no compiler driver or linker"):
        read(line)


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("ld a.o", Target.EXECUTABLE),
        ("ld -pie a.o", Target.PIE),
        ("ld -pie -no-pie a.o", Target.EXECUTABLE),
        ("gcc -shared a.o", Target.SHARED),
        ("gcc -static-pie a.o", Target.PIE),
        ("gcc -r a.o", Target.RELOCATABLE),
        ("gcc -Wl,-Bshareable a.o", Target.SHARED),
    ],
)
def test_targets(line: str, target: Target) -> None:
    assert read(line).target is target


def test_what_else_changes_the_result() -> None:
    command = read(
        "gcc -o app -L lib -L=usr/lib --sysroot=/sr -u one -Wl,-u,two,--require-defined=three -Wl,-e,begin "
        "-Wl,--defsym,f=g -Wl,--defsym=h=0x10 -Wl,--wrap=malloc -rdynamic -Wl,--exclude-libs,libz.a:ALL "
        "-Wl,--version-script=v.map -Wl,--dynamic-list,d.lst -Wl,--export-dynamic-symbol=p* -T t.ld -Wl,--gc-sections "
        "-Wl,-z,muldefs a.o"
    )
    assert command.output == "app"
    assert command.folders == ("lib", "=usr/lib")
    assert command.sysroot == "/sr"
    assert command.roots == ("one", "two", "three")
    assert command.entry == "begin"
    assert command.defined == (("f", "g"), ("h", "0x10"))
    assert command.wrapped == ("malloc",)
    assert command.export_dynamic
    assert command.excluded_libraries == ("libz.a", "ALL")
    assert command.version_scripts == ("v.map",)
    assert command.dynamic_lists == ("d.lst",)
    assert command.exported == ("p*",)
    assert command.scripts == ("t.ld",)
    assert command.gc_sections
    assert command.allow_multiple
    assert command.not_understood == ()


@pytest.mark.parametrize(
    ("line", "unresolved"),
    [
        ("ld a.o", Unresolved.ERROR),
        ("ld -shared a.o", Unresolved.IGNORED),
        ("ld -shared -z defs a.o", Unresolved.ERROR),
        ("ld -shared --no-undefined a.o", Unresolved.ERROR),
        ("ld -r a.o", Unresolved.IGNORED),
        ("ld --unresolved-symbols=ignore-all a.o", Unresolved.IGNORED),
        ("ld --unresolved-symbols=ignore-in-shared-libs a.o", Unresolved.ERROR),
        ("ld --warn-unresolved-symbols a.o", Unresolved.WARNING),
        ("ld -z undefs a.o", Unresolved.IGNORED),
    ],
)
def test_what_happens_to_undefined_symbols(line: str, unresolved: Unresolved) -> None:
    assert read(line).unresolved is unresolved


def test_words_that_nobody_knows_are_named() -> None:
    command = read("gcc --weird a.o -Wl,--no-such=2 -Wl,--undefined-glob=x*")
    assert command.not_understood == ("--weird", "--no-such=2")
    assert command.not_modelled == ("--undefined-glob=x*",)


def test_sources_are_named() -> None:
    command = read("g++ -std=c++17 main.cpp x.S lib.a -o app")
    assert command.sources == ("main.cpp", "x.S")
    assert command.links


@pytest.mark.parametrize(
    "line", ["gcc -c a.c", "cc -E a.c", "ld --help", "gcc --version", "ld --version", "cc -Wl,--version"]
)
def test_commands_that_do_not_link(line: str) -> None:
    assert not read(line).links


def test_response_files(tmp_path: Path) -> None:
    (tmp_path / "args").write_text("a.o 'b c.o' -Wl,--whole-archive\n-lz", "utf-8")
    command = read_command(["gcc", "@args", "@none"], str(tmp_path))
    assert shown(command) == "a.o b c.o -lz* @none*"
    assert command.words == ("gcc", "a.o", "b c.o", "-Wl,--whole-archive", "-lz", "@none")
    assert [one.position for one in command.inputs] == [1, 2, 4, 5]


def test_a_line_of_rustc() -> None:
    command = read(
        'LC_ALL="C" PATH="/x:/usr/bin" VSLANG="1033" "cc" "-m64" "/t/symbols.o" "app.rcgu.o" "-Wl,--as-needed" '
        '"-Wl,-Bstatic" "/r/libstd-1.rlib" "/r/libcompiler_builtins-2.rlib" "-Wl,-Bdynamic" "-lgcc_s" "-lc" '
        '"-Wl,--eh-frame-hdr" "-Wl,-z,noexecstack" "-L" "/r/lib" "-o" "app" "-Wl,--gc-sections" "-pie" '
        '"-Wl,-z,relro,-z,now" "-Wl,-O1" "-Wl,--strip-debug" "-nodefaultlibs"'
    )
    assert shown(command) == (
        "/t/symbols.o app.rcgu.o /r/libstd-1.rlib?s /r/libcompiler_builtins-2.rlib?s -lgcc_s? -lc?"
    )
    assert (command.target, command.output, command.gc_sections) == (Target.PIE, "app", True)
    assert command.not_understood == ()


#: Words that options are made of, in orders that nobody would write.
_PIECES = st.sampled_from(
    [
        *("-Wl,", "-Wl,,", "-Xlinker", "-", "--", "---", "-l", "-L", "-z", "-o", "-T", "-u", "--defsym", "-e", "="),
        *("--pop-state", "-)", "--end-lib", "-R", "--library=", "--exclude-libs", "-x", "a.o", "-fuse-ld=", "-Wl,-z"),
        *("@", "@x", ""),
    ]
)  # fmt: skip


@given(st.sampled_from(["gcc", "ld", "libtool gcc", "mold"]), st.lists(st.one_of(_PIECES, st.text(max_size=6))))
def test_any_words_are_read(program: str, words: list[str]) -> None:
    command = read_command([*program.split(), *words])
    assert all(one.word for one in command.inputs)


@pytest.mark.parametrize(
    ("line", "words", "folder", "environment"),
    [
        ("env -u CC A=1 gcc m.o -lz", "gcc m.o -lz", ".", {"CC": None, "A": "1"}),
        ("A='1 2' ccache gcc m.o", "gcc m.o", ".", {"A": "1 2"}),
        ("nice -n 5 time -o t.txt gcc m.o", "gcc m.o", ".", {}),
        ("sh -c 'gcc m.o -lz'", "gcc m.o -lz", ".", {}),
        ("bash -ec 'cd sub/dir && A=1 ld m.o'", "ld m.o", "sub/dir", {"A": "1"}),
        ("env -C sub sh -c 'cd dir && gcc m.o'", "gcc m.o", "sub/dir", {}),
        ("env --chdir=sub gcc m.o", "gcc m.o", "sub", {}),
    ],
)
def test_what_runs_the_program_counts(line: str, words: str, folder: str, environment: dict[str, str | None]) -> None:
    command = read(line)
    assert (" ".join(command.words), command.folder) == (words, folder)
    assert dict(command.environment) == environment


@pytest.mark.parametrize("text", ["gcc m.o; rm x", "gcc m.o | tee log", "gcc $(cat files)", "gcc m.o && gcc n.o", ""])
def test_a_shell_may_run_one_command(text: str) -> None:
    with pytest.raises(UnsupportedError, match="is no compiler driver"):
        read_command(["sh", "-c", text])
