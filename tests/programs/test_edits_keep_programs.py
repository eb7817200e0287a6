"""Every edit that arfix makes, on each machine: the program links by each linker, and prints what it should."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.programs.situation import EVERYWHERE, Machine, Situation
from tests.programs.workshop import Workshop
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: Data, a pointer to it, a string, a thread-local variable and a call: relocations of each kind.
CORE = (
    'static int n; __thread int t = 2; int data[3] = {1, 2, 3}; int *at = &data[1]; const char *name = "x";'
    " int core(void) { return 4 + *at + t + n + (name[0] != 120); }"
)
API = "int core(void); int api(void) { return core() + 1; }"
STARTED = "int started; __attribute__((constructor)) static void start(void) { started = 100; }"
EXTRA = "int gone(void); int extra(void) { return gone(); }"
SCALE = "__attribute__((noinline)) int scale(int a) {{ return a * {0}; }} int f{0}(void) {{ return scale(1); }}"
PRINTS = 'int main(void) {{ printf("%d\\n", {0}); return 0; }}'
API_PRINTS = "int api(void); " + PRINTS.format("api()")
MEMBERS = {"core.o": CORE, "api.o": API, "start.o": STARTED}
LIBRARY = {"libk.a": "core.o api.o start.o"}


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit, and a program that needs it to be right.

    Attributes:
        name: What is done.
        command: The words behind `arfix`.
        members: Member name -> C source.
        archives: Archive name -> members.
        main: The program.
        line: Its link after the edit.
        prints: What it prints.
        link_flags: Flags of gcc for the link.
    """

    name: str
    command: str
    members: Mapping[str, str]
    archives: Mapping[str, str]
    main: str
    line: str
    prints: str


