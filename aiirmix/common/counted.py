"""Numbers of things in English."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 run`, `12,000 runs`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
