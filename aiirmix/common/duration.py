"""Times as people read them."""


def duration(seconds: float) -> str:
    """Return a time in its two largest units: `2 h 05 min`, `3 min 20 s`, `20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_over = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_over:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
