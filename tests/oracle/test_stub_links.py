"""What linkers make of stubs: hardening kept, warnings given, real definitions preferred, and every linker content."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from arfix import open as open_archive
from arfix.archive.write import write_archive
from arfix.edits.stub import make_stub_archive, parse_request, target_of_archive
from arfix.report.stub_source import render_c
from arfix.stubs.behaviour import parse_behaviour
from arfix.stubs.build import Options, StubSymbol, make_object
from arfix.stubs.machines import machine_code
from arfix.stubs.platform import ACCESSORS, Accessor, CLibrary, Reach
from arfix.stubs.target import StubTarget, target_of_triple
from tests.oracle.test_stub_runs import BEHAVIOURS, CONSTANT, HOSTED, SOURCES, Hosted, run, silent
from tests.tools import give_up, need, output_of

pytestmark = pytest.mark.oracle

X86_64 = target_of_triple("x86_64-linux-gnu")
HOSTED_C = SOURCES / "hosted.c"
FLAGS = ("-O2", "-DWITH_JUMP", f"-DCONSTANT={CONSTANT}", "-Wl,--fatal-warnings")
JUMP = StubSymbol("s_jump", parse_behaviour("alias:outer"))
STUBS = [*(StubSymbol(name, parse_behaviour(text)) for name, text in BEHAVIOURS.items()), JUMP]


def linker_says(*command: str | Path) -> tuple[int, str]:
    """Run a link that may fail; return its exit code and messages."""
    environment = {**os.environ, "LC_ALL": "C"}
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=environment)
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("linker", ["bfd", "gold", "lld", "mold"])
@pytest.mark.parametrize("static", [True, False], ids=["static", "pie"])
def test_every_linker_takes_an_archive_of_stubs(linker: str, static: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a parameter)
    need({"bfd": "ld.bfd", "gold": "ld.gold", "lld": "ld.lld", "mold": "mold"}[linker])
    library = tmp_path / "libstubs.a"
    library.write_bytes(write_archive(make_stub_archive(X86_64, STUBS, Options(), str(library))))
    program = tmp_path / "program"
    mode = ["-static"] if static else ["-fPIE", "-pie"]
    silent(need("gcc"), *FLAGS, *mode, f"-fuse-ld={linker}", "-o", program, HOSTED_C, library)
    assert output_of(program) == "0 failures\n"


def test_the_c_source_does_the_same(tmp_path: Path) -> None:
    requests = [parse_request(f"{name}={text}") for name, text in BEHAVIOURS.items()] + [
        parse_request("s_jump=alias:outer")
    ]
    source, compiled = tmp_path / "stubs.c", tmp_path / "compiled.o"
    source.write_text(render_c(requests, Options()), encoding="utf-8")
    silent(need("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-c", "-o", compiled, source)
    written = tmp_path / "written.o"
    written.write_bytes(make_object(X86_64, STUBS))
    symbols = [re.sub(r"^\w+ ", "", output_of(need("nm"), each), flags=re.MULTILINE) for each in (compiled, written)]
    assert symbols[0].replace(" V ", " W ").replace("_GLOBAL_OFFSET_TABLE_", "") == symbols[1].replace(" V ", " W ")
    program = tmp_path / "program"
    silent(need("gcc"), *FLAGS, "-static", "-o", program, HOSTED_C, compiled)
    # The value of a function that nobody declared is a long in C, so the unsigned one is right in its lower half only.
    assert set(output_of(program, check=False).splitlines()) <= {
        "returns_unsigned: -1 (errno 75)",
        "1 failures",
        "0 failures",
    }


@pytest.mark.parametrize("behaviour", ["void", "ENOSYS", "trap", "alias:outer"])
def test_hardening_of_a_program_survives_a_stub(behaviour: str, tmp_path: Path) -> None:
    main = tmp_path / "main.c"
    main.write_text("void outer(void) {}\nextern void f(void);\nvoid start(void) { f(); }\n", encoding="utf-8")
    for triple, protection, notes in (
        ("x86_64-linux-gnu", "-fcf-protection=full", ("IBT", "SHSTK")),
        ("aarch64-linux-gnu", "-mbranch-protection=standard", ("BTI", "PAC")),
        ("i686-linux-gnu", "-fcf-protection=full", ("IBT", "SHSTK")),
    ):
        compiler = need(f"{triple}-gcc")
        compiled, stubs, linked = (tmp_path / f"{triple}-{name}" for name in ("main.o", "stubs.o", "linked.so"))
        silent(compiler, protection, "-fPIC", "-c", "-o", compiled, main)
        stubs.write_bytes(make_object(target_of_triple(triple), [StubSymbol("f", parse_behaviour(behaviour))]))
        silent(compiler, "-shared", "-nostdlib", "-Wl,--fatal-warnings", "-o", linked, compiled, stubs)
        kept = output_of(need("readelf"), "--notes", linked)
        assert all(note in kept for note in notes), kept


@pytest.mark.parametrize(("linker", "warns"), [("bfd", True), ("gold", True), ("lld", False), ("mold", False)])
def test_a_use_is_warned_of_where_the_linker_knows_how(linker: str, warns: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a parameter)
    need({"bfd": "ld.bfd", "gold": "ld.gold", "lld": "ld.lld", "mold": "mold"}[linker])
    main, stubs = tmp_path / "main.c", tmp_path / "stubs.o"
    main.write_text("extern void frob(void);\nint main(void) { frob(); return 0; }\n", encoding="utf-8")
    stubs.write_bytes(make_object(X86_64, [StubSymbol("frob", parse_behaviour("void"))], Options(warn=True)))
    code, said = linker_says(need("gcc"), f"-fuse-ld={linker}", "-o", tmp_path / "main", main, stubs)
    assert code == 0
    assert ("frob is a stub made by arfix" in said) is warns


@pytest.mark.parametrize("order", ["stub first", "stub last"])
def test_a_real_definition_wins(order: str, tmp_path: Path) -> None:
    main, real, stubs = tmp_path / "main.c", tmp_path / "real.c", tmp_path / "stubs.o"
    main.write_text("extern int f(void);\nint main(void) { return f(); }\n", encoding="utf-8")
    real.write_text("int f(void) { return 7; }\n", encoding="utf-8")
    stubs.write_bytes(make_object(X86_64, [StubSymbol("f", parse_behaviour("3"))]))
    objects = [stubs, real] if order == "stub first" else [real, stubs]
    silent(need("gcc"), "-o", tmp_path / "main", main, *objects)
    silent(tmp_path / "main", expected=7)


def test_a_strong_stub_clashes_and_a_hidden_one_is_not_exported(tmp_path: Path) -> None:
    real, stubs, hidden = tmp_path / "real.c", tmp_path / "stubs.o", tmp_path / "hidden.o"
    real.write_text("int f(void) { return 7; }\n", encoding="utf-8")
    stubs.write_bytes(make_object(X86_64, [StubSymbol("f", parse_behaviour("3"))], Options(strong=True)))
    code, said = linker_says(need("gcc"), "-shared", "-fPIC", "-o", tmp_path / "lib.so", real, stubs)
    assert code
    assert "multiple definition of `f'" in said
    hidden.write_bytes(make_object(X86_64, [StubSymbol("g", parse_behaviour("3"))], Options(hidden=True)))
    silent(need("gcc"), "-shared", "-fPIC", "-o", tmp_path / "lib.so", real, hidden)
    assert re.findall(r" [TW] (\w+)$", output_of(need("nm"), "-D", tmp_path / "lib.so"), re.MULTILINE) == ["f"]


@pytest.mark.parametrize("machine", HOSTED, ids=lambda machine: machine.triple)
def test_stubs_like_the_c_library_of_the_machine(machine: Hosted, tmp_path: Path) -> None:
    compiler = need(f"{machine.triple}-gcc")
    libc = Path(output_of(compiler, "-print-file-name=libc.a").strip())
    if not libc.is_absolute():
        give_up(f"no C library for {machine.triple}")
    with open_archive(libc) as archive:
        target = target_of_archive(archive)
    jump = bool(machine_code(target.machine).jump)
    stubs, program = tmp_path / "stubs.o", tmp_path / "program"
    stubs.write_bytes(make_object(target, STUBS if jump else STUBS[:-1]))
    defines = [flag for flag in FLAGS if jump or flag != "-DWITH_JUMP"]
    silent(compiler, *defines, "-static", "-o", program, HOSTED_C, stubs)
    if machine.runner != "" and "static" in machine.modes:
        assert run(machine, program, dynamic=False) == "0 failures\n"


def test_stubs_like_musl(tmp_path: Path) -> None:
    compiler = need("musl-gcc")
    with open_archive(output_of(compiler, "-print-file-name=libc.a").strip()) as archive:
        target = target_of_archive(archive)
    stubs, program = tmp_path / "stubs.o", tmp_path / "program"
    stubs.write_bytes(make_object(target, STUBS))
    silent(compiler, *FLAGS, "-static", "-o", program, HOSTED_C, stubs)
    assert output_of(program) == "0 failures\n"


@pytest.mark.parametrize(
    ("processor", "emulator"),
    [
        (("-mcpu=cortex-m0",), ()),
        (("-mcpu=cortex-m4", "-mfloat-abi=hard"), ()),
        (("-mcpu=cortex-m33",), ()),
        (("-mcpu=arm7tdmi",), ("-cpu", "arm926")),
        (("-mcpu=arm7tdmi", "-mbig-endian", "-nostdlib", "-Wl,-r"), ()),
    ],
    ids=["v6-m", "v7e-m", "v8-m", "v4t", "big-endian"],
)
def test_stubs_like_a_bare_metal_object(processor: tuple[str, ...], emulator: tuple[str, ...], tmp_path: Path) -> None:
    # Semihosting of an M processor needs a whole machine; test_stub_runs has the same code run as a Linux program.
    compiler = need("arm-none-eabi-gcc")
    main, model, stubs, program = (tmp_path / name for name in ("main.c", "model.o", "stubs.o", "program"))
    main.write_text(
        "#include <errno.h>\nextern int f(int), g(void);\n"
        "int main(void) { return f(3) == -1 && errno == ENOSYS && g() == 5 ? 0 : 1; }\n",
        encoding="utf-8",
    )
    cpu = [flag for flag in processor if flag.startswith("-m")]
    silent(compiler, *cpu, "-O2", "-c", "-o", model, main)
    target = target_of_archive_bytes(model, tmp_path)
    stubs.write_bytes(
        make_object(target, [StubSymbol("f", parse_behaviour("ENOSYS")), StubSymbol("g", parse_behaviour("5"))])
    )
    specs = () if "-nostdlib" in processor else ("--specs=rdimon.specs",)
    silent(compiler, *processor, *specs, "-Wl,--fatal-warnings", "-o", program, model, stubs)
    if emulator:
        silent(need("qemu-arm"), *emulator, program)


def target_of_archive_bytes(model: Path, folder: Path) -> StubTarget:
    """Return the target of an archive that holds one object."""
    path = folder / "model.a"
    output_of(need("ar"), "rcD", path, model)
    with open_archive(path) as archive:
        return target_of_archive(archive)


@pytest.mark.parametrize("thumb", [False, True], ids=["", "thumb"])
@pytest.mark.parametrize("machine", HOSTED, ids=lambda machine: machine.triple)
def test_a_thread_local_errno_is_set(
    machine: Hosted,
    thumb: bool,  # noqa: FBT001 (a parameter)
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = target_of_triple(machine.triple)
    code = machine_code(target.machine)
    if code.fail_tls is None or (thumb and code.name != "arm"):
        return
    # glibc's own errno is a thread-local variable of that name, which a static link may refer to.
    monkeypatch.setitem(ACCESSORS, CLibrary.GLIBC, Accessor(Reach.TLS, "errno"))
    stubs, program = tmp_path / "stubs.o", tmp_path / "program"
    jump = bool(code.jump) and not thumb
    stubs.write_bytes(make_object(replace(target, thumb=thumb), STUBS if jump else STUBS[:-1]))
    defines = [flag for flag in FLAGS if jump or flag != "-DWITH_JUMP"]
    silent(need(f"{machine.triple}-gcc"), *defines, "-static", "-o", program, HOSTED_C, stubs)
    if machine.runner != "" and "static" in machine.modes:
        assert run(machine, program, dynamic=False) == "0 failures\n"
