"""Find contradictions between the parts of a run before the first run of a sweep starts."""

from collections.abc import Iterator, Sequence

from aiirmix.common.errors import ConfigError
from aiirmix.launch.job import reason, uninterrupted
from aiirmix.launch.plan import PlannedRun
from aiirmix.launch.planning import planning
from aiirmix.runs.config import settings_digest


def rehearse_runs(runs: Sequence[PlannedRun]) -> None:
    """Build each model with each environment that these runs give it, once. Runs that have begun were built already.

    Raises:
        ConfigError: one of them cannot be built.
    """
    with uninterrupted():
        from aiirmix.training.rehearsal import rehearse

    for run in _different([run for run in runs if not run.directory.checkpoint_file.exists()]):
        try:
            rehearse(run.config)
        except Exception as error:
            raise ConfigError(f"{run.directory.path} cannot start: {reason(error)}") from error


def _different(runs: Sequence[PlannedRun]) -> Iterator[PlannedRun]:
    """Yield the runs whose model no earlier one has in the same environment."""
    seen, known = set[tuple[str, str]](), dict[int, str]()

    def digest(run: PlannedRun, part: str) -> str:
        """Return the digest of a part, which runs that differ in their seed share."""
        key = id(run.config[part])
        known[key] = known.get(key) or settings_digest({part: run.config[part]})
        return known[key]

    for run in planning(runs):
        pair = digest(run, "model"), digest(run, "env")
        if pair not in seen:
            seen.add(pair)
            yield run
