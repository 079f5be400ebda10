"""Standard output and errors that take any text and outlive their reader."""

import codecs
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PLAIN = {
    "│": "|",
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "±": "+-",
    "→": "->",
    "≥": ">=",
    "≤": "<=",
    "η": "eta",
}
"""What replaces characters that the encoding of a stream does not have. All others become a question mark."""

_GONE = (errno.EPIPE, errno.EIO)
"""The errors of a closed pipe and of a terminal that was closed."""


def prepare_streams() -> None:
    """Let this process print any text in any encoding, and go on after the reader of its output has ended.

    Without this, `… | head -1` would end a sweep, and a table in a terminal without UTF-8 would be an error. Streams
    that were replaced already stay as they are.
    """
    codecs.register_error("plain", _plain)
    out, err = cast(TextIO | None, sys.stdout), cast(TextIO | None, sys.stderr)
    if out is not None and sys.stdout is sys.__stdout__:
        sys.stdout = _prepared(out)
    if err is not None and sys.stderr is sys.__stderr__:
        sys.stderr = _prepared(err)


def reader_is_gone() -> bool:
    """Return whether standard output was found closed by its reader."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, _PatientFile) and raw.is_closed_by_reader


class _PatientFile(io.FileIO):
    """An open file that drops what is written after its reader is gone."""

    is_closed_by_reader = False

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write to the file, or to nothing once nobody reads it. Child processes then write to nothing, too."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self.is_closed_by_reader = True
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self.fileno())
            os.close(nothing)
            return memoryview(data).nbytes


def _prepared(stream: TextIO) -> TextIO:
    assert isinstance(stream, io.TextIOWrapper)
    if os.name != "posix":
        stream.reconfigure(errors="plain")
        return stream
    stream.flush()
    buffer = io.BufferedWriter(_PatientFile(stream.fileno(), "wb", closefd=False))
    by_line = stream.line_buffering or stream.write_through
    return io.TextIOWrapper(buffer, stream.encoding, "plain", line_buffering=by_line)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in text), error.end
