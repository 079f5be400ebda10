"""The speed of training: environment steps per second, and where the time goes."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from aiirmix.bench.update import UpdateCost
    from aiirmix.runs.timing import Timing

MODELS = (
    "aiir_mix",
    "aiir_mix,model/update=single",
    "liir",
    "none",
    "qmix",
    "vdn",
    "iql",
    "qtran",
    "coma",
    "ippo",
    "mappo",
)
"""What is measured by default: every learner with its defaults, and AIIR-MIX with one step on a batch."""


@dataclass(frozen=True)
class Training:
    """What training took on one thread."""

    model: str
    map: str
    spent: "Timing"
    update: "UpdateCost"


def measure_training(model: str, map: str, env_steps: int, settings: Sequence[str] = ()) -> Training:
    """Train on one thread in a temporary directory, after a short warm-up.

    Then measure an update of the same model by itself.

    Args:
        model: its name, perhaps followed by settings, as in ``aiir_mix,model/update=single``.
        map: to train on.
        env_steps: length of the training.
        settings: that all models have.

    Raises:
        ConfigError: there is no such model or map, or `env_steps` is less than one evaluation interval.
    """
    config = _compose(model, map, env_steps, settings)
    warm_up = config.copy()
    warm_up.env_steps = warm_up.evaluation.every = 1
    from aiirmix.runs.directory import RunDirectory
    from aiirmix.runs.timing import read_timing
    from aiirmix.training.fit import fit

    with TemporaryDirectory() as folder:
        for name, run in (("warm_up", warm_up), ("run", config)):
            directory = RunDirectory(Path(folder) / name)
            directory.open(run)
            fit(run, directory)
        spent = read_timing(directory)
    assert spent is not None
    return Training(model, map, spent, _update_cost(config))


def _compose(model: str, map: str, env_steps: int, settings: Sequence[str]) -> "DictConfig":
    words = [
        *settings,
        *f"model={model}".split(","),
        f"env.map={map}",
        f"env_steps={env_steps}",
        "trainer.enable_progress_bar=false",
        "threads=1",
    ]
    from aiirmix.launch.compose import configurations
    from aiirmix.launch.composition import Composition

    with configurations():
        return Composition(words, multirun=False).experiment


def _update_cost(config: "DictConfig") -> "UpdateCost":
    from aiirmix.bench.update import measure_update
    from aiirmix.training.build import build

    with closing(build(config.env)) as env:
        return measure_update(build(config.model, spec=env.spec, seed=config.seed))
