"""A wrong argument of a public function is a TypeError that says what was expected, and how to get it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Callable

ARCHIVE = arfix.read(ar(("a.o", elf("a")), ("b.o", elf("b"))))
MEMBER = ARCHIVE.members[0]
#: As an untyped program sees it.
A: Any = arfix

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "with_members of names": (lambda: A.Archive.with_members(ARCHIVE, ["x.o"]), r"arfix\.Members, not 'x\.o' \(str\)"),
    "with_members of one name": (lambda: A.Archive.with_members(ARCHIVE, "x.o"), r"arfix\.Members, not 'x\.o' \(str\)"),
    "with_members of a member": (lambda: A.Archive.with_members(ARCHIVE, MEMBER), r"list .*, not <Member"),
    "new of bytes": (lambda: A.Archive.new(A.Kind.GNU, [b"x"]), r"arfix\.Member\.new"),
    "new of a word": (lambda: A.Archive.new("gnu", []), r"write arfix\.Kind\.GNU"),
    "a member by number": (lambda: A.Archive.__getitem__(ARCHIVE, 0), r"archive\.members\[0\]"),
    "without a number": (lambda: A.Archive.without(ARCHIVE, 3), r"names or other selectors"),
    "open of an archive": (lambda: A.open(ARCHIVE), r"must be a path"),
    "open of bytes": (lambda: A.open(b"x.a"), r"must be a path"),
    "read of a path": (lambda: A.read("x.a"), r"arfix\.open\('x\.a'\)"),
    "save the wrong way round": (lambda: A.save("x.a", ARCHIVE), r"`archive` must be an arfix\.Archive, not 'x\.a'"),
    "write a path": (lambda: A.write("x.a"), r"arfix\.open\('x\.a'\) opens it"),
    "apply to a path": (lambda: A.strip(ARCHIVE, "a.o").apply("x.a"), r"arfix\.open\('x\.a'\) opens it"),
    "walk a path": (lambda: A.walk("x.a"), r"arfix\.open"),
    "plan for a path": (lambda: A.plan("x.a", A.Strip(("a.o",))), r"arfix\.open"),
    "strip of nothing": (lambda: A.strip(ARCHIVE, None), r"names or other selectors, or arfix\.Members, not None"),
    "strip of a set of numbers": (lambda: A.strip(ARCHIVE, {1}), r"not 1 \(int\)"),
    "convert to a word": (lambda: A.convert(ARCHIVE, "darwin"), r"write arfix\.Kind\.DARWIN"),
    "flatten by a word": (lambda: A.flatten(ARCHIVE, "drop"), r"arfix\.FlattenChoice\.DROP"),
    "symbols by a word": (lambda: A.symbols(ARCHIVE, "hide-all-but", "f"), r"arfix\.SymbolEdit\.HIDE_ALL_BUT"),
    "symbols of numbers": (lambda: A.symbols(ARCHIVE, A.SymbolEdit.HIDE, [1]), r"`patterns`"),
    "stub of bytes": (lambda: A.stub(ARCHIVE, [b"openlog"]), r"names of symbols"),
    "merge of paths": (lambda: A.merge(["x.a"]), r"`archives` must be an arfix\.Archive.*arfix\.open"),
    "merge of a path": (lambda: A.merge(Path("x.a")), r"arfix\.open"),
    "diff of paths": (lambda: A.diff(ARCHIVE, "y.a"), r"`new` must be an arfix\.Archive"),
    "check of archives": (lambda: A.check([ARCHIVE]), r"path .*arfix\.save"),
    "check of an archive": (lambda: A.check(ARCHIVE), r"path .*arfix\.save"),
    "check of nothing": (lambda: A.check(None), r"`archives` must be"),
    "a command of one text": (lambda: A.check(command="gcc -o app main.o"), r"shlex\.split"),
    "a command to diagnose": (lambda: A.diagnose_command("gcc main.o"), r"shlex\.split"),
    "a target by its word": (lambda: A.check("x.a", target="shared"), r"write arfix\.Target\.SHARED"),
    "a policy of words": (lambda: A.check("x.a", policy=["malformed"]), r"arfix\.Policy\.of"),
    "fail_on by its word": (lambda: A.Policy.of(fail_on="warning"), r"write arfix\.Severity\.WARNING"),
    "why the wrong way round": (lambda: A.why("f", ["x.a"]), r"`subject` must be the name"),
    "apply of an archive": (lambda: A.apply(ARCHIVE, "sysroot"), r"`recipe` must be a path"),
    "a recipe for an archive": (lambda: A.init_recipe(ARCHIVE), r"`sysroot` must be a path"),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_argument_says_what_was_expected(call: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        call()
    assert str(caught.value).startswith("`")


def test_archives_are_what_functions_of_archives_take() -> None:
    more = {"strip": ["x.o"], "symbols": [A.SymbolEdit.HIDE], "stub": ["f"], "convert": [A.Kind.GNU]}
    for name in ("index", "index_difference", "normalize", "inspect", "extract", "flatten", *more):
        with pytest.raises(TypeError, match=r"`archive` must be an arfix\.Archive.*arfix\.open\('libz\.a'\)"):
            getattr(A, name)("libz.a", *more.get(name, []))


def test_one_will_do_where_several_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "x.a"
    path.write_bytes(arfix.write(ARCHIVE))
    assert [drop.name for drop in arfix.strip(ARCHIVE, MEMBER).drops] == ["a.o"]
    assert arfix.Policy.of(ignore="malformed", enable="build-paths") == arfix.Policy.of(
        ignore=["malformed"], enable=["build-paths"]
    )
    with arfix.link(path, roots="b") as link:
        assert link.why("b").in_link
        assert not link.why("a").in_link
    assert [one.name for one in arfix.merge(ARCHIVE).apply()] == ["a.o", "b.o"]
