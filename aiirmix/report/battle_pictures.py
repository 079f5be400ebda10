"""Pictures of one battle: what each agent was paid and whom it attended to (figure 5), and its moments (figure 6)."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.report.battle_moments import insight_of, name_of_unit, turning_points, what_it_does, who_just_died
from aiirmix.runs.recorded import RecordedRun
from aiirmix.viewer.recording import Recording

MOMENTS = 4
"""Snapshots in figure 6, and marks in figure 5."""


def insight_picture(runs: Sequence[RecordedRun], path: Path, title: str, battle: int, kind: str) -> None:
    """Plays a battle of the first run and draws intrinsic rewards and attention over it, with a CSV file beside it.

    Raises:
        ConfigError: the run has no checkpoint yet, or its model pays no intrinsic reward.
    """
    from aiirmix.report.battle_drawing import draw_insight

    recording = played(runs, battle)
    write_insight(recording, path.with_suffix(".csv"))
    draw_insight(recording, turning_points(recording, MOMENTS), path, title, kind)


def snapshots_picture(runs: Sequence[RecordedRun], path: Path, title: str, battle: int) -> None:
    """Plays a battle of the first run and draws it where the intrinsic reward moves most, with a CSV file beside it.

    Raises:
        ConfigError: the run has no checkpoint yet, or its model pays no intrinsic reward.
    """
    from aiirmix.report.snapshots import draw_snapshots

    recording = played(runs, battle)
    points = turning_points(recording, MOMENTS)
    rows = []
    for point in points:
        does = what_it_does(recording, point.step, point.agent)
        agent = name_of_unit(recording, point.agent)
        died = who_just_died(recording, point.step)
        rows.append((point.letter, point.step, agent, point.before, point.after, does, died))
    _write(path.with_suffix(".csv"), ["panel", "step", "agent", "r_in_before", "r_in", "does", "died"], rows)
    draw_snapshots(recording, points, path, title)


def played(runs: Sequence[RecordedRun], battle: int) -> Recording:
    """A battle of the first run's model, which pays intrinsic rewards.

    Raises:
        ConfigError: there is no checkpoint yet, or the model pays none.
    """
    from aiirmix.viewer.models import play_model

    recording = play_model(runs[0].directory, battle)
    if recording.insight is None:
        raise ConfigError(f"{runs[0].model} pays no intrinsic reward, so there is none to draw")
    return recording


def write_insight(recording: Recording, path: Path) -> None:
    """Writes a row for each living agent in each step."""
    insight, agents = insight_of(recording), range(recording.n_agents)
    series = [recording.health, recording.shield, insight.r_in, insight.r_total]
    weights = np.empty((recording.steps, recording.n_agents, 0)) if insight.attention is None else insight.attention
    rows = [
        (t, name_of_unit(recording, i), recording.reward[t], *(values[t, i] for values in series), *weights[t, i])
        for t in range(recording.steps)
        for i in agents
        if recording.alive[t, i]
    ]
    attended = [f"attention to {name_of_unit(recording, j)}" for j in agents[: weights.shape[-1]]]
    _write(path, ["step", "agent", "r_ex", "health", "shield", "r_in", "r_total", *attended], rows)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
