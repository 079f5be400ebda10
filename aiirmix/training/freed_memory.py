"""Keeps freed memory in the process, for the tensors of the next update."""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's malloc.h."""

TRIMMED, MAPPED, MAPPED_AT_MOST = 2**31 - 1, 2**30, 2**25
"""Bytes: the largest value of mallopt; two sizes from which blocks are mapped (old versions accept the second)."""


def keep_freed_memory() -> bool:
    """Let glibc keep freed tensors for those of the next update, which have the same sizes.

    By default it returns large blocks to the system at once, which fills every page with zeros before an update gets it
    again. Other C libraries stay unchanged.

    Returns:
        Whether the memory is kept.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    mapped = mallopt(M_MMAP_THRESHOLD, MAPPED) or mallopt(M_MMAP_THRESHOLD, MAPPED_AT_MOST)
    return bool(mapped and mallopt(M_TRIM_THRESHOLD, TRIMMED))
