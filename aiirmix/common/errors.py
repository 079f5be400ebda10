"""The one error that is the user's to mend, and how it hints at what was meant."""

import difflib
from collections.abc import Sequence


class ConfigError(ValueError):
    """What was asked for cannot be run. The message is one line that says what would be right."""


def unknown(kind: str, word: str, known: Sequence[str], listed: bool = True) -> str:
    """The message for a word that is not among the known ones, with the nearest of those.

    Example:
        >>> unknown("map", "8n", ["2s3z", "8m"])
        'unknown map 8n; did you mean 8m? (known: 2s3z, 8m)'
    """
    near = _nearest(word, known)
    hint = f"; did you mean {near}?" if near else ""
    choices = f" (known: {', '.join(known)})" if listed else ""
    return f"unknown {kind} {word or repr(word)}{hint}{choices}"


def shown(value: object) -> str:
    """A configured value as its user would write it."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return "a group of settings" if isinstance(value, dict) else repr(value)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type if the message is empty."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that was probably meant: the same last part (`gamma`, `model.gamma`), or similar letters."""
    leaf = _leaf(word)
    same_leaf = [candidate for candidate in known if _leaf(candidate) == leaf]
    similar = difflib.get_close_matches(word, known, n=5, cutoff=0.5)
    similar_leaf = [one for one in similar if difflib.get_close_matches(leaf, [_leaf(one)], cutoff=0.5)]
    return next(iter(same_leaf + similar_leaf), None)


def _leaf(word: str) -> str:
    return word.rpartition(".")[2]
