"""Reading just enough of a SQL statement to route it: what kind it is, its format, where inline data begins.

The engine parses the SQL; this only finds the places where the HTTP interface has to cut it. Text is handled as
latin-1 `str`, so that one character is one byte whatever the encoding of the literals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

_TOKEN = re.compile(
    r"""
    (?P<space>\s+ | --[^\n]* | \#[!\ ][^\n]* | /\*.*?\*/)
  | (?P<string>'(?:[^'\\]|\\.|'')*')
  | (?P<quoted>`(?:[^`\\]|\\.|``)*` | "(?:[^"\\]|\\.|"")*")
  | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
  | (?P<number>\d[\w.]*)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<end>;)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    """How a statement is run."""

    STREAM = "stream"  # a SELECT: rows are written to a pipe while they are computed
    DIRECT = "direct"  # anything with a small answer or none
    INSERT_DATA = "insert data"  # INSERT … FORMAT x, data follows
    INSERT_VALUES = "insert values"  # INSERT … VALUES, data follows in SQL syntax
    INSERT_INPUT = "insert input"  # INSERT … SELECT … FROM input(…) FORMAT x, data follows


@dataclass(frozen=True, slots=True)
class Statement:
    """A routed statement. Offsets are in bytes of the text that was analysed.

    `head_end`: end of the SQL without its FORMAT (and what follows it). `data_start`: first byte of inline data.
    `input_at`: span of `input(` to replace when the kind is INSERT_INPUT. `settings_at`: the SETTINGS of an INSERT.
    """

    kind: Kind
    verb: str
    format: str | None = None
    head_end: int = 0
    tail: str = ""
    data_start: int | None = None
    input_at: tuple[int, int] | None = None
    settings_at: int | None = None
    changes_session: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    depth: int


MULTI_STATEMENTS = "Syntax error (Multi-statements are not allowed)"
EMPTY_QUERY = "Syntax error: failed at position 1 (end of query). Empty query"
_STREAMED = frozenset({"SELECT", "WITH", "FROM"})
_SESSION_VERBS = frozenset({"SET", "USE", "BEGIN", "COMMIT", "ROLLBACK", "START"})


def analyse(text: str) -> Statement:
    """Route one statement (latin-1 text, maybe only the beginning of a long INSERT)."""
    tokens = _Tokens(text)
    first = tokens.next()
    while first is not None and first.text == "(":
        first = tokens.next()
    if first is None or first.kind == "end":
        return Statement(Kind.DIRECT, "", problem=EMPTY_QUERY)
    verb = first.text.upper()
    if verb == "INSERT":
        return _analyse_insert(text, tokens)
    rest = tokens.all()
    return _analyse_other(text, verb, rest)


def another_follows(text: str) -> bool:
    """Whether a semicolon outside of literals is followed by anything but blanks, comments and semicolons."""
    return _another_follows(_Tokens(text))


class _Tokens:
    """Significant tokens, one at a time: inline data behind them is never looked at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def next(self) -> _Token | None:
        while self.position < len(self.text):
            match = _TOKEN.match(self.text, self.position)
            if match is None:
                return None
            self.position = match.end()
            kind = match.lastgroup or "other"
            if kind == "tag":
                kind = "heredoc"
            if kind == "space":
                continue
            if kind == "close":
                self.depth -= 1
            token = _Token(kind, match.group(), match.start(), match.end(), self.depth)
            if kind == "open":
                self.depth += 1
            return token
        return None

    def all(self) -> list[_Token]:
        found = []
        while (token := self.next()) is not None:
            found.append(token)
        return found


def _analyse_other(text: str, verb: str, rest: list[_Token]) -> Statement:
    end = len(text)
    for position, token in enumerate(rest):
        if token.kind == "end":
            if any(later.kind != "end" for later in rest[position + 1 :]):
                return Statement(Kind.DIRECT, verb, problem=MULTI_STATEMENTS)
            end = token.start
            rest = rest[:position]
            break
    if _has(rest, "INTO", "OUTFILE"):
        return Statement(Kind.DIRECT, verb, problem="INTO OUTFILE is not allowed")
    format_at = _trailing_format(rest)
    name = rest[format_at + 1].text if format_at is not None else None
    head_end = rest[format_at].start if format_at is not None else end
    temporary = any(token.text.upper() in ("TEMPORARY", "TEMP") for token in rest[:3])
    if verb == "WITH" and _has(rest, "INSERT", "INTO"):
        return Statement(Kind.DIRECT, "INSERT")
    return Statement(
        Kind.STREAM if verb in _STREAMED else Kind.DIRECT,
        verb,
        format=name,
        head_end=head_end,
        tail=text[head_end:end],
        changes_session=verb in _SESSION_VERBS or temporary,
    )


def _has(tokens: list[_Token], first: str, second: str) -> bool:
    """Whether these two words stand side by side."""
    return any(
        a.kind == "word" and b.kind == "word" and (a.text.upper(), b.text.upper()) == (first, second)
        for a, b in pairwise(tokens)
    )


def _another_follows(tokens: _Tokens) -> bool:
    ended = False
    while (token := tokens.next()) is not None:
        if ended and token.kind != "end":
            return True
        ended = ended or token.kind == "end"
    return False


def _trailing_format(tokens: list[_Token]) -> int | None:
    """Index of the FORMAT keyword that ends the statement (only SETTINGS may follow), or None."""
    for index in range(len(tokens) - 2, -1, -1):
        token, name = tokens[index], tokens[index + 1]
        if token.kind != "word" or token.depth != 0 or token.text.upper() != "FORMAT" or name.kind != "word":
            continue
        after = tokens[index + 2 : index + 3]
        if not after or after[0].text.upper() == "SETTINGS":
            return index
    return None


def _analyse_insert(text: str, tokens: _Tokens) -> Statement:
    previous = ""
    settings_at: int | None = None
    while (token := tokens.next()) is not None:
        if token.kind == "end":
            return _ended(tokens)
        word = token.text.upper() if token.kind == "word" and token.depth == 0 else ""
        is_name = previous in ("INTO", "TABLE", "FUNCTION", ".")
        if word and not (is_name and word not in ("TABLE", "FUNCTION")):
            if word == "SETTINGS":
                settings_at = token.start
            if word == "VALUES":
                return _values(token, settings_at)
            if word == "FORMAT":
                return _insert_format(text, token, tokens, settings_at)
            if word in ("SELECT", "WITH"):
                return _insert_select(text, tokens)
            if word == "INFILE":
                return Statement(Kind.DIRECT, "INSERT", problem="FROM INFILE is not allowed over HTTP")
        if (
            token.kind == "word"
            and token.depth > 0
            and previous == "("
            and token.text.upper() in ("SELECT", "WITH")
        ):
            return _insert_select(text, tokens)
        previous = token.text.upper()
    return Statement(Kind.DIRECT, "INSERT")


def _ended(tokens: _Tokens) -> Statement:
    """An INSERT without data whose semicolon was just read."""
    another = any(token.kind != "end" for token in tokens.all())
    return Statement(Kind.DIRECT, "INSERT", problem=MULTI_STATEMENTS if another else None)


def _values(token: _Token, settings_at: int | None) -> Statement:
    return Statement(
        Kind.INSERT_VALUES,
        "INSERT",
        format="Values",
        head_end=token.start,
        data_start=token.end,
        settings_at=settings_at,
    )


def _insert_format(text: str, keyword: _Token, tokens: _Tokens, settings_at: int | None) -> Statement:
    name = tokens.next()
    if name is None or name.kind != "word":
        return Statement(Kind.DIRECT, "INSERT")
    return Statement(
        Kind.INSERT_VALUES if name.text.upper() == "VALUES" else Kind.INSERT_DATA,
        "INSERT",
        format=name.text,
        head_end=keyword.start,
        data_start=_after_format(text, name.end),
        settings_at=settings_at,
    )


def _after_format(text: str, position: int) -> int:
    """Data begins after the blanks and the one line break behind the format's name, as in ParserInsertQuery."""
    match = re.compile(r"[ \t\f]*;?[ \t\f]*\r?\n?").match(text, position)
    return match.end() if match else position


def _insert_select(text: str, tokens: _Tokens) -> Statement:
    """INSERT … SELECT: only `input(…)` with a FORMAT is followed by data."""
    input_at: tuple[int, int] | None = None
    previous: _Token | None = None
    while (token := tokens.next()) is not None:
        if token.kind == "end":
            return _ended(tokens)
        if token.text == "(" and previous is not None and previous.text.lower() == "input":
            input_at = (previous.start, token.end)
        is_format = token.kind == "word" and token.depth == 0 and token.text.upper() == "FORMAT"
        if input_at is not None and is_format:
            name = tokens.next()
            if name is not None and name.kind == "word":
                return Statement(
                    Kind.INSERT_INPUT,
                    "INSERT",
                    format=name.text,
                    head_end=token.start,
                    data_start=_after_format(text, name.end),
                    input_at=input_at,
                )
        previous = token
    return Statement(Kind.DIRECT, "INSERT")
