"""How much a method gains from tuning: own settings, jointly tuned ones, and those tuned for each map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.launch import searchpath
from aiirmix.launch.compose import Compositions
from aiirmix.launch.plan import PlannedRun, check_directories, plan
from aiirmix.launch.ranges import as_typed
from aiirmix.launch.sweep import begin, run_sweep
from aiirmix.report.evaluations import named_metric, read
from aiirmix.report.figure_spec import experiment_name
from aiirmix.report.sensitivity_picture import Setting, draw
from aiirmix.report.yaml_spec import read_yaml, require_keys
from aiirmix.runs.recorded import find_runs
from aiirmix.runs.seeds import refuse_tuning_seeds
from aiirmix.tuning.command import list_studies, tune_all
from aiirmix.tuning.preset import overrides_of
from aiirmix.tuning.request import DEFAULTS, LAUNCHER, as_setting
from aiirmix.tuning.study import Study

FILE = EXPERIMENTS / "sensitivity.yaml"
OWN, JOINTLY, EACH = "own settings", "tuned jointly", "tuned for the map"
"""The three settings of a model that are compared."""


@dataclass(frozen=True)
class Spec:
    """The experiment, as its file has it."""

    title: str
    """`{metric}` stands for the name of the metric."""
    name: str
    models: list[str]
    maps: list[str]
    env_steps: int
    trials: int
    tuning_seeds: int
    seeds: str
    metric: str


@dataclass(frozen=True)
class Sensitivity:
    """The experiment, with the changes of a command."""

    spec: Spec
    models: Sequence[str]
    changes: Mapping[str, str]
    trials: str | None = None

    @property
    def name(self) -> str:
        """The folder of its results in runs/."""
        return self.changes.get("name") or experiment_name(self.spec.name, self.changes)

    @property
    def maps(self) -> list[str]:
        """The maps; there must be two, or jointly tuned settings are those of the map."""
        return self.changes["env.map"].split(",") if "env.map" in self.changes else self.spec.maps

    @property
    def metric(self) -> str:
        """What is searched by, and drawn."""
        return self.changes.get("hydra.sweeper.metric", self.spec.metric)

    @property
    def title(self) -> str:
        """The title of the picture."""
        return self.spec.title.format(metric=named_metric(self.metric).short_label)

    def studies(self) -> dict[str, list[str]]:
        """Return the commands of the studies: of all maps together (`JOINTLY`), and of each map by its name."""
        sizes = {"trials": self.trials or self.spec.trials, "seeds": self.spec.tuning_seeds, "metric": self.metric}
        common = [f"model={','.join(self.models)}", *(f"hydra.sweeper.{key}={value}" for key, value in sizes.items())]
        return {
            key: [*common, *self._settings(maps), f"name={self.name}-tuning-{'-'.join(maps)}"]
            for key, maps in {JOINTLY: self.maps, **{one: [one] for one in self.maps}}.items()
        }

    def result(self, model: str, map_label: str, settings: str, compositions: Compositions) -> list[PlannedRun]:
        """Plan the runs of a model on a map, with these of its settings as overrides."""
        seeds = as_typed(f"seed={self.changes.get('seed', self.spec.seeds)}")
        own = [word for word in self._settings([map_label]) if not word.startswith("hydra")]
        words = [*self._own_folder, f"model={model}", *settings.split(), *own, f"name={self.name}", seeds]
        return plan(words, True, compositions)

    def launcher(self) -> list[str]:
        """Return the overrides that choose the launcher of the results."""
        typed = {key: value for key, value in self.changes.items() if key.startswith(("hydra/l", "hydra.l"))}
        chosen = {LAUNCHER: DEFAULTS[LAUNCHER], **typed}
        return [*self._own_folder, f"name={self.name}", *(f"{key}={value}" for key, value in chosen.items())]

    @property
    def _own_folder(self) -> list[str]:
        return [f"{key}={value}" for key, value in self.changes.items() if key == searchpath.KEY]

    def _settings(self, maps: Sequence[str]) -> list[str]:
        own = {"env_steps": str(self.spec.env_steps), **self.changes, "env.map": ",".join(maps)}
        return [f"{key}={value}" for key, value in own.items() if key not in ("name", "seed")]


def read_spec(path: Path = FILE) -> Spec:
    """Read the file of the experiment.

    Raises:
        ConfigError: a key is unknown or missing.
    """
    return Spec(**require_keys(read_yaml(path), Spec, str(path)))


def sensitivity(words: Sequence[str], trials: str | None = None, dry: bool = False) -> int:
    """Tune, train the winners on fresh seeds and draw; or only list the studies.

    Args:
        words: models, and settings that replace those of the file.
        trials: settings tried by each study, if not those of the file.
        dry: only list what would be searched.

    Returns:
        The exit code: 1 if a run failed or a trial is unfinished, else 0.

    Raises:
        ConfigError: the command is wrong; nothing was started.
    """
    spec = read_spec()
    changes = dict(as_setting(word).split("=", 1) for word in words if "=" in word)
    experiment = Sensitivity(spec, [word for word in words if "=" not in word] or spec.models, changes, trials)
    if len(experiment.maps) < 2:
        raise ConfigError("sensitivity needs two maps at least: tuned jointly and for each map are the same on one")
    for model in experiment.models:
        plain = experiment.result(model, experiment.maps[0], "", Compositions())
        refuse_tuning_seeds((run.config["seed"] for run in plain), "results need")
    if dry:
        print("\n".join(list_studies(command) for command in experiment.studies().values()))
        return 0
    found = {key: tune_all(command) for key, command in experiment.studies().items()}
    if not all(study.is_done for studies in found.values() for study in studies):
        return 1
    return _results(experiment, found)


def _results(experiment: Sensitivity, found: Mapping[str, Sequence[Study]]) -> int:
    settings = dict[Setting, list[PlannedRun]]()
    for index, model in enumerate(experiment.models):
        compositions = Compositions()
        for map_label in experiment.maps:
            tuned = {JOINTLY: found[JOINTLY][index], EACH: found[map_label][index]}
            for kind, words in {OWN: "", **{kind: _best(study) for kind, study in tuned.items()}}.items():
                runs = experiment.result(model, map_label, words, compositions)
                settings[Setting(model, map_label, kind)] = runs
    unique = list({run.directory.path: run for runs in settings.values() for run in runs}.values())
    check_directories(unique)
    begin([run for run in unique if not run.directory.is_done])
    code = run_sweep(unique, experiment.launcher())
    folder = unique[0].directory.path.parents[2]
    evaluations = read(find_runs(folder))
    path = draw(
        {one: [run.directory.path.parts[-3:] for run in runs] for one, runs in settings.items()},
        evaluations,
        experiment.metric,
        experiment.title,
        folder / "sensitivity.png",
    )
    print(f"sensitivity: {path}, with its numbers in {path.with_suffix('.csv').name} beside it")
    return code


def _best(study: Study) -> str:
    """Return the best settings as overrides; the model's own if every trial was pruned."""
    return overrides_of(study.best.params) if study.best else ""
