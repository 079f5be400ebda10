"""Find contradictions between the parts of a run before the first run of a sweep starts."""

from collections.abc import Iterator, Sequence

from aiirmix.common.errors import ConfigError
from aiirmix.launch.job import reason, uninterrupted
from aiirmix.launch.plan import PlannedRun
from aiirmix.launch.planning import planning
from aiirmix.runs.config import settings_digest


def rehearse_runs(runs: Sequence[PlannedRun]) -> None:
    """Build each environment once, and each model with each kind of environment.

    Runs that have begun were built already.

    Raises:
        ConfigError: one of them cannot be built.
    """
    with uninterrupted():
        from aiirmix.training.rehearsal import rehearse

    for run in _different([run for run in runs if not run.directory.checkpoint_file.exists()]):
        try:
            rehearse(run.config)
        except MemoryError:
            # The machine that plays the run may have more.
            continue
        except Exception as error:
            raise ConfigError(f"{run.directory.path} cannot start: {reason(error)}") from error


def environments_of(runs: Sequence[PlannedRun]) -> list[str]:
    """Return the names of the environments that runs would be played in, versions included, each once.

    Raises:
        InstantiationException: one of them cannot be built; `rehearse_runs` comes first.
    """
    with uninterrupted():
        from aiirmix.training.rehearsal import environment_name

    different = {settings_digest({"env": run.config["env"]}): run.config["env"] for run in runs}
    return list(dict.fromkeys(environment_name(env) for env in different.values()))


def _different(runs: Sequence[PlannedRun]) -> Iterator[PlannedRun]:
    """Yield the runs whose environment no earlier one has, or whose model no earlier one has in such an environment.

    Maps are environments of one kind, with the same class: what a model needs of one, it finds in the others.
    """
    seen, known = set[tuple[str, ...]](), dict[int, str]()

    def digest(run: PlannedRun, part: str) -> str:
        """Return the digest of a part, which runs that differ in their seed share."""
        key = id(run.config[part])
        known[key] = known.get(key) or settings_digest({part: run.config[part]})
        return known[key]

    for run in planning(runs):
        parts = {(digest(run, "env"),), (digest(run, "model"), str(run.config["env"]["_target_"]))}
        if not parts <= seen:
            seen |= parts
            yield run
