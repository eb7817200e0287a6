"""The result of `arfix stub` as text and as JSON: the behaviour of each stub and its source."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.report.style import Emphasis, Style
from arfix.report.text import printable
from arfix.stubs.behaviour import Alias, Data, Fail, Return, ReturnName, Trap, Void
from arfix.stubs.machines import machine_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.edits.stub import StubRequest
    from arfix.stubs.behaviour import Behaviour
    from arfix.stubs.build import Options
    from arfix.stubs.target import StubTarget


class Snippet(Enum):
    """A build system that a snippet can be made for. The value is its word on the command line."""

    CONFIG_SITE = "config.site"
    CMAKE = "cmake"
    MESON = "meson"


class Stubbed(NamedTuple):
    """The stubs that were made, their target and attributes, and the output path."""

    requests: Sequence[StubRequest]
    target: StubTarget
    options: Options
    path: str
    dry_run: bool = False


def render_stubbed(stubbed: Stubbed, style: Style | None = None) -> str:
    """Return a line for each stub, and their number."""
    style = style or Style()
    lines = [_line(request, style) for request in stubbed.requests]
    count = len(stubbed.requests)
    made = "would make" if stubbed.dry_run else "made"
    noun = "stub" if count == 1 else "stubs"
    path = style.paint(printable(stubbed.path), Emphasis.STRONG)
    return "\n".join(
        [*lines, f"{path}: {made} {count} {binding_of(stubbed.options)} {noun} for {name_of(stubbed.target)}\n"]
    )


def _line(request: StubRequest, style: Style) -> str:
    name = style.paint(printable(request.stub.name), Emphasis.NAME)
    return f"{name} {say(request.stub.behaviour)} ({reason_of(request)})"


def binding_of(options: Options) -> str:
    """Return the binding and visibility, such as `weak` or `strong hidden`."""
    return ("strong" if options.strong else "weak") + (" hidden" if options.hidden else "")


def name_of(target: StubTarget) -> str:
    """Return the target as text, such as `arm, 32 bits, little-endian, newlib`."""
    library = f", {target.libc.value}" if target.libc else ""
    return f"{machine_code(target.machine).name}, {target.bits} bits, {target.byte_order}-endian{library}"


def reason_of(request: StubRequest) -> str:
    """Return the source of a stub's behaviour."""
    if request.asked:
        return "as asked"
    if request.known is None:
        return "not in the knowledge base"
    if request.known.alias_of:
        return printable(f"as {request.known.alias_of}; {request.known.source}")
    return request.known.source


def say(behaviour: Behaviour) -> str:
    """Return what a stub does, as a verb phrase that follows its name."""
    match behaviour:
        case Void():
            return "does nothing"
        case Return(result) | ReturnName(result):
            return f"returns {result}"
        case Fail(value, error):
            return f"sets errno to {error} and returns {value}"
        case Trap():
            return "stops the program"
        case Data(size):
            return f"is {size} zero bytes"
        case Alias(other):
            return f"does what {printable(other)} does"
        case _:
            assert_never(behaviour)


def describe_stubbed(stubbed: Stubbed) -> dict[str, object]:
    """Return the JSON keys of the stubs, as described in `docs/json.md`."""
    target = stubbed.target
    return {
        "output": stubbed.path,
        "dry_run": stubbed.dry_run,
        "target": {
            "machine": machine_code(target.machine).name,
            "bits": target.bits,
            "byte_order": target.byte_order,
            "flags": target.flags,
            "library": target.libc.value if target.libc else None,
            "origin": target.origin,
        },
        "binding": "global" if stubbed.options.strong else "weak",
        "visibility": "hidden" if stubbed.options.hidden else "default",
        "stubs": describe_requests(stubbed.requests),
    }


def describe_requests(requests: Sequence[StubRequest]) -> list[dict[str, object]]:
    """Return the JSON keys of a stub: its name, its behaviour, and facts about the function."""
    return [
        {
            "name": request.stub.name,
            "behaviour": str(request.stub.behaviour),
            "signature": request.known.signature.value if request.known else None,
            "alias_of": request.known.alias_of or None if request.known else None,
            "source": request.known.source if request.known else None,
            "asked": request.asked,
        }
        for request in requests
    ]
