"""Messages that are only counted change no answer."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from arfix.diagnose import causes, flood
from arfix.diagnose.diagnose import diagnose_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.diagnose.cause import Cause

#: A message about symbol number n of file number m, in the words of each linker.
FORMS: dict[str, Callable[[int, int], str]] = {
    "GNU ld": lambda n, m: (
        f"/usr/bin/ld: m{m}.o: in function `f':\nm.c:(.text+0x{n:x}): undefined reference to `s{n}'\n"
    ),
    "gold": lambda n, m: f"libp.a(m{m}.o):m.c:function f: error: undefined reference to 's{n}'\n",
    "lld": lambda n, m: (
        f"ld.lld: error: undefined symbol: s{n}\n>>> referenced by m.c\n>>>     m{m}.o:(f) in archive libp.a\n"
    ),
    "mold": lambda n, m: f"mold: error: undefined symbol: s{n}\n>>> referenced by m.c\n>>>     libp.a(m{m}.o):(f)\n",
    "ld64": lambda n, m: f'  "_s{n}", referenced from:\n      _f in m{m}.o\n',
    "MSVC": lambda n, m: f"p.lib(m{m}.obj) : error LNK2019: unresolved external symbol s{n} referenced in function f\n",
    "GNU ld, twice": lambda n, m: (
        f"/usr/bin/ld: m{m}.o: in function `s{n}':\nm.c:(.text+0x0): multiple definition of `s{n}';"
        f" o{m}.o:m.c:(.text+0x0): first defined here\n"
    ),
    "lld, twice": lambda n, m: (
        f"ld.lld: error: duplicate symbol: s{n}\n>>> defined at m.c\n>>>    m{m}.o:(s)\n>>> defined at o{m}.o\n"
    ),
    "MSVC, twice": lambda n, m: f"m{m}.obj : error LNK2005: s{n} already defined in o{m}.obj\n",
}
#: Messages in the midst of the others that belong to causes of their own.
OTHERS = (
    "/usr/bin/ld: last.o: in function `g':\nlast.c:(.text+0x1): undefined reference to `deflate'\n"
    "last.c:(.text+0x1): undefined reference to `vtable for Crate'\n"
    "/usr/bin/ld: cannot find -lparcel: No such file or directory\n"
)


def told(found: tuple[Cause, ...]) -> list[tuple[str, str, int, int, int]]:
    return [(one.family.id, one.subject, one.count, one.symbol_count, one.line) for one in found]


@pytest.mark.parametrize("form", FORMS)
def test_counted_messages_are_part_of_the_same_causes(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = FORMS[form]
    log = "".join([message(n % 60, n % 7) for n in range(100)]) + OTHERS + message(200, 3) + message(3, 4)
    monkeypatch.setattr(causes, "_MOST", 40)
    in_full = diagnose_log(io.BytesIO(log.encode()), "log").causes
    taken: list[flood.Taken] = []
    take = flood.Flood.take
    monkeypatch.setattr(flood, "_READ_IN_FULL", 50)

    def noted(self: flood.Flood, raw: str) -> flood.Taken:
        taken.append(take(self, raw))
        return taken[-1]

    monkeypatch.setattr(flood.Flood, "take", noted)
    counted = diagnose_log(io.BytesIO(log.encode()), "log").causes
    assert told(counted) == told(in_full)
    assert taken.count(flood.Taken.COUNTED) > 5
    assert [one.places for one in counted if one.family.id == "missing-vtable"] == [("last.o",)]
