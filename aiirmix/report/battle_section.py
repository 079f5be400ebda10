"""The report's section on battles: for each trained model the viewer, and a picture for print."""

import base64
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.runs.recorded import RecordedRun
from aiirmix.runs.status import run_state
from aiirmix.viewer.recording import Recording


@dataclass(frozen=True)
class Battle:
    """A battle of a model on a map, or the reason why there is none."""

    map_label: str
    model: str
    seed: int
    """Of the run that plays."""
    why_not: str = ""
    player: str = ""
    """A page."""
    picture: str = ""
    """A PNG image as a data URI; empty for a model without intrinsic rewards."""
    summary: str = ""
    """The outcome, in words."""


def play_all(groups: Iterable[Sequence[RecordedRun]], battle: int) -> list[Battle]:
    """Play a battle for each group of runs that differ only in their seeds, with a progress bar.

    Args:
        groups: the runs of each model on each map.
        battle: the seed of the battle.
    """
    from rich.progress import track

    return [play(runs, battle) for runs in track(list(groups), "battles", transient=True)]


def play(runs: Sequence[RecordedRun], battle: int) -> Battle:
    """Play a battle with the run that has got furthest, one that is done if possible; arguments as of `play_all`."""
    run = min(runs, key=lambda run: (run_state(run.directory) != "done", -run.reached, run.seed))
    try:
        return _played(run, battle)
    except ConfigError as error:
        return Battle(run.map_label, run.model, run.seed, why_not=str(error))


def data_uri(content: bytes, kind: str) -> str:
    """Return content of a media type as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _played(run: RecordedRun, battle: int) -> Battle:
    from aiirmix.viewer.page import player_page
    from aiirmix.viewer.trained_player import play_model

    recording = play_model(run.directory, battle)
    summary = f"{recording.outcome} after {recording.steps} steps, return {recording.reward.sum():.1f}"
    return Battle(run.map_label, run.model, run.seed, "", player_page(recording), _picture(recording), summary)


def _picture(recording: Recording) -> str:
    if recording.insight is None:
        return ""
    from aiirmix.report.insight_drawing import draw_insight

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "insight.png")
        draw_insight(recording, [], path, "")
        return data_uri(path.read_bytes(), "image/png")
