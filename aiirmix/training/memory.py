"""What the C library does with memory that was given back."""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's malloc.h."""

TRIMMED, MAPPED, MAPPED_AT_MOST = 2**31 - 1, 2**30, 2**25
"""Bytes: the most that mallopt can be told; the second if it takes that; what every version takes."""


def keep_freed_memory() -> bool:
    """Lets glibc keep what tensors give back for the tensors of the next update, which are of the same sizes.

    Else it returns large blocks to the system at once, and every page that an update gets from there is filled with
    zeros before it may be written to. Other C libraries are left as they are.

    Returns:
        Whether it does.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    mapped = mallopt(M_MMAP_THRESHOLD, MAPPED) or mallopt(M_MMAP_THRESHOLD, MAPPED_AT_MOST)
    return bool(mapped and mallopt(M_TRIM_THRESHOLD, TRIMMED))
