"""What a command printed, and how it ended."""

from typing import NamedTuple


class Answer(NamedTuple):
    code: int
    out: str
    err: str
