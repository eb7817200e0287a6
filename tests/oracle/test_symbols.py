"""What `arfix symbols` makes of real objects is what objcopy makes of them; private copies run side by side."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.debian import package, versions
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

SOURCES = {
    "api.c": "extern int counter(void); extern const char *text; int api(void) { return counter() + text[0]; }",
    "counter.c": 'static int n; const char *text = "v1"; __attribute__((weak)) int counter(void) { return ++n; }',
    "common.c": "int shared; extern int api(void); int twice(void) { return shared += 2 * api(); }",
}
#: Options of arfix and of objcopy that mean the same.
SAME = [
    (["--prefix", "p_"], ["--redefine-syms=MAP"]),
    (["--weaken", "twice"], ["--weaken-symbol=twice"]),  # objcopy makes references weak too, arfix never
    (["--localize", "twice"], ["--localize-symbol=twice"]),
    (["--rename", "counter=tally"], ["--redefine-sym=counter=tally"]),
]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    gcc = need("gcc")
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(text)
    subprocess.run([gcc, "-c", "-O1", "-g", "-fcommon", "-ffunction-sections", *SOURCES], cwd=tmp_path, check=True)
    objects = [name.replace(".c", ".o") for name in SOURCES]
    subprocess.run([need("ar"), "rcsD", "lib.a", *objects], cwd=tmp_path, check=True)
    return tmp_path / "lib.a"


@pytest.mark.parametrize(("mine", "theirs"), SAME, ids=lambda words: words[0].lstrip("-").partition("=")[0])
def test_equals_objcopy(library: Path, mine: list[str], theirs: list[str]) -> None:
    folder = library.parent
    defined = ["api", "counter", "text", "shared", "twice"]
    (folder / "MAP").write_text("".join(f"{name} p_{name}\n" for name in defined))
    subprocess.run([need("objcopy"), *theirs, "lib.a", "theirs.a"], cwd=folder, check=True)
    assert arfix("symbols", library, *mine, "-o", folder / "mine.a").code == 0
    nm, objdump, readelf = need("nm"), need("objdump"), need("readelf")
    assert sorted(output_of(nm, "-a", "mine.a", cwd=folder).splitlines()) == sorted(
        output_of(nm, "-a", "theirs.a", cwd=folder).splitlines()
    )
    relocations = [output_of(objdump, "-dr", name, cwd=folder).partition("\n")[2] for name in ("mine.a", "theirs.a")]
    assert relocations[0] == relocations[1]
    ran = subprocess.run([readelf, "-aW", "mine.a"], cwd=folder, capture_output=True, text=True, check=True)
    assert not [line for line in ran.stderr.splitlines() if "Error" in line or "Warning" in line]
    assert output_of(nm, "--print-armap", "mine.a", cwd=folder).split("\n\n")[0].count(" in ") == 4 + (
        "--localize" not in mine
    )


def test_two_private_copies_run_in_one_program(library: Path) -> None:
    """Both define every name; each keeps its own state and its own text."""
    folder = library.parent
    for which in "ab":
        copy = folder / f"lib{which}.a"
        assert arfix("symbols", library, "--rename", f"api={which}_api", "-o", copy).code == 0
        assert arfix("symbols", copy, "--hide-all-but", f"{which}_api").code == 0
    (folder / "main.c").write_text(
        "int a_api(void), b_api(void);\n"
        "int main(void) { a_api(); a_api(); return a_api() - b_api() == 2 ? 0 : 1; }\n"  # separate counters
    )
    words = ["-Wl,--whole-archive", "liba.a", "libb.a", "-Wl,--no-whole-archive", "-Wl,--fatal-warnings", "-rdynamic"]
    subprocess.run([need("gcc"), "main.c", *words, "-o", "both"], cwd=folder, check=True)
    subprocess.run([folder / "both"], check=True)
    exported = output_of(need("nm"), "-D", "--defined-only", "both", cwd=folder)
    assert "a_api" in exported
    assert "__arfix_" not in exported


@pytest.mark.debian
def test_two_openssl_in_one_program(tmp_path: Path) -> None:
    """The real thing: 7,800 names each, all but two of them private; two releases where the mirror has two."""
    found = versions("libssl-dev")
    for which, version in zip("ab", (found[0], found[-1]), strict=True):
        source = next(package(f"libssl-dev={version}").rglob("libcrypto.a"))
        copy = tmp_path / f"lib{which}.a"
        renames = [f"--rename=SHA256={which}_SHA256", f"--rename=OPENSSL_cleanup={which}_cleanup"]
        assert arfix("symbols", source, *renames, "-o", copy).code == 0
        assert arfix("symbols", copy, "--hide-all-but", f"{which}_*").code == 0
        with open_archive(copy) as private, open_archive(source) as original:
            assert len(private) == len(original)
    (tmp_path / "main.c").write_text(
        "#include <string.h>\n"
        "typedef unsigned char byte;\n"
        "byte *a_SHA256(const byte *, unsigned long, byte *), *b_SHA256(const byte *, unsigned long, byte *);\n"
        "int main(void) {\n"
        "  byte one[32], two[32];\n"
        '  a_SHA256((const byte *)"abc", 3, one); b_SHA256((const byte *)"abc", 3, two);\n'
        "  return memcmp(one, two, 32) || one[0] != 0xba;\n"
        "}\n"
    )
    needed = re.findall(
        r"^Libs.private: (.*)$", next(package("libssl-dev").rglob("libcrypto.pc")).read_text(), re.MULTILINE
    )
    words = ["-Wl,--whole-archive", "liba.a", "libb.a", "-Wl,--no-whole-archive", *needed[0].split()]
    subprocess.run([need("gcc"), "main.c", *words, "-o", "both"], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "both"], check=True)
