"""The machine that measurements depend on."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """The processor, and the versions that matter most."""

    cpu: str
    cores: int
    python: str
    torch: str


def this_machine() -> Machine:
    """Return the machine that this process runs on."""
    import torch

    return Machine(_cpu(), os.cpu_count() or 1, platform.python_version(), torch.__version__)


def _cpu() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, None) or platform.processor() or platform.machine()
