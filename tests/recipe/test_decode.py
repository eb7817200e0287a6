from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.model import Kind
from arfix.audit.finding import Severity
from arfix.edits.requests import (
    Convert,
    Flatten,
    FlattenChoice,
    Normalize,
    RebuildIndex,
    Request,
    Strip,
    Stub,
    SymbolEdit,
    Symbols,
)
from arfix.errors import RecipeError
from arfix.linkage.model import Target
from arfix.recipe.load import read_recipe
from arfix.recipe.model import Condition, StubEntry

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.recipe.model import Recipe

ARCHIVE = 'version = 1\n[[archive]]\npath = "a.a"\n'
STEP = f"{ARCHIVE}[[archive.step]]\n"
HASH = "ab" * 32
IGNORE = "version = 1\n[whole-archive.x]\narchives = ['a']\n[[whole-archive.x.ignore]]\n"


def read(folder: Path, text: str) -> Recipe:
    path = folder / "r.toml"
    path.write_text(text)
    return read_recipe(str(path))


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ('strip = ["x.o", "y*.o"]\ncascade = true', Strip(("x.o", "y*.o"), cascade=True)),
        ('strip = ["x.o"]\nforce = true', Strip(("x.o",), force=True)),
        ('flatten = "drop"', Flatten(FlattenChoice.DROP)),
        ('flatten = "auto"\nplatform = ["lib"]', Flatten(None, ("lib",))),
        ('symbols = { localize = "f" }', Symbols(SymbolEdit.LOCALIZE, ("f",))),
        (
            'symbols = { hide-all-but = ["f"], prefix = "p_" }',
            Symbols(SymbolEdit.HIDE_ALL_BUT, ("f",), prefix="p_"),
        ),
        ('symbols = { prefix = "p_", only = ["g*"] }', Symbols(SymbolEdit.PREFIX, ("g*",), (), "p_")),
        ('symbols = { rename = { a = "b" } }', Symbols(SymbolEdit.RENAME, (), (("a", "b"),))),
        (
            'symbols = { weaken = ["f"], members = ["x.o"], force = true }',
            Symbols(SymbolEdit.WEAKEN, ("f",), members=("x.o",), force=True),
        ),
        ('stub = ["syslog", "f=void"]\nstrong = true', Stub(("syslog", "f=void"), strong=True)),
        ("index = true", RebuildIndex()),
        ("normalize = true", Normalize()),
        ('convert = "gnu64"', Convert(Kind.GNU64)),
    ],
)  # fmt: skip
def test_steps(tmp_path: Path, line: str, action: Request) -> None:
    recipe = read(tmp_path, f'{STEP}{line}\nreason = "r"\nwhen = {{ machine = "i386" }}')
    step = recipe.archives[0].steps[0]
    assert (step.action, step.reason, step.when) == (action, "r", Condition(machines=("i386",)))
    assert str(step.where) == f"{tmp_path}/r.toml:4"


