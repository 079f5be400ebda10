"""How much chance there is in the battles of trained models: how many of a model's greedy battles differ.

Together with an open-loop model, which knows nothing but the time, it shows on which maps observations are needed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.evaluation.fresh_episodes import play_episodes
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.runs.directory import RunDirectory

RETURN_DIGITS = 4
"""Returns that agree up to here are of the same outcome."""
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Outcomes:
    """The greedy battles of one trained model."""

    map_label: str
    model: str
    env_steps: int
    won: float
    """Fraction of the battles."""
    distinct: int
    """How many of the battles differ in whether they are won, in their return or in their length."""


def play_outcomes(directory: RunDirectory, episodes: int, seed: int, advance: Advance) -> Outcomes:
    """Play greedy battles with the model of a run.

    Raises:
        ConfigError: there is no checkpoint, or this version cannot load it.
    """
    trained = load_trained(directory)
    batch = play_episodes(trained, episodes, seed, advance)
    labels, steps = directory.labels, int(trained.learner.env_steps)
    return Outcomes(labels.map, labels.model, steps, float(batch.won.float().mean()), distinct_outcomes(batch))


def distinct_outcomes(batch: EpisodeBatch) -> int:
    """Return how many different outcomes the episodes have."""
    returns = [round(value, RETURN_DIGITS) for value in batch.returns.tolist()]
    return len(set(zip(batch.won.tolist(), returns, batch.lengths.tolist(), strict=True)))


def table(played: Sequence[Outcomes], episodes: int) -> str:
    """Return a row for each map and model, with the means over runs; maps that nothing was trained on have dashes."""
    groups: Mapping[tuple[str, str], list[Outcomes]] = _grouped(played)
    head = f"| map | model | runs | env steps | wins | distinct outcomes of {episodes} battles |"
    return "\n".join([head, "|---|---|--:|--:|--:|--:|", *_rows(groups)])


def _grouped(played: Iterable[Outcomes]) -> dict[tuple[str, str], list[Outcomes]]:
    groups = defaultdict(list)
    for outcomes in played:
        groups[outcomes.map_label, outcomes.model].append(outcomes)
    return groups


def _rows(groups: Mapping[tuple[str, str], list[Outcomes]]) -> Iterable[str]:
    """Yield the rows, SMAC's maps first, then SMACv2's scenarios, then all others."""
    others = sorted({name for name, _ in groups} - {*MAP_NAMES, *SCENARIO_NAMES})
    for name in (*MAP_NAMES, *SCENARIO_NAMES, *others):
        models = sorted(model for map_label, model in groups if map_label == name)
        for model in models:
            runs = groups[name, model]
            steps = min(run.env_steps for run in runs)
            wins, distinct = fmean(run.won for run in runs), fmean(run.distinct for run in runs)
            yield f"| {name} | {model} | {len(runs)} | {steps:,} | {wins:.1%} | {distinct:.0f} |"
        if not models:
            yield f"| {name} | – | – | – | – | – |"
