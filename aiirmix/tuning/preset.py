"""The result of a study as a model that can be chosen: `model=tuned/<model>`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from aiirmix.common.files import atomic_write
from aiirmix.tuning.space import Value, written

GROUP = Path("model", "tuned")
"""The folder of such models below `conf/`."""


def overrides_of(values: Mapping[str, Value]) -> str:
    """Return the settings as they are typed: `model.gamma=0.9 model/update=clipped`."""
    return " ".join(f"{key}={written(value)}" for key, value in values.items())


def preset(model: str, values: Mapping[str, Value], heading: str) -> str:
    """Return a file of `conf/model/tuned/` that is the model with these values.

    Args:
        model: a file of `conf/model/`, without its ending.
        values: by their keys, which begin with `model.`, or with `model/` where a component is chosen.
        heading: comments, one a line.
    """
    chosen = [{f"override /{key}": written(value)} for key, value in values.items() if "/" in key]
    content = {"defaults": [f"/model/{model}", *chosen, "_self_"], **_nested(values)}
    comments = "".join(f"# {line}\n" for line in heading.splitlines())
    return f"# @package _global_\n{comments}{yaml.safe_dump(content, sort_keys=False)}"


def write_preset(folder: Path, name: str, text: str) -> Path:
    """Write the file into a folder of configurations, such as `conf`; return its path."""
    path = folder / GROUP / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, text)
    return path


def _nested(values: Mapping[str, Value]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        if "/" in key:
            continue
        *above, last = key.split(".")
        branch = tree
        for part in above:
            branch = branch.setdefault(part, {})
        branch[last] = yaml.safe_load(written(value))
    return tree
