"""Short digests of contents, for names that must differ where contents do."""

import hashlib
from pathlib import Path


def short_digest(content: bytes) -> str:
    """Return eight hexadecimal digits that depend on the content."""
    return hashlib.sha256(content).hexdigest()[:8]


def content_name(path: Path) -> str:
    """Return a name for a file that changes with its content, e.g. ``my_map-3f2a9c1b``."""
    return f"{path.stem}-{short_digest(path.read_bytes())}"
