"""What is read from what linkers print. Samples of GNU ld and gold 2.40, lld 14 and 19, mold 1.10."""

# ruff: noqa: E501 (messages stand as they were printed)

from __future__ import annotations

import pytest

from arfix.linkage.messages import MessageKind, parse_messages

UNDEFINED = {
    "ld": "ld: libab.a(a.o): in function `foo':\n(.text+0x1): undefined reference to `missing'\n",
    "ld, next in the same function": "ld: (.text+0x6): undefined reference to `missing'\n",
    "ld, data": "ld: libx.a(x.o):(.debug_info+0x0): undefined reference to `missing'\n",
    "ld, many": "ld: libx.a(x.o):x.c:(.text+0x1): more undefined references to `missing' follow\n",
    "ld, hidden": "ld: out: hidden symbol `missing' isn't defined\nld: final link failed: bad value\n",
    "ld, as a warning": "ld: libx.a(x.o): in function `f':\nx.c:(.text+0x1): warning: undefined reference to `missing'\n",
    "ld 2.42": "ld: libx.a(x.o): in function 'f':\nx.c:(.text+0x1): undefined reference to 'missing'\n",
    "gold": "libab.a(a.o)(.text+0x1): error: undefined reference to 'missing'\n",
    "gold, in a function": "libgmp.a(a.o):a.c:function f: error: undefined reference to 'missing'\n",
    "gold, many": "libx.a(x.o):x.c:function f: error: more undefined references to 'missing' follow\n",
    "gold, hidden": "ld.gold: error: hidden symbol 'missing' is not defined locally\n",
    "gold, lost group": (
        'g2.o(.text+0x1): error: relocation refers to global symbol "missing", which is defined in a discarded section\n'
        '  section group signature: "f"\n  prevailing definition is from g1.o\n'
    ),
    "lld": "ld.lld: error: undefined symbol: missing\n>>> referenced by a.o:(.text+0x1) in archive libab.a\n",
    "lld, hidden": "ld.lld: error: undefined hidden symbol: missing\n>>> referenced by hu.o:(.text+0x0)\n",
    "lld, as a warning": "ld.lld: warning: undefined symbol: missing\n>>> referenced by a.o:(.text+0x1)\n",
    "lld, near miss": "ld.lld-19: error: undefined symbol: missing\n>>> did you mean: missing2\n>>> defined in: v3.o\n",
    "lld, lost group": "ld.lld: error: relocation refers to a symbol in a discarded section: missing\n>>> defined in g2.o\n",
    "lld-link": "lld-link: error: undefined symbol: missing\n>>> referenced by libt.a(t.o):(t)\n",
    "ld, in an expression": "ld: --defsym:1: undefined symbol `missing' referenced in expression\n",
    "ld, in an expression, of a library": "ld: --defsym:1: unresolvable symbol `missing' referenced in expression\n",
    "gold, in an expression": "ld.gold: error: undefined symbol 'missing' referenced in expression\n",
    "lld, in an expression": "ld.lld: error: --defsym:1: symbol not found: missing\n",
    "mold": "mold: error: undefined symbol: missing\n>>> referenced by libnest.a(a.o):(.text)\n>>>   libnest.a(a.o)\n",
}

DUPLICATES = {
    "ld": (
        (
            "ld: libab.a(b.o): in function `foo':\n"
            "(.text+0x0): multiple definition of `foo'; libab.a(a.o):(.text+0x0): first defined here\n"
        ),
        ("libab.a(a.o)",),
    ),
    "ld, data": (
        "ld: u2.o:(.data+0x0): multiple definition of `foo'; u1.o:(.data+0x0): first defined here\n",
        ("u1.o", "u2.o"),
    ),
    "ld, absolute": ("ld: a3.o: in function `foo':\n(*ABS*+0x6): multiple definition of `foo'\n", ()),
    "ld, versioned": (
        "ld: v3.o:(*IND*+0x0): multiple definition of `foo'; v5.o:(.text+0x0): first defined here\n",
        ("v5.o", "v3.o"),
    ),
    "gold": (
        "ld.gold: error: libab.a(b.o): multiple definition of 'foo'\nld.gold: libab.a(a.o): previous definition here\n",
        ("libab.a(b.o)",),
    ),
    "lld": (
        (
            "ld.lld: error: duplicate symbol: foo\n>>> defined at a.o:(.text+0x0) in archive libab.a\n"
            ">>> defined at b.o:(.text+0x0) in archive libab.a\n"
        ),
        ("libab.a(a.o)", "libab.a(b.o)"),
    ),
    "lld, versioned": (
        "ld.lld: error: duplicate symbol: foo@@V1\n>>> defined at v5.o:(.text+0x0)\n>>> defined at v3.o:(.text+0x0)\n",
        ("v5.o", "v3.o"),
    ),
    "mold": ("mold: error: duplicate symbol: libab.a(b.o): libab.a(a.o): foo\n", ("libab.a(a.o)", "libab.a(b.o)")),
}

