"""From lines to chunks of followers; what is no follower goes to the rejects."""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO, Any

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.score_files.columns import Layout, UnreadableError, recognise
from upbeat.authenticity.score_files.lines import Line
from upbeat.authenticity.score_files.source import Source
from upbeat.authenticity.score_files.summary import Summary
from upbeat.errors import InputError

MOST_TOLD = 10
NO_HANDLE = "no handle: name its column handle or username"


class Rejects:
    """The file of broken rows: line, reason, and the row as it was."""

    def __init__(self, stream: IO[bytes]) -> None:
        # Unbuffered above the stream, which its opener closes; bytes that were no text become themselves again.
        self._text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="", write_through=True)
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow(("line", "reason", "text"))

    def add(self, line: Line, reason: str) -> None:
        """Write a broken row."""
        text = line.text or json.dumps(dict(zip(line.names, line.cells, strict=True)), default=str)
        self._writer.writerow((line.number, reason, text))

    def close(self) -> None:
        """Let go of the stream."""
        self._text.detach()


class Intake:
    """Reads a source chunk by chunk and counts what it sees.

    The kept columns are those that the first chunk has: JSON lines may bring others later, which are told as ignored.
    """

    def __init__(
        self, source: Source, rejects: Rejects | None, *, chunk_rows: int, keep_columns: bool
    ) -> None:
        self.summary = Summary()
        self._lines = source.lines
        self._name = source.name
        self._rejects = rejects
        self._chunk_rows = chunk_rows
        self._keep_columns = keep_columns
        self._layouts: dict[tuple[str, ...], Layout | None] = {}
        self._is_fixed = False
        self._kept: deque[list[dict[str, Any]]] = deque()

    def chunks(self) -> Iterator[Sequence[Follower]]:
        """The followers, in order. Raises `InputError` where the source cannot be read or has no handles."""
        followers: list[Follower] = []
        kept: list[dict[str, Any]] = []
        for line in self._lines:
            if line.is_header:
                self._check_header(line)
                continue
            self.summary.rows += 1
            try:
                layout = self._layout(line)
                followers.append(layout.follower(line.cells))
            except UnreadableError as error:
                self._reject(line, str(error))
                continue
            kept.append(self._kept_of(line, layout))
            if len(followers) == self._chunk_rows:
                yield self._handed_out(followers, kept)
                followers, kept = [], []
        if followers:
            yield self._handed_out(followers, kept)

    def take_kept(self) -> list[list[Any]]:
        """The kept cells beside the oldest chunk that was not asked about yet, in the order of `kept_columns`."""
        names = self.summary.kept_columns
        return [[cells.get(name) for name in names] for cells in self._kept.popleft()]

    def _handed_out(self, followers: list[Follower], kept: list[dict[str, Any]]) -> list[Follower]:
        self._is_fixed = True
        self._kept.append(kept)
        return followers

    def _check_header(self, line: Line) -> None:
        if self._known_layout(line) is None:
            told = ", ".join(repr(name) for name in line.names[:20])
            raise InputError(
                f"{self._name}: no column of handles: the columns are {told}; name one handle or username"
            )

    def _layout(self, line: Line) -> Layout:
        if line.problem is not None:
            raise UnreadableError(line.problem)
        layout = self._known_layout(line)
        if layout is None:
            raise UnreadableError(NO_HANDLE)
        return layout

    def _known_layout(self, line: Line) -> Layout | None:
        if line.names in self._layouts:
            return self._layouts[line.names]
        layout = self._layouts[line.names] = recognise(line.names)
        if layout is not None:
            self._note(layout)
        return layout

    def _note(self, layout: Layout) -> None:
        summary = self.summary
        for field, name in layout.told.items():
            summary.columns.setdefault(field, name)
        keep = self._keep_columns and not self._is_fixed
        others = summary.kept_columns if keep else summary.ignored_columns
        for place in layout.others:
            name = layout.names[place]
            if name not in summary.kept_columns and name not in others:
                others.append(name)

    def _kept_of(self, line: Line, layout: Layout) -> dict[str, Any]:
        if not self._keep_columns:
            return {}
        return {layout.names[place]: line.cells[place] for place in layout.others}

    def _reject(self, line: Line, reason: str) -> None:
        self.summary.broken += 1
        if len(self.summary.first_broken) < MOST_TOLD:
            self.summary.first_broken.append((line.number, reason))
        if self._rejects is not None:
            self._rejects.add(line, reason)
