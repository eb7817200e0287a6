"""Stubs as C source, and as what keeps `configure`, CMake and Meson from believing in them.

A program that only tests whether it can link finds the stub and thinks the function works. glibc's answer is a header
that defines `__stub_NAME`, which Autoconf and Meson look for; the cache entries say it to each of them directly.

Source: glibc `gnu/stubs.h`; Autoconf manual, "Generic Functions" and "Setting Site Defaults"; CMake manual, `-C` and
`CheckFunctionExists`; Meson manual, "Cross compilation", `has_function_NAME`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from arfix.report.stub import Snippet
from arfix.stubs.behaviour import Alias, Data, Fail, Return, ReturnName, Trap, Void
from arfix.stubs.knowledge import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.edits.stub import StubRequest
    from arfix.stubs.behaviour import Behaviour
    from arfix.stubs.build import Options


_C_TYPES = {
    Signature.VOID: "void",
    Signature.NORETURN: "void",
    Signature.STRUCT: "void",
    Signature.INT: "int",
    Signature.PID: "int",
    Signature.KEY: "int",
    Signature.UINT: "unsigned int",
    Signature.UID: "unsigned int",
    Signature.MODE: "unsigned int",
    Signature.WINT: "unsigned int",
    Signature.LONG: "long",
    Signature.SSIZE: "long",
    Signature.TIME: "long long",
    Signature.CLOCK: "long",
    Signature.ULONG: "unsigned long",
    Signature.SIZE: "unsigned long",
    Signature.LLONG: "long long",
    Signature.OFF: "long long",
    Signature.ULLONG: "unsigned long long",
    Signature.POINTER: "void *",
    Signature.FLOAT: "float",
    Signature.DOUBLE: "double",
    Signature.LDOUBLE: "long double",
}


def render_c(requests: Sequence[StubRequest], options: Options) -> str:
    """Return GNU C source with the behaviour of the stubs.

    Each function has a name of its own in C and the real one for the linker, so no prototype of a header or of the
    compiler stands against it.
    """
    lines = ["/* Stubs for functions the platform lacks, written by arfix stub --c. */"]
    behaviours = [request.stub.behaviour for request in requests]
    lines += ["#include <errno.h>"] if any(isinstance(each, (Fail, ReturnName)) for each in behaviours) else []
    if any(isinstance(each, ReturnName) and each.name.startswith("EAI_") for each in behaviours):
        lines.append("#include <netdb.h>")
    here = {request.stub.name: request.stub.behaviour for request in requests}
    for number, request in enumerate(requests):
        lines += ["", *_c_comment(request, number, options), *_c_stub(request, number, options, here)]
    return "\n".join(lines) + "\n"


def _c_comment(request: StubRequest, number: int, options: Options) -> list[str]:
    """Return the comment in front of a stub: the source of its behaviour, and its warning."""
    name = request.stub.name
    lines = [f"/* {request.known.source} */"] if request.known and not request.asked else []
    if options.warn:
        text = _c_string(f"{name} is a stub made by arfix: the platform does not have it")
        section = _c_string(f".gnu.warning.{name}")
        mine = f"{_c_name(name, number)}_warning"
        lines += [f"static const char {mine}[] __attribute__((used, section({section}))) =", f"    {text};"]
    return lines


def _c_stub(request: StubRequest, number: int, options: Options, here: Mapping[str, Behaviour]) -> list[str]:
    """Return the declaration that gives a stub its real name, and its definition."""
    stub = request.stub
    attributes = ([] if options.strong else ["weak"]) + (['visibility("hidden")'] if options.hidden else [])
    mine = _c_name(stub.name, number)
    real = _c_string(stub.name)
    match stub.behaviour:
        case Data(size):
            declared, defined = f"char {mine}[{size}]", ";"
        case Alias(other) if other in here:
            meant = here[other]
            while isinstance(meant, Alias) and meant.other in here:
                meant = here[meant.other]
            attributes.append(f"alias({_c_string(other)})")
            declared, defined = (f"char {mine}[{meant.size}]" if isinstance(meant, Data) else f"long {mine}(void)"), ""
        case Alias(other):
            declared = f"void *{mine}(void)"
            call = f"__builtin_apply((void (*)()){mine}_other, __builtin_apply_args(), 128)"
            defined = f" {{ __builtin_return({call}); }}"
        case _:
            declared, defined = f"{_c_type(request)}{mine}(void)", f" {{ {_c_body(request)} }}".replace("{  }", "{ }")
    decoration = f" __attribute__(({', '.join(attributes)}))" if attributes else ""
    lines = [f"extern {declared} __asm__({real}){decoration};"]
    if isinstance(stub.behaviour, Alias) and defined:
        lines.insert(0, f"extern void {mine}_other() __asm__({_c_string(stub.behaviour.other)});")
    return [*lines, f"{declared}{defined}"] if defined else lines


def _c_type(request: StubRequest) -> str:
    if isinstance(request.stub.behaviour, Void):
        return "void "
    kind = _C_TYPES[request.known.signature] if request.known else "long"
    if kind == "void" and not isinstance(request.stub.behaviour, Trap):
        kind = "long"
    return kind if kind.endswith("*") else f"{kind} "


def _c_body(request: StubRequest) -> str:
    behaviour = request.stub.behaviour
    pointer = _c_type(request).endswith("*")
    match behaviour:
        case Void():
            return ""
        case Trap():
            return "__builtin_trap();"
        case ReturnName(name):
            return f"return {name};"
        case Return(value):
            return f"return {'(void *)' if pointer else ''}{value};"
        case Fail(value, error):
            return f"errno = {error}; return {'(void *)' if pointer else ''}{value};"
        case Data() | Alias():
            raise AssertionError(f"{behaviour} has no body")
        case _:
            assert_never(behaviour)


def _c_name(symbol: str, number: int) -> str:
    """Return a C identifier for a symbol: without the characters that C does not allow, and made unique by a number."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter == "_") else "_" for letter in symbol)
    return f"stub_{plain}" if plain == symbol else f"stub_{plain}_{number}"


