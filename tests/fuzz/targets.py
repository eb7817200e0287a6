"""What the fuzzer runs: each target makes an input from a random generator and puts it through a part of arfix.

A target raises nothing but `ArfixError`, ends soon, and takes little memory; anything else is a finding.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.read import read
from arfix.archive.write import write_archive
from arfix.audit.baseline import decode_baseline
from arfix.cli.app import run
from arfix.edits.apply import apply
from arfix.edits.mri import read_script
from arfix.edits.requests import Flatten, FlattenChoice, RebuildIndex, Request, Strip, Stub, SymbolEdit, Symbols, plan
from arfix.edits.symbol_lists import decode_names, decode_renames
from arfix.errors import ArfixError
from arfix.linkage import script as linker_script
from arfix.linkline.words import split_response
from arfix.recipe.load import read_recipe
from tests.fuzz.inputs import HERE, NAMES, SYMBOLS, archive_bytes, object_bytes, text_like, text_seeds
from tests.property.test_any_object import look

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SELECTORS = (*NAMES, "a.o", "a.o#2", "*", "defines:f", "needs:f", "kind:text", "kind:object", "kind:archive")

RECIPE_WORDS = (
    *(
        "version = 1",
        "[[archive]]",
        "[[archive.step]]",
        "[variables]",
        "[whole-archive.x]",
        "[[stubs]]",
        "include = []",
    ),
    *('path = "lib/*.a"', 'strip = ["a.o"]', 'flatten = "splice"', "index = true", 'reason = "x"', "${x}", '"', "''''"),
    *("[a.b.c]", "=", "{}", "[]", "-1", "1e999", "1979-05-27", "\\u0000", "when = {}", "like = 1", "symbols = {}"),
    *("check = true", "fail-on = 'error'", "files = ['x']", "#", "\t", "\0", "\udcff", "[[", "]]", "a" * 400),
)
MRI_WORDS = (
    *(
        "OPEN",
        "CREATE",
        "CREATETHIN",
        "ADDLIB",
        "ADDMOD",
        "DELETE",
        "REPLACE",
        "EXTRACT",
        "LIST",
        "DIRECTORY",
        "VERBOSE",
    ),
    *(
        "CLEAR",
        "SAVE",
        "END",
        "a.a",
        "b.a",
        "out.a",
        "a.o",
        "(a.o,b.o)",
        "(",
        ")",
        ",",
        "*",
        ";",
        "+",
        '"',
        "'",
        "\\",
        "\0",
    ),
)
SCRIPT_WORDS = (
    "INPUT",
    "GROUP",
    "(",
    ")",
    "AS_NEEDED",
    "a.a",
    "-lx",
    "/*",
    "*/",
    '"',
    ",",
    "OUTPUT_FORMAT",
    "elf",
    "=",
    ";",
)
JSON_WORDS = ("{", "}", "[", "]", ":", ",", "null", "1", "-1e9", '"x"', '"findings"', '"rule"', '"\\ud800"', "[" * 50)


# --- parts called one by one ------------------------------------------------------------------------------------------


def container(random: Random) -> None:
    """Read an archive, and write it back: byte for byte, or after an edit so that it can be read again."""
    data = archive_bytes(random)
    archive = read(data)
    if not archive.thin:
        assert write_archive(archive) == data
    for member in archive:
        _ = member.date, member.uid, member.gid, member.mode, member.size


def facts(random: Random) -> None:
    """Read everything that is known of an object."""
    look(object_bytes(random))


def _request(random: Random) -> Request:
    choice = random.randrange(6)
    selectors = tuple(random.choice(SELECTORS) for _ in range(random.randrange(1, 3)))
    flag = random.random() < 0.5
    match choice:
        case 0:
            return Strip(selectors, cascade=flag, force=random.random() < 0.5, if_present=random.random() < 0.7)
        case 1:
            return Flatten(random.choice((None, *FlattenChoice)))
        case 2:
            return RebuildIndex()
        case 3:
            return Stub((random.choice(SYMBOLS) or "f",), strong=flag)
    change = random.choice(list(SymbolEdit))
    pattern = random.choice((*SYMBOLS[:6], "*", "f*"))
    return Symbols(change, (pattern,), ((pattern, random.choice(SYMBOLS)),), random.choice(("", "p_")), force=flag)


def edit(random: Random) -> None:
    """Plan an edit, apply it, write the archive, and read it again."""
    archive = read(archive_bytes(random))
    after = apply(archive, plan(archive, _request(random)))
    written = write_archive(after)
    if after.thin:
        return
    back = read(written)
    assert [member.name for member in back] == [member.name for member in after]
    padding = 8 if back.kind.value.startswith("darwin") else 0
    for one, other in zip(back, after, strict=True):
        assert abs(one.size - other.size) <= padding
        assert one.data[: other.size] == other.data


def mri_script(random: Random) -> None:
    """Read an MRI script."""
    data = text_like(("OPEN a.a\nADDMOD b.o\nSAVE\nEND\n", "CREATE o.a\nADDLIB a.a\nLIST\nSAVE\n"), MRI_WORDS, random)
    read_script(data.decode("utf-8", "surrogateescape"), HERE)


def linker_scripts(random: Random) -> None:
    """Read a linker script."""
    seed = "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( a.a AS_NEEDED ( b.so ) -lm )\n"
    linker_script.read_script(text_like((seed,), SCRIPT_WORDS, random), HERE)


def lists(random: Random) -> None:
    """Read lists of symbols, renames and arguments, and a baseline."""
    data = text_like(("a b\nc d\n# e\n", '\'a b\' "c\\"d" e'), (*SYMBOLS, "#", "'", '"', "\\"), random)
    text = data.decode("utf-8", "surrogateescape")
    for decode in (decode_names, decode_renames, split_response):
        with contextlib.suppress(ArfixError):
            decode(text, HERE)
    seed = '{"version": 1, "findings": [{"rule": "x", "archive": "a", "member": "b", "symbol": null}]}'
    with contextlib.suppress(ArfixError):
        decode_baseline(text_like((seed,), JSON_WORDS, random).decode("utf-8", "surrogateescape"), "b.json")


def recipe(random: Random) -> None:
    """Read a recipe."""
    path = scratch("arfix.toml")
    path.write_bytes(
        text_like((*text_seeds("samples/**/*.toml"), *text_seeds("tests/**/*.toml")), RECIPE_WORDS, random)
    )
    read_recipe(str(path))


# --- whole commands ---------------------------------------------------------------------------------------------------

#: Command lines; A and B stand for archives, O for an object, M for a script, R for a recipe.
COMMANDS = (
    *[("inspect", "A"), ("check", "A"), ("strip", "A", "a.o")] * 3,
    ("inspect", "--json", "--symbols", "A"),
    ("check", "--format", "sarif", "A", "B"),
    ("check", "--format", "github", "A"),
    ("check", "--format", "json", "--on-demand", "A", "--provider", "B"),
    ("check", "A", "--needed-by", "O"),
    ("check", "A", "--provider", "O"),
    ("strip", "A", "b.o", "--force", "--if-present"),
    ("strip", "A", "*", "--cascade", "-n"),
    ("flatten", "A"),
    ("flatten", "A", "--needed"),
    ("flatten", "A", "--platform", "B"),
    ("index", "A"),
    ("index", "--check", "A"),
    ("merge", "A", "B", "-o", "OUT"),
    ("merge", "A", "A", "-o", "A", "--json"),
    ("diff", "A", "B"),
    ("diff", "--json", "--dates", "--order", "A", "B"),
    ("symbols", "A", "--prefix", "p_"),
    ("symbols", "A", "--hide-all-but", "f", "--force"),
    ("symbols", "A", "--weaken", "*"),
    ("stub", "f", "--into", "A"),
    ("stub", "malloc", "g=void", "--like", "O", "-o", "OUT"),
    ("why", "A", "f"),
    ("why", "A", "a.o", "--on-demand", "--root", "f"),
    ("why", "--dead-weight", "A", "--root", "f"),
    ("fix", "-n", "--no-verify", "A"),
    ("extract", "-n", "A"),
    ("image", "O", "A"),
    ("image", "O"),
    ("ar", "-M", "M"),
    ("recipe", "check", "R"),
)


def command(random: Random) -> None:
    """Run one command on files."""
    words = random.choice(COMMANDS)
    makers: dict[str, Callable[[Random], bytes]] = {
        "A": archive_bytes,
        "B": archive_bytes,
        "O": object_bytes,
        "M": lambda random: text_like(("OPEN A\nADDMOD O\nDELETE a.o\nSAVE\nEND\n",), MRI_WORDS, random),
        "R": lambda random: text_like(text_seeds("samples/**/*.toml"), RECIPE_WORDS, random),
    }
    for name in {*words, "A"} & makers.keys():
        scratch(name).write_bytes(makers[name](random))
    arguments = [str(scratch(word)) if word in makers or word == "OUT" else word for word in words]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = run(arguments)
    assert code in {0, 1, 2}, (arguments, code)
    for stream in (out.getvalue(), err.getvalue()):
        assert not any(control in stream for control in "\x1b\x07\x08\r"), "a control character was printed"


def scratch(name: str) -> Path:
    """Return a file of this process, in memory where the system has such a folder."""
    folder = _SCRATCH
    if not folder.is_dir():
        folder.mkdir()
    return folder / {"A": "a.a", "B": "b.a", "O": "o.o", "OUT": "out.a", "M": "m.mri", "R": "r.toml"}.get(name, name)


_SCRATCH = Path("/dev/shm" if sys.platform == "linux" else ".", f"arfix-fuzz-{os.getpid()}")  # noqa: S108 (its own folder)

#: Each target and how often it runs, in relation to the others.
TARGETS: dict[Callable[[Random], None], int] = {
    container: 25,
    facts: 25,
    edit: 20,
    mri_script: 4,
    linker_scripts: 3,
    lists: 4,
    recipe: 4,
    command: 15,
}
