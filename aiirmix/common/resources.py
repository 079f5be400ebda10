"""The configuration files and the experiments: beside the package in a clone, inside it when installed from a wheel."""

from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("aiirmix")))


def is_packaged(package: Path = PACKAGE) -> bool:
    """Return True if the package was installed from a wheel, False in a clone."""
    return (package / "conf").is_dir()


def folder(name: str, package: Path = PACKAGE) -> Path:
    """Return the path of `conf` or `experiments`."""
    return (package if is_packaged(package) else package.parent) / name


CONF = folder("conf")
EXPERIMENTS = folder("experiments")
