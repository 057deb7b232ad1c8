"""A pipe between a query's thread and the event loop: the thread blocks when the reader is slow."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys

PIPE_BYTES = 1 << 20
READ_BYTES = 1 << 20


class PipeReader:
    """The reading end, for one coroutine. `write_end` belongs to the query's thread, which closes it."""

    def __init__(self) -> None:
        self._fd, self.write_end = os.pipe()
        os.set_blocking(self._fd, False)
        if sys.platform == "linux":
            # Over the user's pipe quota the default size stays: it works, more slowly.
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._loop = asyncio.get_running_loop()
        self._closed = False

    async def read(self) -> bytes:
        """The next bytes, or `b""` when the query has ended."""
        while True:
            try:
                return os.read(self._fd, READ_BYTES)
            except BlockingIOError:
                await self._readable()

    async def _readable(self) -> None:
        ready = self._loop.create_future()
        self._loop.add_reader(self._fd, _resolve, ready)
        try:
            await ready
        finally:
            self._loop.remove_reader(self._fd)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            os.close(self._fd)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
