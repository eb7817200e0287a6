"""The workers of a Dask cluster as an executor."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from arfix.errors import AccessError, Where
from arfix.extras import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

#: How long to wait for the scheduler, in seconds.
_TIMEOUT: Final = 15


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Connect to a Dask scheduler for the block; yield an executor and how many tasks its workers do at once.

    Args:
        address: The scheduler: `tcp://host:8786`.

    Raises:
        AccessError: The scheduler does not answer, or has no workers.
        UnsupportedError: Dask is not installed.
    """
    distributed = require("distributed", "dask")
    try:
        client = distributed.Client(address, timeout=_TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise AccessError(
            f"cannot connect to a Dask scheduler: {error}", where=Where(address), hint="`dask scheduler` starts one."
        ) from error
    with client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise AccessError(
                "the Dask cluster has no workers", where=Where(address), hint=f"`dask worker {address}` starts one."
            )
        yield client.get_executor(pure=False), workers
