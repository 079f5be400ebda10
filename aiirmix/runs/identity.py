"""The identity of a run directory: a token that it keeps when it is moved or copied, and the labels of its run."""

import json
import secrets
from pathlib import Path
from typing import NamedTuple

from aiirmix.common.files import atomic_write

FILE = "identity.json"
SEED = "seed="
"""The name of a run directory begins with it where Hydra placed it."""
UNKNOWN = "unknown"


class Labels(NamedTuple):
    """What tables call a run."""

    experiment: str
    """`name` in the configuration"""
    model: str
    """the model with its changed settings: `aiir_mix,gamma=0.9`"""
    map: str
    """the map, or another environment, with its changed settings: `8m`, `smac-8m`, `matrix_game`"""
    seed: str
    """digits"""


class Identity(NamedTuple):
    """The content of the file."""

    token: str
    """Drawn once: a directory that is removed and created again has another one."""
    config: str
    """The digest of `config.yaml` as it was written."""
    settings: str
    """The digest of the settings that the run was begun with (`aiirmix.runs.config.settings_digest`)."""
    labels: Labels


def read_identity(folder: Path) -> Identity | None:
    """Return the identity of a run directory; None if it has none or it cannot be read."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        labels = Labels(**content["labels"])
        identity = Identity(content["token"], content["config"], content["settings"], labels)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    words = (*identity[:3], *identity.labels)
    return identity if all(isinstance(word, str) and word for word in words) else None


def write_identity(folder: Path, identity: Identity) -> None:
    """Write the identity of a run directory."""
    content = identity._asdict() | {"labels": identity.labels._asdict()}
    atomic_write(folder / FILE, f"{json.dumps(content, indent=1)}\n")


def new_token() -> str:
    """Draw a token."""
    return secrets.token_hex(8)


def labels_of_path(path: Path) -> Labels:
    """Return the labels in `<experiment>/<model>/<map>/seed=<n>`; of another path, its name as the model."""
    *_, experiment, model, map_label, seed = (*[UNKNOWN] * 3, *path.absolute().parts)
    if seed.startswith(SEED):
        return Labels(experiment, model, map_label, seed.removeprefix(SEED))
    return Labels(map_label, seed, UNKNOWN, UNKNOWN)
