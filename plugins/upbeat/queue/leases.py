"""What a worker holds: its tasks, and how many of them each lease still covers."""

from __future__ import annotations

from collections.abc import Iterable

from upbeat.queue.tasks import Task


class HeldTasks:
    """Tasks from claim to commit. `ended` lists the tokens of leases whose tasks are all released."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self._tasks: dict[int, Task] = {}
        self._left: dict[str, int] = {}
        self._broken: set[str] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, tasks: Iterable[Task]) -> None:
        """Hold these."""
        for task in tasks:
            if (before := self._tasks.get(task.id)) is not None:  # lost, returned and claimed anew
                self.release(before)
            self._tasks[task.id] = task
            self._left[task.lease_token] = self._left.get(task.lease_token, 0) + 1

    def holds(self, task: Task) -> bool:
        """Whether this very task, with its token, is held."""
        return self._tasks.get(task.id) is task

    def release(self, task: Task, *, broken: bool = False) -> None:
        """Hold this task no more. The same task claimed anew, with another token, is not meant.

        One that is `broken` has no end in the table: its lease is left to run out, and the reaper returns it.
        """
        if not self.holds(task):
            return
        del self._tasks[task.id]
        if broken:
            self._broken.add(task.lease_token)
        left = self._left[task.lease_token] - 1
        if left:
            self._left[task.lease_token] = left
        else:
            del self._left[task.lease_token]
            if task.lease_token in self._broken:
                self._broken.discard(task.lease_token)
            else:
                self.ended.append(task.lease_token)

    def tasks(self) -> list[Task]:
        """All that is held."""
        return list(self._tasks.values())

    def tokens(self) -> list[str]:
        """The leases that have to be kept alive."""
        return list(self._left)

    def take_ended(self) -> list[str]:
        """The ended leases, and forget them."""
        ended, self.ended = self.ended, []
        return ended

    def lose(self, tokens: set[str]) -> list[Task]:
        """Drop the tasks of leases that somebody else ended; returns them. Leases that ended meanwhile are none of these."""
        lost = [task for task in self._tasks.values() if task.lease_token in tokens]
        for task in lost:
            del self._tasks[task.id]
            self._left.pop(task.lease_token, None)
            self._broken.discard(task.lease_token)
        return lost