REJECTED = {
    "ld": ("ld: libnest.a: member libnest.a(libinner.a) in archive is not an object\n", "libnest.a(libinner.a)"),
    "ld, machine": (
        "ld: i386 architecture of input file `libx.a(b.o)' is incompatible with i386:x86-64 output\n",
        "libx.a(b.o)",
    ),
    "ld, file": ("ld: libx.a: file not recognized: file format not recognized\n", "libx.a"),
    "ld, foreign object": ("ld: libx.a(m1.o): error adding symbols: file in wrong format\n", "libx.a(m1.o)"),
    "gold": ("ld.gold: error: libnest.a: member libinner.a at 1100 is not an ELF object\n", "libnest.a(libinner.a)"),
    "gold, machine": ("ld.gold: error: libx.a(b.o): incompatible target\n", "libx.a(b.o)"),
    "lld": ("ld.lld: error: libnest.a(libinner.a): not an ELF file\n", "libnest.a(libinner.a)"),
    "lld, machine": ("ld.lld: error: libx.a(b.o) is incompatible with elf_i386\n", "libx.a(b.o)"),
    "ld, thin member": ("ld: t.a(a.o): error opening thin archive member: No such file or directory\n", "t.a(a.o)"),
    "gold, thin member": ("gold: error: cannot open a.o: No such file or directory\n", "a.o"),
    "mold, thin member": ("mold: fatal: cannot open a.o: No such file or directory\n", "a.o"),
    "lld, thin member": (
        "ld.lld: error: t.a: could not get the buffer for a child of the archive: 'a.o': No such file or directory\n",
        "t.a(a.o)",
    ),
    "lld, thin member on demand": (
        "ld.lld: error: t.a: could not get the buffer for the member defining symbol a: 'a.o': No such file or directory\n",
        "t.a(a.o)",
    ),
    "ld, bytecode": ("ld: libx.a(slim.o): plugin needed to handle lto object\n", "libx.a(slim.o)"),
    "mold, bytecode": (
        "mold: error: slim.o: don't know how to handle this LTO object file because no -plugin option was given.\n",
        "slim.o",
    ),
    "mold, file": ("mold: fatal: x.o: unknown file type\n", "x.o"),
}

REFUSED = {
    "ld, a protected function": (
        (
            "ld: use.o: non-canonical reference to canonical protected function `foo' in libf.so\n"
            "ld: failed to set dynamic section sizes: bad value\n"
        ),
        "foo",
    ),
    "ld, a protected variable": (
        "ld: use.o: copy relocation against non-copyable protected symbol `foo' in a.o\n",
        "foo",
    ),
    "ld, a function's distance in data": ("ld: use.o(.data+0): reloc against `foo': error 6\n", "foo"),
    "gold, a protected variable": (
        "ld.gold: error: use.o: cannot make copy relocation for protected symbol 'foo', defined in libf.so\n",
        "foo",
    ),
    "mold 2, a protected variable": (
        "mold: error: libf.so: cannot create a copy relocation for protected symbol 'foo'; recompile with -fPIC\n",
        "foo",
    ),
    "lld, a function of i386": (
        "ld.lld-19: error: symbol 'foo' cannot be preempted; recompile with -fPIE\n>>> defined in libf.so\n",
        "foo",
    ),
    "ld": (
        (
            "ld: c1.o: relocation R_X86_64_32 against symbol `cc' can not be used when making a PIE object; recompile "
            "with -fPIE\nld: failed to set dynamic section sizes: bad value\n"
        ),
        "cc",
    ),
    "ld, hidden": (
        (
            "ld: libc.a(x.o): relocation R_X86_64_PC32 against undefined hidden symbol `cc' can not be used when making a "
            "shared object\n"
        ),
        "cc",
    ),
    "gold": (
        (
            "ld.gold: error: c1.o: requires dynamic R_X86_64_32 reloc against 'cc' which may overflow at runtime; recompile "
            "with -fPIC\n"
        ),
        "cc",
    ),
    "gold, i386": (
        (
            "ld.gold: error: m.o: relocation R_386_GOTOFF against preemptible symbol cc cannot be used when making a shared "
            "object\n"
        ),
        "cc",
    ),
    "gold, thread-local": ("ld.gold: error: t.o: unsupported reloc 23 against global symbol cc\n", "cc"),
    "lld": (
        (
            "ld.lld: error: relocation R_X86_64_32 cannot be used against symbol 'cc'; recompile with -fPIC\n"
            ">>> defined in c2.o\n>>> referenced by c1.o:(.text+0x0)\n"
        ),
        "cc",
    ),
    "lld, local": (
        "ld.lld: error: relocation R_X86_64_32S cannot be used against local symbol; recompile with -fPIC\n",
        None,
    ),
    "lld, thread-local": ("ld.lld: error: relocation R_X86_64_TPOFF32 against cc cannot be used with -shared\n", None),
    "mold": (
        (
            "mold: error: c1.o:(.text): R_X86_64_32 relocation at offset 0x0 against symbol `cc' can not be used; recompile "
            "with -fPIC\n"
        ),
        "cc",
    ),
}

