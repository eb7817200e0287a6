"""Arguments in messages: errors name them as Python does, and the command line prints its own spelling.

An error that is raised below the command line says "`force=True` removes it anyway". `as_options` makes that "--force
removes it anyway". A value that is not given is an ellipsis: "`platform=...`" is "--platform".
"""

from __future__ import annotations

import re

#: Arguments whose option has another name.
_OPTIONS = {
    "linkers": "linker",
    "members": "member",
    "overlay": "overlay DIR",
    "prefer": "prefer LIB",
    "providers": "provider",
    "roots": "root",
}
_ARGUMENT = re.compile(r"`(?:(?P<name>[a-z_]+)=(?P<value>True|False|\.\.\.|'[^'`]*')|[A-Z]\w+\.(?P<choice>[A-Z_]+))`")


def as_options(text: str) -> str:
    """Return the text with arguments spelled as options of the command line."""
    return _ARGUMENT.sub(_option, text) if "`" in text else text


def _option(match: re.Match[str]) -> str:
    name, value, choice = match["name"], match["value"], match["choice"]
    if choice is not None:
        return f"--{choice.lower().replace('_', '-')}"
    word = _OPTIONS.get(name, name).replace("_", "-")
    if value == "False":
        return f"--no-{word}"
    return f"--{word} {value[1:-1]}" if value.startswith("'") else f"--{word}"
