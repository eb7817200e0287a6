from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.linkline.read import read_command
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

_LIBRARY = """# libz.la - a libtool library file
dlname='libz.so.1'
library_names='libz.so.1.0.0 libz.so.1 libz.so'
old_library='libz.a'
dependency_libs=' -L/opt/lib -lm {folder}/sub/liby.la'
installed=no
libdir='/usr/local/lib'
"""
_CONVENIENCE = "library_names=''\nold_library='liby.a'\ndependency_libs=''\ninstalled=no\nlibdir=''\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "libz.la").write_text(_LIBRARY.format(folder=tmp_path), "utf-8")
    (tmp_path / "sub/liby.la").write_text(_CONVENIENCE, "utf-8")
    (tmp_path / "x.lo").write_text("pic_object='.libs/x.o'\nnon_pic_object='x.o'\n", "utf-8")
    return tmp_path


def read(line: str, folder: Path) -> list[str]:
    words = ["/bin/sh", "../libtool", "--tag=CC", "--mode=link", "gcc", *line.split()]
    command = read_command(words, str(folder))
    assert command.not_understood == ()
    return [one.word.replace(str(folder), "") for one in command.inputs]


def test_a_program_takes_shared_objects_that_are_not_installed_yet(folder: Path) -> None:
    assert read("-o app main.o x.lo libz.la sub/liby.la -lq", folder) == [
        *("main.o", ".libs/x.o", ".libs/libz.so", "sub/.libs/liby.a", "-lq")
    ]


def test_with_static_it_takes_archives_and_what_they_depend_on(folder: Path) -> None:
    assert read("-static -o app x.lo libz.la", folder) == [".libs/x.o", ".libs/libz.a", "-lm", "/sub/.libs/liby.a"]


def test_a_library_is_made_of_other_objects(folder: Path) -> None:
    line = "-o libw.la -rpath /usr/lib -version-info 1:0:0 -module -export-symbols-regex ^w x.lo sub/liby.la"
    assert read(line, folder) == [".libs/x.o", "sub/.libs/liby.a"]


def test_files_that_are_not_there_keep_their_names(folder: Path) -> None:
    assert read("-o app none.lo none.la", folder) == ["none.o", "none.la"]


@pytest.mark.oracle
def test_libtool_runs_the_same_link(tmp_path: Path) -> None:
    libtool = need("libtool")
    (tmp_path / "f.c").write_text("int f(void) { return 1; }\n", "utf-8")
    (tmp_path / "main.c").write_text("int f(void);\nint main(void) { return f(); }\n", "utf-8")
    for words in (
        ("--mode=compile", need("gcc"), "-c", "f.c"),
        ("--mode=link", need("gcc"), "-o", "libf.la", "-rpath", "/usr/lib", "f.lo"),
        ("--mode=compile", need("gcc"), "-c", "main.c"),
    ):
        output_of(libtool, "--tag=CC", *words, cwd=tmp_path)
    line = ("--mode=link", "gcc", "-o", "app", "main.lo", "libf.la")
    ran = output_of(libtool, "--tag=CC", "--dry-run", *line, cwd=tmp_path)
    linked = next(one for one in ran.splitlines() if " -o " in one and "main.o" in one)
    own = [one.word for one in read_command(["libtool", *line], str(tmp_path)).inputs]
    assert [word.removeprefix("./") for word in linked.split() if word.endswith((".o", ".so", ".a"))] == own