NOTHING = (
    "ld: warning: cannot find entry symbol _start; defaulting to 0000000000401000\n",
    "ld: warning: alignment 1 of symbol `cc' in c2.o is smaller than 4 in c1.o\n",
    "ld: libab.a(a.o): warning: relocation against `maybe' in read-only section `.text'\n",
    "ld: warning: creating DT_TEXTREL in a shared object\n",
    "ld: warning: x.o: missing .note.GNU-stack section implies executable stack\n",
    "ld: NOTE: This behaviour is deprecated and will be removed in a future version of the linker\n",
    "ld: final link failed: bad value\n",
    "the vtable symbol may be undefined because the class is missing its key function\n",
)


@pytest.mark.parametrize("text", UNDEFINED.values(), ids=UNDEFINED)
def test_undefined(text: str) -> None:
    said = parse_messages(text)
    assert said.undefined == {"missing"}
    assert not said.duplicates
    assert not said.of(MessageKind.OTHER)


@pytest.mark.parametrize(("text", "places"), DUPLICATES.values(), ids=DUPLICATES)
def test_duplicates(text: str, places: tuple[str, ...]) -> None:
    said = parse_messages(text)
    assert said.duplicates == {"foo": places}
    assert not said.of(MessageKind.OTHER)


@pytest.mark.parametrize(("text", "place"), REJECTED.values(), ids=REJECTED)
def test_rejected(text: str, place: str) -> None:
    assert parse_messages(text).rejected == (place,)


@pytest.mark.parametrize(("text", "symbol"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, symbol: str | None) -> None:
    said = parse_messages(text)
    assert [one.symbol for one in said.of(MessageKind.RELOCATION)] == [symbol]
    assert not said.of(MessageKind.OTHER)


@pytest.mark.parametrize("text", NOTHING)
def test_what_means_nothing(text: str) -> None:
    assert parse_messages(text).messages == ()


def test_versions_are_spelt_with_an_at_sign() -> None:
    assert parse_messages("v1.o(.text+0x1): error: undefined reference to 'foo', version 'V1'\n").undefined == {
        "foo@V1"
    }
    assert parse_messages("ld: (.text+0x1): undefined reference to `foo@V1'\n").undefined == {"foo@V1"}


def test_what_is_not_known_is_kept() -> None:
    said = parse_messages("ld: the moon is in the wrong place\nld.lld: error: LTO went wrong\n")
    assert [one.text for one in said.of(MessageKind.OTHER)] == ["the moon is in the wrong place", "LTO went wrong"]


def test_mold_falling_over_is_kept() -> None:
    text = "mold: ./elf/mold.h:2536: Assertion `sym.file' failed.\n"
    assert len(parse_messages(text).of(MessageKind.OTHER)) == 1


def test_an_import_descriptor_that_lld_link_refuses() -> None:
    said = parse_messages("lld-link-19: error: f.lib(f.dll): .idata$4 should not refer to special section 0\n")
    (one,) = said.of(MessageKind.NO_SECTION)
    assert (one.symbol, one.place) == (".idata$4", "f.lib(f.dll)")
    assert not said.of(MessageKind.OTHER)


def test_the_pointer_of_an_import_that_lld_link_lacks() -> None:
    said = parse_messages("lld-link-19: error: undefined symbol: __declspec(dllimport) _gd\n>>> referenced by t.o\n")
    assert said.undefined == {"__imp__gd"}


@pytest.mark.parametrize(
    "text",
    [
        "ld.lld-14: error: libn.so: undefined reference to foo [--no-allow-shlib-undefined]\n",
        "ld.lld-19: error: undefined reference: foo\n>>> referenced by libn.so (disallowed by --no-allow-shlib-undefined)\n",
    ],
)
def test_what_a_shared_object_lacks(text: str) -> None:
    said = parse_messages(text)
    assert said.symbols(MessageKind.LIBRARY_UNDEFINED) == {"foo"}
    assert said.undefined == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "ld: foo: undefined version: V\nld: failed to set dynamic section sizes: bad value\n",
        "ld.gold: error: version script assignment of V to symbol foo failed: symbol not defined\n",
        "ld.lld-19: error: version script assignment of 'V' to symbol 'foo' failed: symbol not defined\n",
    ],
)
def test_versions_of_undefined_symbols(text: str) -> None:
    assert parse_messages(text).symbols(MessageKind.UNDEFINED_VERSION) == {"foo"}
