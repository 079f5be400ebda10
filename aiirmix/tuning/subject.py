"""What one study is about: a model, the space of its settings, and the runs of its trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from aiirmix.common.errors import ConfigError
from aiirmix.launch import searchpath
from aiirmix.launch.compose import Compositions, compose_run, configurations, parse
from aiirmix.launch.naming import label, settings
from aiirmix.launch.plan import PlannedRun, plan
from aiirmix.launch.rehearsals import environments_of, rehearse_runs
from aiirmix.runs.config import leaves, settings_digest
from aiirmix.runs.seeds import tuning_seeds
from aiirmix.tuning.request import Request
from aiirmix.tuning.space import SEARCHED, Space, Value, space_of, written


@dataclass(frozen=True)
class Subject:
    """A model, with fixed settings and with those that are searched."""

    model: str
    space: Space
    request: Request
    compositions: Compositions = field(default_factory=Compositions, compare=False)
    """What all plans of this model share."""

    @property
    def name(self) -> str:
        """The name of the study: the model with its fixed changes."""
        return label(self.model, settings("model", self.request.overrides))

    @property
    def fixed(self) -> dict[str, str]:
        """The fixed changes by their keys, as they were typed."""
        pairs = (word.lstrip("+").partition("=") for word in self.request.overrides)
        return {key: value for key, _, value in pairs if key.startswith(SEARCHED)}

    @property
    def own_folder(self) -> list[str]:
        """The setting that adds a folder to `conf/`, if the command has one."""
        return [word for word in self.request.overrides if word.startswith(searchpath.KEY)]

    @cached_property
    def plain(self) -> list[PlannedRun]:
        """The runs of the model's own settings."""
        return self.runs({})

    @cached_property
    def corners(self) -> list[PlannedRun]:
        """Runs at the ends of the space. Like trials, they do not depend on what the model has by itself there."""
        return [run for values in _corners(self.space) for run in self.runs(values)]

    @property
    def folder(self) -> Path:
        """`runs/<name>`."""
        return self.plain[0].directory.path.parents[2]

    @property
    def maps(self) -> list[str]:
        """The labels of the maps that a trial is averaged over."""
        return list(dict.fromkeys(run.directory.path.parent.name for run in self.plain))

    @property
    def env_steps(self) -> int:
        """The budget of each run."""
        return int(self.plain[0].config["env_steps"])

    @cached_property
    def environments(self) -> list[str]:
        """The names of the environments in this version of the code."""
        return environments_of(self.plain)

    @cached_property
    def premise(self) -> dict[str, Any]:
        """What makes the trials of a study comparable, by its name in messages."""
        search = self.request.search
        return {
            "space": self.space.name,
            "set of ranges": {key: repr(one) for key, one in sorted(self.space.settings.items())},
            "sampler": search.sampler,
            "pruner": search.pruner,
            "number of seeds": search.seeds,
            "metric": search.metric,
            "env_steps": self.env_steps,
            "list of maps": self.maps,
            "version of the environment": ", ".join(self.environments),
            "setting of its runs": sorted({settings_digest(run.config, ("name",)) for run in self.corners}),
        }

    @property
    def defaults(self) -> dict[str, Value]:
        """The model's own values of the searched settings, those outside of the space left out."""
        own = dict(leaves(self.plain[0].config)) | self._parts
        return {key: own[key] for key, one in self.space.settings.items() if _contains(one, own.get(key))}  # type: ignore[misc]

    @property
    def _parts(self) -> dict[str, str]:
        """The parts that the model chooses by itself: {model/update: clipped, …}."""
        fixed = [f"{key}={value}" for key, value in self.fixed.items()]
        with configurations():
            composed = compose_run([*self.own_folder, f"model={self.model}", *fixed])
        return {str(group): str(choice) for group, choice in composed.hydra.runtime.choices.items()}

    def runs(self, values: Mapping[str, Value]) -> list[PlannedRun]:
        """Plan the runs of a trial.

        Raises:
            ConfigError: they cannot be composed, or their directories hold other runs.
        """
        changes = [f"{key}={written(value)}" for key, value in values.items()]
        seeds = tuning_seeds(self.request.search.seeds)
        words = [f"model={self.model}", *self.request.overrides, *changes]
        return plan([*words, f"seed=range({seeds.start},{seeds.stop})"], True, self.compositions)

    def launcher(self) -> list[str]:
        """Return the overrides that choose the launcher of this model's runs; joblib gets a worker for each run.

        Runs that share cores go on side by side, so that a trial can be judged at every evaluation.
        """
        words = [f"model={self.model}", *self.request.overrides]
        asked = any(word.startswith(("hydra.launcher.n_jobs=", "hydra/launcher=")) for word in self._typed)
        return words if asked else [*words, f"hydra.launcher.n_jobs={len(self.plain) * self.request.search.at_once}"]

    @property
    def _typed(self) -> Sequence[str]:
        return [word for word in self.request.overrides if word != "hydra/launcher=joblib"]


def subjects_of(request: Request) -> list[Subject]:
    """Return a subject for each model, checked.

    Raises:
        ConfigError: a space is wrong or does not fit its model.
    """
    subjects = [Subject(model, space_of(model, request.search.space), request) for model in request.models]
    with configurations():
        keys = {one.key_or_group for one in parse(request.overrides)}
    for subject in subjects:
        for key in keys & subject.space.settings.keys():
            raise ConfigError(f"{key} is searched in the space {subject.space.name}; leave it out of the command")
        rehearse_runs(subject.corners)
    return subjects


def _corners(space: Space) -> list[dict[str, Value]]:
    """Return values of all settings, so that each end of an interval and each choice occurs."""
    ends = {key: _ends(one) for key, one in space.settings.items()}
    most = max(map(len, ends.values()))
    return [{key: values[i % len(values)] for key, values in ends.items()} for i in range(most)]


def _ends(one: BaseDistribution) -> list[Value]:
    if isinstance(one, CategoricalDistribution):
        return [value for value in one.choices if value is not None]
    assert isinstance(one, FloatDistribution | IntDistribution)
    return [one.low, one.high]


def _contains(one: BaseDistribution, value: object) -> bool:
    if isinstance(one, CategoricalDistribution):
        return value in one.choices
    assert isinstance(one, FloatDistribution | IntDistribution)
    return isinstance(value, int | float) and one.low <= value <= one.high
