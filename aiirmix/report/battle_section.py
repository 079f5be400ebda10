"""Battles of trained models for the report: the player, and a picture for paper."""

import base64
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.report.inventory import state_of
from aiirmix.runs.recorded import RecordedRun


@dataclass(frozen=True)
class Battle:
    """A battle of a model on a map, or the reason why there is none."""

    world: str
    model: str
    seed: int
    """Of the run that plays."""
    why_not: str = ""
    player: str = ""
    """A page."""
    picture: str = ""
    """A PNG image as a data URI; none of a model without intrinsic rewards."""
    told: str = ""
    """How it ended, in words."""


def play(runs: Sequence[RecordedRun], battle: int) -> Battle:
    """A battle of one of the runs of a model on a map: of a complete one if there is one.

    Args:
        runs: they differ in their seeds alone.
        battle: its seed.
    """
    run = min(runs, key=lambda run: (state_of(run) != "complete", -run.reached, run.seed))
    try:
        return _played(run, battle)
    except ConfigError as error:
        return Battle(run.world, run.model, run.seed, why_not=str(error))


def _played(run: RecordedRun, battle: int) -> Battle:
    from aiirmix.viewer.models import play_model
    from aiirmix.viewer.page import player_page

    recording = play_model(run.directory, battle)
    told = f"{recording.outcome} after {recording.steps} steps, return {recording.reward.sum():.1f}"
    picture = ""
    if recording.insight is not None:
        from aiirmix.report.battle_drawing import draw_insight

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "insight.png")
            draw_insight(recording, [], path, "")
            picture = data_uri(path.read_bytes(), "image/png")
    return Battle(run.world, run.model, run.seed, "", player_page(recording), picture, told)


def data_uri(content: bytes, kind: str) -> str:
    """Content as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
