"""`docs/messages.md` and `arfix explain MESSAGE`: written from the table of families."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.diagnose.families import FAMILIES, FAMILY_OF
from arfix.diagnose.pages import explain_message, render_messages
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from arfix.diagnose.family import Family

PAGE = Path(__file__).parent.parent.parent / "docs" / "messages.md"


@pytest.mark.golden
def test_the_page_is_written_from_the_table(request: pytest.FixtureRequest) -> None:
    text = render_messages()
    if request.config.getoption("update_golden"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("message", "family"),
    [
        ("undefined reference to `deflate'", "undefined-symbol"),
        ("undefined reference to `deflate", "undefined-symbol"),
        ("/usr/bin/ld: cannot find -lparcel: No such file or directory", "library-not-found"),
        ("main.c:(.text+0x1): undefined reference to `vtable for Crate'", "missing-vtable"),
        ("a.o : error LNK2005: x already defined in b.obj", "duplicate-symbol"),
        ("recompile with -fPIC", "not-position-independent"),
        # What comes last, and is searched for most.
        ("ld: symbol(s) not found for architecture arm64", "undefined-symbol"),
        ("Undefined symbols for architecture x86_64:", "undefined-symbol"),
        ("app.exe : fatal error LNK1120: 3 unresolved externals", "undefined-symbol"),
        ("ld: 2 duplicate symbols for architecture x86_64", "duplicate-symbol"),
        ("app.exe : fatal error LNK1169: one or more multiply defined symbols found", "duplicate-symbol"),
        ("/usr/bin/ld: warning: creating DT_TEXTREL in a PIE", "not-position-independent"),
        # Others
        (
            (
                "ld.lld: error: can't create dynamic relocation R_X86_64_64 against symbol: x in readonly segment; "
                "recompile object files with -fPIC or pass '-Wl,-z,notext' to allow text relocations in the output"
            ),
            "not-position-independent",
        ),
        (
            "mold: error: a.o:(.text): relocation R_X86_64_32 against symbol `x' out of range: 5",
            "relocation-out-of-range",
        ),
        ("ld.lld: error: a.o: unknown relocation (42) against symbol x", "unknown-relocation"),
        ("/usr/bin/ld:m.ld:5: unexpected end of file", "linker-script"),
        ("wasm-ld: error: symbol type mismatch: x", "signature-mismatch"),
        ("ld: entry point (_main) undefined. for architecture arm64", "missing-main"),
        ("b.obj : warning LNK4006: x already defined in a.obj; second definition ignored", "duplicate-symbol"),
        ("/usr/bin/ld: BFD (GNU Binutils) 2.40 internal error, aborting at ../../bfd/elflink.c:1", "linker-crash"),
    ],
)
def test_a_message_leads_to_its_family(message: str, family: str) -> None:
    assert [one.id for one in explain_message(message)] == [family]
    ran = arfix("explain", message)
    assert ran.code == 0
    assert ran.stdout.startswith(f"# {family}\n")
    assert FAMILY_OF[family].meaning in ran.stdout


def test_a_message_may_come_without_quotes() -> None:
    words = ["multiple", "definition", "of", "`x'"]
    assert arfix("explain", *words).stdout == arfix("explain", " ".join(words)).stdout
    assert arfix("explain", "library-not-found").stdout == arfix("explain", "cannot find -lparcel").stdout


def test_words_that_no_linker_prints_are_an_error() -> None:
    ran = arfix("explain", "the moon is in the wrong place")
    assert ran.code == 2
    assert "no known message" in ran.stderr


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_the_examples_of_a_family_lead_to_it(family: Family) -> None:
    found = [
        page["family"] for example in family.examples for page in arfix("explain", example, "--json").json["messages"]
    ]
    assert family.id in found