def _c_string(text: str) -> str:
    """Return a C string literal for a name in bytes."""
    out = []
    for byte in text.encode("utf-8", "surrogateescape"):
        letter = chr(byte)
        out.append(letter if 32 <= byte < 127 and letter not in '"\\?' else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def render_header(requests: Sequence[StubRequest]) -> str:
    """Return a C header that defines `__stub_NAME` for each function; a comment has hints for other build systems."""
    names = _functions(requests)
    lines = [
        "/* Functions that only pretend to be there, written by arfix stub --header.",
        "   Autoconf and Meson look for __stub_NAME after including <limits.h>; glibc has these in <gnu/stubs.h>. */",
        *(f"#define __stub_{name}" for name in names),
        "",
        "/* The same for a build that does not look:",
    ]
    for kind in Snippet:
        lines += ["", f"   {_TITLES[kind]}:", *(f"   {line}" for line in _snippet(names, kind))]
    return "\n".join([*lines, "*/"]) + "\n"


_TITLES = {
    Snippet.CONFIG_SITE: "config.site, or configure's environment",
    Snippet.CMAKE: "CMake, with cmake -C FILE",
    Snippet.MESON: "Meson, with meson setup --cross-file FILE",
}


def render_snippet(requests: Sequence[StubRequest], kind: Snippet) -> str:
    """Return a file that makes one build system treat the functions as missing."""
    title = f"# Functions that only pretend to be there: for {_TITLES[kind]}."
    return "\n".join([title, *_snippet(_functions(requests), kind)]) + "\n"


def _functions(requests: Sequence[StubRequest]) -> list[str]:
    """Return the names that a build system can test for: functions with names that are C identifiers."""
    return [
        request.stub.name
        for request in requests
        if not isinstance(request.stub.behaviour, Data)
        and request.stub.name.isidentifier()
        and request.stub.name.isascii()
    ]


def _snippet(names: Sequence[str], kind: Snippet) -> list[str]:
    match kind:
        case Snippet.CONFIG_SITE:
            return [f"ac_cv_func_{name}=no" for name in names]
        case Snippet.CMAKE:
            return [f'set(HAVE_{name.upper()} 0 CACHE INTERNAL "stub")' for name in names]
        case Snippet.MESON:
            return ["[properties]", *(f"has_function_{name} = false" for name in names)]
        case _:
            assert_never(kind)
