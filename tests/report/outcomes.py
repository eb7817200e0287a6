"""A check's outcome with every kind of finding in it, hostile names included."""

from __future__ import annotations

from arfix.audit.finding import Finding, Fix, Severity, ordered
from arfix.audit.outcome import Outcome, SetAside
from arfix.audit.registry import load_rule
from arfix.edits.requests import RebuildIndex, Strip

STRIP = Fix("libcrypto.a", Strip(("libcrypto-lib-bss_log.o",)))
MISSING = tuple(
    Finding(
        "undefined-symbol",
        Severity.ERROR,
        "nothing in the link defines it",
        "libcrypto.a",
        "libcrypto-lib-bss_log.o",
        symbol,
        STRIP,
        ("libcrypto.a(libcrypto-lib-bss_log.o)",),
    )
    for symbol in ("__syslog_chk", "closelog", "openlog")
)
INDEX = Finding(
    "missing-index", Severity.WARNING, "3 objects, but no symbol index", "a b.a", fix=Fix("a b.a", RebuildIndex())
)
HOSTILE = Finding("non-object-member", Severity.ERROR, "text: 100%\nof it", "x,y:\x1b.a", "\udcff\u202eo.o#2")
INFO = Finding("libtool-residue", Severity.INFO, "105 members were renamed by libtool", "libgmp.a", "lt1-add.o")


def outcome(*findings: Finding, set_aside: tuple[SetAside, ...] = ()) -> Outcome:
    """Return an outcome of these findings, in report order."""
    met = (*findings, *(one.finding for one in set_aside))
    rules = {one.rule: load_rule(one.rule).text for one in met}
    archives = tuple(dict.fromkeys(one.archive for one in met if one.archive is not None))
    return Outcome(archives, ordered(findings), rules, set_aside)


EVERYTHING = outcome(
    *MISSING,
    INDEX,
    HOSTILE,
    INFO,
    set_aside=(
        SetAside(INDEX, "built on first use"),
        SetAside(MISSING[0], "known to the baseline", by_baseline=True),
    ),
)