def test_stubs_and_links(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        f"""version = 1
[[stubs]]
path = "s.a"
target = "arm-none-eabi"
symbols = ["syslog"]
reason = "r"
when = {{ exists = ["x"], sha256 = "{HASH.upper()}" }}
[whole-archive.one]
archives = ["a.a"]
providers = ["c.a"]
sysroot = true
target = "shared"
needed-by = ["m.so"]
roots = ["main"]
fail-on = "warning"
[[whole-archive.one.ignore]]
rule = "undefined-symbol"
match = "x"
reason = "r"
""",
    )
    stub = StubEntry("s.a", ("syslog",), "r", None, "arm-none-eabi", None, Condition(exists=("x",), sha256=(HASH,)))
    assert recipe.stubs == (stub,)
    whole = recipe.required_links[0]
    assert (whole.name, whole.archives, whole.providers, whole.sysroot) == ("one", ("a.a",), ("c.a",), True)
    assert (whole.target, whole.needed_by, whole.roots) == (Target.SHARED, ("m.so",), ("main",))
    assert (whole.fail_on, str(whole.ignores[0])) == (Severity.WARNING, "undefined-symbol:x")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "begins with `version = 1`"),
        ("\nversion = 2", 2, "begins with `version = 1`"),
        ("version = 1\nvresion = 1", 2, "no key `vresion`"),
        ("version = 1\narchive = 1", 2, "expected an array of tables"),
        ("version = 1\narchive = [1]", 2, "holds 1, expected tables"),
        ("version = 1\nx = ", 2, "not TOML"),
        ("version = 1\n[check]\nfial-on = 'error'", 3, "no key"),
        (ARCHIVE, 2, "no step"),
        (f'{ARCHIVE}glob = "b"', 2, "one of `path` and `glob`"),
        (f"{STEP}reason = 'r'", 4, "does nothing"),
        (f"{STEP}index = true", 4, "needs `reason`"),
        (f"{STEP}index = true\nreason = ' '", 6, "expected a non-empty text"),
        (f"{STEP}index = false\nreason = 'r'", 5, "does nothing"),
        (f"{STEP}index = 1\nreason = 'r'", 5, "expected true or false"),
        (f"{STEP}index = true\nstrip = ['x']\nreason = 'r'", 4, "both `strip` and `index`"),
        (f"{STEP}index = true\ncascade = true\nreason = 'r'", 6, "no key `cascade`"),
        (f"{STEP}strip = []\nreason = 'r'", 5, "an empty list"),
        (f"{STEP}strip = [\n'x',\n1]\nreason = 'r'", 7, "holds 1, expected texts"),
        (f"{STEP}strip = 'x'\nreason = 'r'", 5, 'is "x", expected a list'),
        (f"{STEP}flatten = 'smash'\nreason = 'r'", 5, "one of splice, drop, needed, auto"),
        (f"{STEP}flatten = 'drop'\nplatform = ['lib']\nreason = 'r'", 6, "decides alone"),
        (f"{STEP}symbols = 1\nreason = 'r'", 5, "expected a table"),
        (f"{STEP}symbols = {{}}\nreason = 'r'", 5, "names no change"),
        (f"{STEP}symbols = {{ hide = 'a', weaken = 'b' }}\nreason = 'r'", 5, "names both"),
        (f"{STEP}symbols = {{ hide = 'a', only = ['b'] }}\nreason = 'r'", 5, "belongs to `prefix`"),
        (f"{STEP}symbols = {{ rename = {{}} }}\nreason = 'r'", 5, "is empty"),
        (f"{STEP}symbols = {{ rename = {{ a = 1 }} }}\nreason = 'r'", 5, "expected a table of texts"),
        (f"{STEP}symbols = {{ hide = 'a', fro = 1 }}\nreason = 'r'", 5, "no key `fro`"),
        (f"{STEP}stub = ['x=frob']\nreason = 'r'", 5, "frob"),
        (f"{STEP}index = true\nreason = 'r'\nwhen = {{}}", 7, "is empty"),
        (f"{STEP}index = true\nreason = 'r'\nwhen = {{ sha256 = 'ab' }}", 7, "64 hexadecimal digits"),
        (f"{STEP}strip = ['${{x}}']\nreason = 'r'", 5, "no variable is called 'x'"),
        ("version = 1\n[[stubs]]\npath = 'x'", 2, "one of `like`"),
        ("version = 1\n[[stubs]]\npath = 'x'\nlike = 'y'", 2, "needs `symbols`"),
        ("version = 1\n[[stubs]]\npath = 'x'\nlike = 'y'\nlibc = 'z'\nsymbols = ['f']\nreason = 'r'", 5, "one of "),
        ("version = 1\n[whole-archive]\nx = 1", 3, "expected a table"),
        ("version = 1\n[whole-archive.x]", 2, "needs `archives`"),
        (f"{IGNORE}rule = 'udnefined-symbol'\nreason = 'r'", 5, "there is no rule"),
        (f"{IGNORE}rule = 'malformed'", 4, "needs `reason`"),
        ("version = 1\ninclude = ['none.toml']", 2, "cannot include none.toml"),
        ("version = 1\ninclude = ['r.toml']", 2, "includes itself"),
        ("version = 1\n[variables]\nx = 1", 2, "expected a table of texts"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read(tmp_path, text)
    assert message in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        read(tmp_path, f"{STEP}strip = ['x']\nraeson = 'r'\nreason = 'r'")
    assert caught.value.hint == "Did you mean `reason`?"


@pytest.mark.parametrize(
    ("table", "key", "near"),
    [
        ('[[archive]]\npath = "a"\n[[archive.step]]\nflaten = "drop"\nreason = "x"', 6, "flatten"),
        ('[[archive]]\npath = "a"\n[[archive.step]]\nstrip = ["a"]\nreson = "x"', 7, "reason"),
        ('[[archive]]\nPath = "a"\n[[archive.step]]\nindex = true\nreason = "x"', 4, "path"),
        ('[[archive]]\npath = "a"\n[[archive.steps]]\nindex = true\nreason = "x"', 5, "step"),
        ('[[archives]]\npath = "a"', 3, "archive"),
        ('[[stubs]]\npath = "a"\nsymbol = ["x"]\nlike = "b"\nreason = "x"', 5, "symbols"),
        ('[whole-archive.x]\narchive = ["a"]', 4, "archives"),
        (
            '[[archive]]\npath = "a"\nwhen = { machines = "arm" }\n[[archive.step]]\nindex = true\nreason = "x"',
            5,
            "machine",
        ),
        ('[[archive]]\npath = "a"\n[[archive.step]]\nsymbols = { localise = ["f"] }\nreason = "x"', 6, "localize"),
        ('[whole-archive.x]\narchives = ["a"]\n[[whole-archive.x.ignore]]\nrules = "y"', 6, "rule"),
    ],
)
def test_a_misspelt_key_is_named_with_its_line_and_the_near_name(
    tmp_path: Path, table: str, key: int, near: str
) -> None:
    path = tmp_path / "arfix.toml"
    path.write_text(f"version = 1\n\n{table}\n")
    with pytest.raises(RecipeError, match="has no key") as caught:
        read_recipe(str(path))
    assert caught.value.where is not None
    assert caught.value.where.line == key
    assert caught.value.hint == f"Did you mean `{near}`?"
