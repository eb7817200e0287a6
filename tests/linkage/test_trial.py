"""Trials with programs that only pretend to link: what is asked of them in which round, and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.archive.read import read
from arfix.errors import AccessError, Where
from arfix.linkage.inputs import archive_input, names_input, object_input
from arfix.linkage.linkers import Program
from arfix.linkage.model import Input, InputMode, Link, Linker, Target
from arfix.linkage.trial import Trial, try_link, without
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "lib x.a"
    members = (("a.o", elf("f")), ("in.a", b"!<arch>\n"), ("README", b"words\n"), ("b.o", elf("g")))
    path.write_bytes(ar(*members, index=(("f", 0), ("g", 3))))
    return path


@pytest.fixture
def pretend(tmp_path: Path) -> Callable[[str], Program]:
    """Return a maker of linkers out of shell commands; `$calls` is a file that grows by a line a run."""

    def make(script: str, linker: Linker = Linker.LD) -> Program:
        path = tmp_path / "fake-ld"
        calls = tmp_path / "calls"
        path.write_text(f'#!/bin/sh\ncalls="{calls}"\necho "$*" >>"$calls"\n{script}\n', encoding="utf-8")
        path.chmod(0o755)
        return Program(linker, str(path), "fake 1.0")

    return make


def trial_of(path: Path, program: Program, target: Target = Target.SHARED) -> Trial:
    with open_archive(path) as archive:
        return try_link(Link((archive_input(archive, Where(str(path))),), target, ("f",)), program, None)


def runs(folder: Path) -> list[str]:
    return (folder / "calls").read_text(encoding="utf-8").splitlines()


def test_a_link_that_works_is_made_once(library: Path, pretend: Callable[..., Program], tmp_path: Path) -> None:
    trial = trial_of(library, pretend("exit 0"))
    assert trial.status == 0
    (line,) = runs(tmp_path)
    assert line.endswith(f"-u f --whole-archive {library} --no-whole-archive")
    assert not trial.complete  # nothing was made


def test_what_fails_is_made_again_leniently(library: Path, pretend: Callable[..., Program], tmp_path: Path) -> None:
    script = """case "$*" in
        *muldefs*) echo "ld: (.text+0x1): warning: undefined reference to \\`missing'" >&2;;
        *) echo "ld: b.o:(.text+0x0): multiple definition of \\`f'; a.o:(.text+0x0): first defined here" >&2;;
    esac; exit 1"""
    trial = trial_of(library, pretend(script))
    assert trial.status == 1
    assert (set(trial.undefined), dict(trial.duplicates)) == ({"missing"}, {"f": ("a.o", "b.o")})
    assert [("muldefs" in line) for line in runs(tmp_path)] == [False, True]


def test_members_that_are_rejected_are_taken_out_one_by_one(library: Path, pretend: Callable[..., Program]) -> None:
    script = """for word; do case "$word" in *.a) archive=$word;; esac; done
    for member in in.a README; do
        if grep -q "^$member/" "$archive"; then
            echo "ld: $archive: member $archive($member) in archive is not an object" >&2; exit 1
        fi
    done; exit 0"""
    trial = trial_of(library, pretend(script))
    assert trial.rejected == (f"{library}(in.a)", f"{library}(README)")  # of the user's archive, not of copies
    assert trial.status == 1


def test_code_that_cannot_be_placed_ends_the_search(library: Path, pretend: Callable[..., Program]) -> None:
    script = """echo "ld: x.o: relocation R_X86_64_32 against \\`a b' can not be used when making a shared object" >&2
    echo "ld: x.o: relocation R_X86_64_32 against \\`gone' can not be used when making a shared object" >&2
    echo "ld: (.text+0x1): undefined reference to \\`gone'" >&2; echo "ld: a riddle" >&2; exit 1"""
    trial = trial_of(library, pretend(script))
    assert len(trial.refused) == len(trial.refused_missing) == 1
    assert trial.others == ("a riddle",)
    assert not trial.complete


def test_a_crash_is_no_answer(library: Path, pretend: Callable[..., Program]) -> None:
    trial = trial_of(library, pretend("kill -SEGV $$", Linker.LLD))
    assert trial.status < 0
    assert not trial.complete


def test_a_linker_that_hangs_is_stopped(library: Path, pretend: Callable[..., Program]) -> None:
    program = pretend("exec sleep 60")
    with open_archive(library) as archive:
        link = Link((archive_input(archive, Where(str(library))),))
        with pytest.raises(AccessError, match="did not end"):
            try_link(link, program, None, timeout=0.3)


def test_the_command_has_everything_in_order(library: Path, pretend: Callable[..., Program], tmp_path: Path) -> None:
    main = tmp_path / "main.o"
    main.write_bytes(elf("main"))
    with open_archive(library) as archive:
        lazy = archive_input(archive, Where(str(library)), InputMode.ON_DEMAND, group=1)
        inputs: tuple[Input, ...] = (
            object_input(Where(str(main)), lambda: memoryview(elf("main"))),
            lazy,
            names_input(Where("what the system has"), ["b", "a"]),
        )
        try_link(
            Link(inputs), pretend('for word; do case "$word" in @*) cat "${word#@}" >>"$calls";; esac; done'), None
        )
    first, *names = runs(tmp_path)
    words = first.replace(str(library), "LIB").replace(str(main), "MAIN").split()
    assert words[words.index("MAIN") :][:4] == ["MAIN", "--start-group", "LIB", "--end-group"]
    assert names == ["--defsym=a=0", "--defsym=b=0"]


def test_an_archive_without_some_members_keeps_its_index() -> None:
    archive = read(ar(("a.o", elf("f")), ("b.o", elf("g")), ("c.o", elf("h")), index=(("f", 0), ("g", 1), ("h", 2))))
    less = without(archive, {1})
    assert [member.name for member in less.members] == ["a.o", "c.o"]
    assert less.index is not None
    assert list(less.index) == [("f", 0), ("h", 1)]
    empty = without(archive, {0, 1, 2}).index
    assert empty is not None
    assert list(empty) == []
