"""The findings of docs/survey.md about Debian, asked of the tables of a survey again.

`python -m bench.survey --findings DIR` prints each with what the tables say of it now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.survey.query import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Claim(NamedTuple):
    """A finding.

    Attributes:
        packages: The packages that it is about: the beginning of the names of their files.
        text: What was found.
        query: The query, and its argument: a documented one, or `sql`.
        words: What a row of the answer has to contain, each somewhere.
    """

    packages: tuple[str, ...]
    text: str
    query: tuple[str, ...]
    words: tuple[str, ...] = ()


_DEBUG: Final = (
    "SELECT path, sum(debug)::BIGINT AS debug FROM members JOIN archives USING (archive, machine) "
    "WHERE package LIKE '{}%' GROUP BY path HAVING sum(debug) > {} ORDER BY debug DESC"
)
_OF_RULE: Final = (
    "SELECT a.path, count(*) AS members, list(member ORDER BY member)[:3] AS examples FROM findings AS f "
    "JOIN archives AS a USING (archive, machine) WHERE a.package LIKE '{}%' AND f.rule = '{}' "
    "GROUP BY a.path ORDER BY a.path"
)


def _debug(package: str, least: int) -> tuple[str, str]:
    return "sql", _DEBUG.format(package, least)


def _of_rule(package: str, rule: str) -> tuple[str, str]:
    return "sql", _OF_RULE.format(package, rule)


CLAIMS: Final = (
    Claim(
        ("libbotan-2-dev_",), "libbotan-2.a is not stripped", _debug("libbotan-2-dev_", 100_000_000), ("libbotan-2.a",)
    ),
    Claim(("binutils-dev_",), "libbfd.a and others are not stripped", _debug("binutils-dev_", 100_000), ("libbfd.a",)),
    Claim(("libunwind-dev_",), "built without -fPIE", ("whole-ready",), ("libunwind-dev_", "libunwind.a", "not-pie")),
    Claim(("libunwind-dev_",), "libunwind.a is not stripped", _debug("libunwind-dev_", 100_000), ("libunwind.a",)),
    Claim(("libsasl2-dev_",), "members twice", _of_rule("libsasl2-dev_", "identical-member"), ("libsasl2.a",)),
    Claim(
        ("libunicorn-dev_",),
        "443 symbols are defined more than once",
        _of_rule("libunicorn-dev_", "duplicate-definition"),
        ("libunicorn.a",),
    ),
    Claim(
        ("libavutil-dev_",), "members that cannot be in a PIE", _of_rule("libavutil-dev_", "not-pie"), ("libavutil.a",)
    ),
    Claim(
        ("libavcodec-dev_",),
        "members that cannot be in a PIE",
        _of_rule("libavcodec-dev_", "not-pie"),
        ("libavcodec.a",),
    ),
    Claim(
        ("libpython3.11-dev_",),
        "167 members without -fPIE",
        _of_rule("libpython3.11-dev_", "not-pie"),
        ("libpython3.11.a",),
    ),
    Claim(
        ("libgfortran-12-dev_", "libgcc-12-dev_"),
        "libgfortran.a clashes with libbacktrace.a",
        ("duplicates",),
        ("libgfortran.a", "libbacktrace.a"),
    ),
    Claim(
        ("liblapack-dev_", "libatlas-base-dev_", "libopenblas-pthread-dev_"),
        "1,820 objects, 12 MB, are the same",
        ("same-content",),
        ("liblapack-dev_", "libatlas-base-dev_", "libopenblas-pthread-dev_"),
    ),
    Claim(
        ("libc6-dev-mips-cross_",),
        "all objects ask for an executable stack",
        _of_rule("libc6-dev-mips-cross_", "executable-stack"),
        ("libm.a",),
    ),
    Claim(("avr-libc_",), "memccpy.o twice", _of_rule("avr-libc_", "identical-member"), ("memccpy",)),
)


def reproduce(folder: str, claims: Sequence[Claim] = CLAIMS) -> Iterator[tuple[Claim, str | None]]:
    """Yield each finding with the first row that shows it; None if there is none, empty if a package is not there."""
    packages = [row["package"] for row in ask(folder, "sql", ["SELECT DISTINCT package FROM archives"]).to_pylist()]
    for claim in claims:
        if not all(any((one or "").startswith(name) for one in packages) for name in claim.packages):
            yield claim, ""
            continue
        name, *arguments = claim.query
        rows = map(repr, ask(folder, name, arguments).to_pylist())
        yield claim, next((row for row in rows if all(word in row for word in claim.words)), None)


def report(folder: str) -> bool:
    """Print each finding and the row that shows it; return whether those of packages that are there were found."""
    complete = True
    for claim, row in reproduce(folder):
        where = ", ".join(name.rstrip("_") for name in claim.packages)
        shown = "not in this survey" if row == "" else row or "NOT FOUND"
        complete = complete and row is not None
        print(f"{where}: {claim.text}\n    {' '.join(claim.query)[:60]}\n    {shown}")
    return complete
