"""Options that several verbs share, declared once as the fields of a dataclass.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class LinkOptions:
        sysroot: Annotated[str | None, typer.Option("--sysroot", metavar="DIR", help="...")] = None
        static: Annotated[bool, typer.Option("--static/--dynamic", help="...")] = False

    def check(ctx: typer.Context, archives: ArchivesArgument, *, link: LinkOptions) -> ExitCode: ...

`check` has the options `--sysroot` and `--static` and receives their values as one `LinkOptions`. A field that is added
is an option of every verb that takes the class.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def expand_option_groups(function: Callable[..., object]) -> Callable[..., object]:
    """Return the function with each parameter that is a dataclass replaced by one parameter for each field.

    The result carries a `__signature__`, which `inspect.signature`, and so typer, takes for the function's own.
    """
    signature = inspect.signature(function, eval_str=True)
    annotations = {name: one.annotation for name, one in signature.parameters.items()}
    groups = {name: one for name, one in annotations.items() if isinstance(one, type) and is_dataclass(one)}
    if not groups:
        return function
    members = {name: list(_parameters_of(group)) for name, group in groups.items()}

    @functools.wraps(function)
    def call(*positional: object, **values: object) -> object:
        # All at once: an option may have the name of another group's parameter.
        made = {
            name: group(**{member.name: values.pop(member.name) for member in members[name]})
            for name, group in groups.items()
        }
        return function(*positional, **values, **made)

    parameters = [one for name, own in signature.parameters.items() for one in members.get(name, [own])]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # PEP 362
    return call


def _parameters_of(group: type) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]
        )
