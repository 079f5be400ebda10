"""Pictures of one battle: rewards and attention over time (figure 5), and snapshots of its highlights (figure 6)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.report.battle_highlights import (
    Highlight,
    describe_action,
    find_highlights,
    insight_of,
    recent_deaths,
    unit_name,
)
from aiirmix.report.csv_files import write_csv
from aiirmix.runs.recorded import RecordedRun
from aiirmix.viewer.recording import Recording

HIGHLIGHTS = 4
"""Snapshots in figure 6, and marks in figure 5."""
SNAPSHOT_COLUMNS = ("panel", "step", "agent", "r_in_before", "r_in", "does", "died")


def insight_picture(runs: Sequence[RecordedRun], path: Path, title: str, battle: int, kind: str) -> None:
    """Play a battle of the first run and draw intrinsic rewards and attention over it, with a CSV file beside it.

    Raises:
        ConfigError: the run has no checkpoint yet, or its model has no intrinsic rewards.
    """
    from aiirmix.report.insight_drawing import draw_insight

    recording = play_battle(runs, battle)
    write_insight(recording, path.with_suffix(".csv"))
    draw_insight(recording, find_highlights(recording, HIGHLIGHTS), path, title, kind)


def snapshots_picture(runs: Sequence[RecordedRun], path: Path, title: str, battle: int) -> None:
    """Play a battle of the first run and draw its highlights, with a CSV file beside the picture.

    Raises:
        ConfigError: the run has no checkpoint yet, or its model has no intrinsic rewards.
    """
    from aiirmix.report.snapshot_drawing import draw_snapshots

    recording = play_battle(runs, battle)
    highlights = find_highlights(recording, HIGHLIGHTS)
    rows = [_snapshot_row(recording, highlight) for highlight in highlights]
    write_csv(path.with_suffix(".csv"), SNAPSHOT_COLUMNS, rows)
    draw_snapshots(recording, highlights, path, title)


def play_battle(runs: Sequence[RecordedRun], battle: int) -> Recording:
    """Play a battle with the first run's model, which must have intrinsic rewards.

    Raises:
        ConfigError: there is no checkpoint yet, or the model has no intrinsic rewards.
    """
    from aiirmix.viewer.trained_player import play_model

    recording = play_model(runs[0].directory, battle)
    if recording.insight is None or np.ptp(recording.insight.r_in) == 0:
        raise ConfigError(f"{runs[0].model} has no intrinsic rewards to draw; choose a model that has some")
    return recording


def write_insight(recording: Recording, path: Path) -> None:
    """Write a row for each living agent in each timestep."""
    insight, agents = insight_of(recording), range(recording.n_agents)
    series = [recording.health, recording.shield, insight.r_in, insight.r_total]
    weights = np.empty((recording.steps, recording.n_agents, 0)) if insight.attention is None else insight.attention
    rows = [
        (t, unit_name(recording, i), recording.reward[t], *(values[t, i] for values in series), *weights[t, i])
        for t in range(recording.steps)
        for i in agents
        if recording.alive[t, i]
    ]
    attended = [f"attention to {unit_name(recording, j)}" for j in agents[: weights.shape[-1]]]
    write_csv(path, ["step", "agent", "r_ex", "health", "shield", "r_in", "r_total", *attended], rows)


def _snapshot_row(recording: Recording, highlight: Highlight) -> tuple[object, ...]:
    step, agent = highlight.step, highlight.agent
    described = describe_action(recording, step, agent), recent_deaths(recording, step)
    return (highlight.letter, step, unit_name(recording, agent), highlight.before, highlight.after, *described)
