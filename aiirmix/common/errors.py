"""The error for mistakes that the user can correct, and the hints in its messages."""

import difflib
from collections.abc import Sequence


class ConfigError(ValueError):
    """The user asked for something impossible. The message is one line: what is wrong, and what would be right."""


def unknown(kind: str, word: str, known: Sequence[str], listed: bool = True) -> str:
    """Return the message for an unknown word, with the nearest known word as a hint.

    Args:
        kind: what the word names, such as "map".
        word: what the user typed.
        known: the words that would be right.
        listed: append all known words.

    Example:
        >>> unknown("map", "8n", ["2s3z", "8m"])
        'unknown map 8n; did you mean 8m? (known: 2s3z, 8m)'
    """
    near = _nearest(word, known)
    hint = f"; did you mean {near}?" if near else ""
    choices = f" (known: {', '.join(known)})" if listed else ""
    return f"unknown {kind} {word or repr(word)}{hint}{choices}"


def in_a_line(error: BaseException) -> str:
    """Return the message of an error in one line, or its type if it has none; of a `KeyError` both."""
    text = " ".join(str(error).split())
    return text if text and not isinstance(error, KeyError) else f"{type(error).__name__} {text}".strip()


def shown(value: object) -> str:
    """Return a configured value as the user would write it."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return "a group of settings" if isinstance(value, dict) else repr(value)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type if the message is empty."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _nearest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that was probably meant: same last part (`gamma`, `model.gamma`), or similar letters.

    Upper and lower case are the same here.
    """
    leaf, by_lower_case = _leaf(word), {one.lower(): one for one in reversed(known)}
    same_leaf = [candidate for candidate in known if _leaf(candidate) == leaf]
    similar = difflib.get_close_matches(word.lower(), by_lower_case, n=5, cutoff=0.5)
    similar_leaf = [by_lower_case[one] for one in similar if difflib.get_close_matches(leaf, [_leaf(one)], cutoff=0.5)]
    return next(iter(same_leaf + similar_leaf), None)


def _leaf(word: str) -> str:
    return word.rpartition(".")[2].lower()
