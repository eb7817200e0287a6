"""Run the command line inside the test process: arguments in, exit code and both streams out."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from arfix.cli.app import run

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of arfix gave back."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The JSON document on standard output; fails the test when there is none."""
        return cast("dict[str, Any]", json.loads(self.stdout))


def arfix(*arguments: str | os.PathLike[str]) -> Ran:
    """Return what `arfix ARGUMENTS` does, run in this process (fast, and counted by coverage)."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        code = run([str(argument) for argument in arguments])
    return Ran(int(code), stdout.getvalue(), stderr.getvalue())
