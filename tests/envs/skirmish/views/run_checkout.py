"""Run the program of a checkout of PyMARL or EPyMARL: python -m tests.envs.skirmish.views.run_checkout SRC ARGUMENTS.

Both were written for older versions of Python, PyYAML and other packages. What these lack is supplied here.
"""

import collections
import collections.abc
import runpy
import sys
import types

import yaml


def supply_old_names():
    """Supply names and defaults that newer versions of packages have dropped, and an environment that is not used."""
    collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
    load = yaml.load
    yaml.load = lambda stream, Loader=yaml.FullLoader: load(stream, Loader)
    sys.modules.setdefault("smaclite", types.ModuleType("smaclite"))


if __name__ == "__main__":
    source = sys.argv[1]
    supply_old_names()
    sys.path.insert(0, source)
    sys.argv = [f"{source}/main.py", *sys.argv[2:]]
    runpy.run_path(sys.argv[0], run_name="__main__")
