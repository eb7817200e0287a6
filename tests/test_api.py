"""The public surface: the names of `arfix.__all__` are documented, typed, short to look at, and import lazily."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import pickle
import re
import subprocess
import sys
import typing
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import arfix
from arfix.cli.commands import COMMANDS
from arfix.errors import MissingPackageError
from tests.ar_builder import ar
from tests.console import ROOT
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE = [
    (page.stem, match[1], match[2])
    for page in sorted((ROOT / "docs" / "api").glob("*.md"))
    for match in re.finditer(
        r"^::: (\S+)\n    options:\n      heading: arfix\.(\w+)$", page.read_text("utf-8"), re.MULTILINE
    )
]
FUNCTIONS = {name for name in arfix.__all__ if callable(getattr(arfix, name)) and name.islower()}
CLASSES = [name for name in arfix.__all__ if inspect.isclass(getattr(arfix, name))]


def function(name: str) -> Callable[..., object]:
    """Return the public function; that of a package that can be called."""
    found = getattr(arfix, name)
    return typing.cast("Callable[..., object]", found.__wrapped__ if isinstance(found, ModuleType) else found)


def test_every_public_name_is_there() -> None:
    for name in arfix.__all__:
        assert getattr(arfix, name) is not None
        assert name in dir(arfix)


def test_every_verb_is_a_function() -> None:
    assert {verb for verb in COMMANDS if verb not in FUNCTIONS} == {"recipe"}, "has init_recipe and others"


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = arfix.no_such_name  # type: ignore[attr-defined]


def test_type_checkers_see_the_names_that_programs_get() -> None:
    (typed,) = (
        node
        for node in ast.parse(Path(arfix.__file__).read_text("utf-8")).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name)
    )
    seen = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(seen) == sorted({*arfix.__all__} - {"__version__"})
    for name, (module, inside) in seen.items():
        home = __import__(module or "", fromlist=[inside])
        found = function(name) if name in FUNCTIONS else getattr(arfix, name)
        assert found is getattr(home, inside), name


def test_the_reference_lists_exactly_the_public_names() -> None:
    assert sorted(name for _, _, name in REFERENCE) == sorted({*arfix.__all__} - {"__version__"})
    for _, path, name in REFERENCE:
        module, _, inside = path.rpartition(".")
        found = function(name) if name in FUNCTIONS else getattr(arfix, name)
        assert getattr(__import__(module, fromlist=[inside]), inside) is found, path


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_is_documented_and_typed(name: str) -> None:
    found = function(name)
    text = inspect.getdoc(found) or ""
    signature = inspect.signature(getattr(arfix, name))
    assert re.match(r"(Return|Yield|Write|Apply|Restore|Run|Read|Link) ?.*\.", text, re.DOTALL), "it says what it does"
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter.name
    described = re.findall(r"^    (\w+):", text.partition("Args:")[2], re.MULTILINE)
    assert not described or [one for one in described if one in signature.parameters] == list(signature.parameters)


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_and_its_members_are_documented_and_typed(name: str) -> None:
    cls = getattr(arfix, name)
    assert (inspect.getdoc(cls) or "").partition("\n")[0].endswith((".", ":")), name
    for member, value in vars(cls).items():
        if member.startswith("_") or (issubclass(cls, tuple) and member in {"count", "index"}):
            continue
        made = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if inspect.isfunction(made):
            assert inspect.getdoc(made), f"{name}.{member}"
            assert "return" in made.__annotations__ or made.__name__ == "__init__", f"{name}.{member}"


def test_a_name_is_there_whatever_was_imported_before() -> None:
    """Functions that share a name with a package are there if nothing has loaded the package."""
    lines = """
import sys
for name in ("symbols", "image", "diff", "diagnose", "survey", "strip"):
    for loaded in [one for one in sys.modules if one.partition(".")[0] == "arfix"]:
        del sys.modules[loaded]
    import arfix
    assert callable(getattr(arfix, name)), name
