"""Command-line words to values without pydantic, which typer loads for every parameter since 0.29: 80 ms of a start.

Most parameters are words, lists of words and flags, and need no conversion. typer keeps the converter of a parameter in
an attribute and makes it when it is first wanted; a converter is put there beforehand that hands words on as they are
and asks typer's own for the rest. A typer without that attribute does not notice.
"""

from __future__ import annotations

from enum import EnumType
from typing import TYPE_CHECKING, Any

from arfix.cli.help_page import PagedCommand

if TYPE_CHECKING:
    from typer._click import Context, Parameter

#: What needs no conversion.
_WORDS = (str, list[str])


class PlainConverter:
    """The converter of one parameter: words stay words."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401 (the signature is typer's)
        """Return the value as the verb's function takes it."""
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        wanted = param.type_descriptor.annotation
        if wanted in _WORDS and (many or isinstance(value, str)):
            return list(value) if many else value
        if isinstance(wanted, type) and isinstance(value, wanted):
            return value
        if isinstance(wanted, EnumType) and isinstance(value, str):
            members = {str(one.value): one for one in list[Any](wanted)}
            if value in members:
                return members[value]
        if wanted is int and isinstance(value, str) and value.isdecimal() and _within(int(value), param):
            return int(value)
        from typer._coercion import build_runtime_param  # noqa: PLC0415 (what this module is there to avoid)

        return build_runtime_param(param.type_descriptor).coerce(value, param=param, ctx=ctx)


def _within(number: int, param: Any) -> bool:  # noqa: ANN401 (typer's parameter)
    return (param.min is None or param.min <= number) and (param.max is None or number <= param.max)


def convert_plainly(parameters: list[Parameter]) -> list[Parameter]:
    """Give each parameter the plain converter and return them."""
    for parameter in parameters:
        if getattr(parameter, "_runtime_param", ...) is None:
            parameter._runtime_param = PlainConverter()  # type: ignore[attr-defined]  # noqa: SLF001 (see above)
    return parameters


class PlainCommand(PagedCommand):
    """A command whose parameters, `--help` included, are converted plainly."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return the parameters, and `--help`."""
        return convert_plainly(super().get_params(ctx))