EDITS = (
    Edit(
        "strip",
        "strip libk.a extra.o",
        {**MEMBERS, "extra.o": EXTRA},
        {"libk.a": "core.o extra.o api.o start.o"},
        API_PRINTS,
        "main.o +libk.a",
        "9",
    ),
    Edit(
        "flatten by splicing",
        "flatten --splice libo.a",
        MEMBERS,
        {"libk.a": "core.o start.o", "libo.a": "api.o libk.a"},
        "extern int started; int api(void); " + PRINTS.format("api() + started"),
        "main.o +libo.a",
        "109",
    ),
    Edit(
        "flatten by dropping",
        "flatten --drop libo.a",
        MEMBERS,
        {"libk.a": "core.o start.o", "libo.a": "api.o libk.a"},
        API_PRINTS,
        "main.o +libo.a libk.a",
        "9",
    ),
    Edit(
        "flatten what is needed",
        "flatten --needed libo.a",
        MEMBERS,
        {"libk.a": "core.o start.o", "libo.a": "api.o libk.a"},
        API_PRINTS,
        "main.o +libo.a",
        "9",
    ),
    Edit(
        "flatten what the platform has",
        "flatten --platform libk.a libo.a",
        MEMBERS,
        {"libk.a": "core.o start.o", "libo.a": "api.o libk.a"},
        API_PRINTS,
        "main.o +libo.a libk.a",
        "9",
    ),
    Edit(
        "a stub that fails",
        "stub gone=-1 --libc glibc --into libk.a",
        {**MEMBERS, "extra.o": EXTRA},
        {"libk.a": "core.o extra.o api.o start.o"},
        "int api(void), extra(void); " + PRINTS.format("api() * 10 + extra()"),
        "main.o +libk.a",
        "89",
    ),
    Edit(
        "a stub that sets errno",
        "stub gone=ENOSYS --libc glibc --into libk.a",
        {"extra.o": EXTRA},
        {"libk.a": "extra.o"},
        "#include <errno.h>\nint extra(void); " + PRINTS.format("extra() == -1 && errno == ENOSYS"),
        "main.o +libk.a",
        "1",
    ),
    Edit(
        "a stub that forwards",
        "stub gone=alias:core --libc glibc --into libk.a",
        {**MEMBERS, "extra.o": EXTRA},
        {"libk.a": "core.o extra.o api.o start.o"},
        "int api(void), extra(void); " + PRINTS.format("api() * 10 + extra()"),
        "main.o +libk.a",
        "98",
    ),
    Edit(
        "a stub of data",
        "stub verbose=data:4 --libc glibc --into libk.a",
        {"v.o": "extern int verbose; int up(void) { return ++verbose; }"},
        {"libk.a": "v.o"},
        "int up(void); " + PRINTS.format("up() + up()"),
        "main.o +libk.a",
        "3",
    ),
    Edit(
        "symbols --localize",
        "symbols libk.a --localize scale --member three.o",
        {"two.o": SCALE.format(2), "three.o": SCALE.format(3)},
        {"libk.a": "two.o three.o"},
        "int f2(void), f3(void), scale(int); " + PRINTS.format("f2() * 100 + f3() * 10 + scale(1)"),
        "main.o +libk.a",
        "232",
    ),
    Edit(
        "symbols --globalize",
        "symbols libk.a --globalize helper",
        {"h.o": "__attribute__((noipa)) static int helper(void) { return 6; } int h(void) { return helper(); }"},
        {"libk.a": "h.o"},
        "int helper(void); " + PRINTS.format("helper()"),
        "main.o +libk.a",
        "6",
    ),
    Edit(
        "symbols --weaken",
        "symbols libk.a --weaken scale --member two.o",
        {"two.o": SCALE.format(2), "three.o": SCALE.format(3)},
        {"libk.a": "two.o three.o"},
        "int scale(int); " + PRINTS.format("scale(1)"),
        "main.o +libk.a",
        "3",
    ),
    Edit(
        "symbols --hide",
        "symbols libk.a --hide core",
        MEMBERS,
        LIBRARY,
        API_PRINTS,
        "main.o +libk.a",
        "9",
    ),
    Edit(
        "symbols --hide-all-but",
        "symbols libk.a --hide-all-but api started",
        MEMBERS,
        LIBRARY,
        "int core(void) { return 0; } int data[1], t, *at, name; int api(void); extern int started; "
        + PRINTS.format("api() + started + core()"),
        "main.o +libk.a",
        "109",
    ),
    Edit(
        "symbols --rename",
        "symbols libk.a --rename core=my_core --rename data=my_data",
        MEMBERS,
        LIBRARY,
        "int my_core(void), api(void), data; extern int my_data[3]; "
        + PRINTS.format("api() * 10 + my_core() + my_data[2] - 3"),
        "main.o +libk.a",
        "98",
    ),
    Edit(
        "symbols --prefix",
        "symbols libk.a --prefix my_",
        MEMBERS,
        LIBRARY,
        "int my_api(void); extern int my_started; int core, t, data, at, api; "
        + PRINTS.format("my_api() + my_started"),
        "main.o +libk.a",
        "109",
    ),
    Edit("index", "index libk.a", MEMBERS, {"libk.a": "core.o api.o start.o"}, API_PRINTS, "main.o libk.a", "9"),
    Edit(
        "merge",
        "merge liba.a libb.a -o libk.a",
        MEMBERS,
        {"liba.a": "api.o", "libb.a": "core.o start.o"},
        API_PRINTS,
        "main.o libk.a",
        "9",
    ),
)


@pytest.mark.parametrize("machine", EVERYWHERE, ids=lambda machine: machine.name)
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name.replace(" ", "-"))
def test_the_program_is_right_after(
    edit: Edit,
    machine: Machine,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "programs"
    cache.mkdir(exist_ok=True)
    shop = Workshop(machine, cache)
    situation = Situation(edit.name, "", edit.members, edit.archives, edit.main, edit.line, edit.prints)
    shop.build(situation, tmp_path)
    if edit.name == "index":
        shop.run("rm libk.a; $AR crSD libk.a core.o api.o start.o", tmp_path)
    monkeypatch.chdir(tmp_path)
    ran = arfix(*edit.command.split())
    assert ran.code == 0, ran.stderr
    outcomes = shop.outcomes(situation, tmp_path, edit.line)
    told = {linker: one.printed if one.linked else one.refusal for linker, one in outcomes.items()}
    assert told == dict.fromkeys(machine.linkers, edit.prints)
