"""Runs linkers and compiler drivers: the one way in which `linkage` and `linkline` start another program."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import AccessError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Seconds that one test link may take.
TIMEOUT = 600.0


class ProcessResult(NamedTuple):
    """The outcome of running a program: its status, and its output on both streams, decoded with surrogateescape."""

    status: int
    output: str
    errors: str


def run(
    command: Sequence[str],
    *,
    timeout: float = TIMEOUT,
    cwd: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProcessResult:
    """Run a program under the C locale, without a shell and without input, and return what it did.

    Args:
        command: The program and its arguments.
        timeout: In seconds.
        cwd: The folder to run it in; None for the current one.
        environment: Its environment; None for this process's own. The locale is added to both.

    Raises:
        AccessError: It cannot be started, or does not end in time.
    """
    own = os.environ if environment is None else environment
    try:
        ran = subprocess.run(  # noqa: S603 (the program is the linker or driver that the user named)
            command,
            cwd=cwd,
            env={**own, "LC_ALL": "C", "LANGUAGE": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AccessError(f"{command[0]} did not end within {timeout:.0f} seconds") from error
    except OSError as error:
        raise AccessError(f"{command[0]} cannot be run: {error.strerror}") from error
    return ProcessResult(ran.returncode, os.fsdecode(ran.stdout), os.fsdecode(ran.stderr))