"""
    subprocess.run([sys.executable, "-c", lines], check=True, cwd=ROOT)


def values() -> dict[str, object]:
    """Return public values with long contents, by the name of their class."""
    long = "x" * 300
    members = [(f"{long}{number}.o", elf(f"{long}{number}")) for number in range(30)]
    archive = arfix.Archive.new(arfix.Kind.GNU, [arfix.Member.new(*one) for one in members])
    names = [member.name for member in archive]
    where = arfix.Where(long, (long, long), 5)
    strip = arfix.Strip(tuple(names), force=True)
    fix = arfix.Fix(long, strip, costs=tuple(names))
    finding = arfix.Finding("undefined-symbol", arfix.Severity.ERROR, long, long, long, long, fix, tuple(names), long)
    plan = arfix.plan(archive, strip)
    found: list[object] = [
        archive,
        archive.members[0],
        archive.index,
        archive.members[0].symbols[-1],
        where,
        strip,
        fix,
        finding,
        finding.key,
        plan,
        *plan.edits[:1],
        arfix.convert(archive, arfix.Kind.DARWIN).edits[0],
        arfix.merge([archive, archive]),
        arfix.extract(archive),
        arfix.index_difference(archive),
        arfix.inspect(archive),
        arfix.inspect(archive).members[0],
        next(arfix.walk(archive)),
        arfix.Outcome((long,) * 9, (finding,) * 9, {}),
        arfix.Repair((), {long: archive}, {long: archive}, (finding,) * 9, ()),
        arfix.RepairStep(long, strip, (finding,) * 9, plan),
        arfix.SetAside(finding, long),
        arfix.TargetFindings(arfix.Target.PIE, (finding,) * 9),
        arfix.Policy.of(ignore=[f"malformed:{long}"] * 9),
        arfix.Settings(tuple(names)),
        arfix.Symbols(arfix.SymbolEdit.HIDE, tuple(names)),
        arfix.Stub(tuple(names)),
        arfix.DanglingReference(1, long, long, tuple(names)),
        arfix.diff(archive, archive.without(names[0])),
        arfix.SysrootStatus(()),
        arfix.MriRun((arfix.MriMessage((long,)),) * 9, long),
        arfix.MriMessage((long,) * 9, (long,)),
        arfix.MriSave(long, archive, archive, plan, needed=True),
        arfix.MriListing(long, archive.members),
        arfix.MriExtraction(archive, arfix.extract(archive).files),
        arfix.hook("make"),
        arfix.FirstRecipe(long, arfix.RecipeSummary((long,) * 9, 1, 2, 3, (long,)), 5),
        arfix.RecipeSummary((long,) * 9, 1, 2, 3, (long,)),
        *arfix.explain_message("undefined-symbol"),
        arfix.Add(0, archive.members[0], long, long),
        arfix.Replace(0, long, archive.members[0], long),
    ]
    return {type(one).__name__: one for one in found}


@pytest.mark.parametrize(("name", "value"), values().items())
def test_the_repr_of_a_value_fits_on_a_line(name: str, value: object) -> None:
    assert name in repr(value)
    assert len(repr(value)) <= 120
    assert "\n" not in repr(value)


@pytest.mark.parametrize("name", [name for name, value in values().items() if dataclasses.is_dataclass(value)])
def test_a_value_is_replaced_or_refuses(name: str) -> None:
    """`dataclasses.replace` without changes is the same value, and no value can be changed in place."""
    value = values()[name]
    assert dataclasses.is_dataclass(value)
    assert not isinstance(value, type)
    public = [one.name for one in dataclasses.fields(value) if not one.name.startswith("_")]
    assert dataclasses.replace(value) == value
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
        setattr(value, public[0], None)


@pytest.mark.parametrize(("name", "value"), values().items())
def test_a_value_goes_to_another_process_or_says_what_does(name: str, value: object) -> None:
    if isinstance(value, arfix.Repair):
        with pytest.raises(TypeError, match="cannot pickle Repair, which holds files open"):
            pickle.dumps(value)
        return
    copy = pickle.loads(pickle.dumps(value))
    assert repr(copy) == repr(value), name
    if dataclasses.is_dataclass(value):
        assert copy == value


@pytest.mark.parametrize(
    "error",
    [
        arfix.EditError("no", where=arfix.Where("x.a", ("y.o",), 4), hint="Try."),
        arfix.NotFoundError("no", ("z.o",), where=arfix.Where("x.a"), hint="Try."),
        MissingPackageError("no", name="lief", hint="Install it."),
    ],
)
def test_an_error_goes_to_another_process(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), vars(copy)) == (str(error), vars(error))
    assert getattr(copy, "name", "") == getattr(error, "name", "")


def test_what_is_imported_is_what_is_used() -> None:
    """So that a program that opens archives does not load the rest."""
    lines = "import sys, arfix; arfix.open; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "arfix.archive.files" in loaded.split()
    assert not {"arfix.edits.plan", "arfix.audit.finding", "arfix.formats.inspect", "typing_extensions"} & {
        *loaded.split()
    }


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.a").write_bytes(ar(("a.o", elf("a", "?b")), ("n.a", ar(("c.o", elf("c"))))))
    arfix.check(tmp_path / "x.a")
    with arfix.fix(tmp_path / "x.a") as repair:
        repair.save(partial=True)
    with pytest.raises(arfix.ArfixError):
        arfix.check(tmp_path / "x.a", providers=tmp_path / "no.a")
    assert capfd.readouterr() == ("", "")
