"""Figures 5 and 6, of a battle made by hand."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from aiirmix.common.errors import ConfigError
from aiirmix.report import battle_moments, battle_pictures
from aiirmix.report.battle_drawing import draw_insight, key_of, largest_weight
from aiirmix.report.battle_moments import deaths, name_of_unit, turning_points, what_it_does, who_just_died
from aiirmix.report.snapshots import AROUND, FLATNESS, box_of
from aiirmix.report.style import AGENT_COLOURS
from aiirmix.runs.recorded import find_runs
from aiirmix.viewer import trained_player
from aiirmix.viewer.scene import Scene
from tests.report.fake_runs import fake_run
from tests.viewer.sample_battles import (
    AMBUSH,
    AMBUSH_WITHOUT_ATTENTION,
    AMBUSH_WITHOUT_MODEL,
    COLOSSUS,
    INSIGHT,
    MARINE,
    ZEALOT,
)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A run whose model plays the battle made by hand."""
    monkeypatch.setattr(trained_player, "play_model", lambda directory, seed: AMBUSH)
    fake_run(tmp_path / "x", [0.5])
    return find_runs(tmp_path / "x")


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_largest_change_of_a_living_agent_is_found():
    """Marine 1 is paid 1 and then 1/8; marine 2's last change is that of a dead agent."""
    [point] = turning_points(AMBUSH, 4)
    assert (point.step, point.agent, point.before, point.after, point.letter) == (3, 0, 1.0, 0.125, "a")


def test_moments_are_apart_and_in_the_order_of_their_steps(monkeypatch):
    monkeypatch.setattr(battle_moments, "APART", 2)
    points = turning_points(AMBUSH, 2)
    assert [(point.step, point.agent, point.letter) for point in points] == [(1, 0, "a"), (3, 0, "b")]
    assert points[0].change == 0.25


def test_a_constant_reward_has_no_moments():
    insight = replace(INSIGHT, r_in=np.ones((4, 2)))
    assert turning_points(replace(AMBUSH, insight=insight), 4) == []


def test_units_and_their_deeds_are_named_as_in_the_player():
    assert [name_of_unit(AMBUSH, u) for u in range(3)] == ["marine 1", "marine 2", "zealot 1"]
    assert what_it_does(AMBUSH, 0, 1) == "attacks enemy zealot 1, health 45 of 45"
    assert what_it_does(AMBUSH, 2, 0) == "moves, health 45 of 45"


def test_deaths_are_told_in_the_step_after_them():
    """Marine 2 dies in the second step, the zealot in the last, which has none after it."""
    assert deaths(AMBUSH) == [(2, 1), (4, 2)]
    assert [who_just_died(AMBUSH, step) for step in range(4)] == ["", "", "marine 2 just died", ""]
    both = replace(AMBUSH, alive=np.array([[1, 1, 1], [1, 1, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]], bool))
    assert who_just_died(both, 2) == "marine 2 and enemy zealot 1 just died"


def test_weights_of_the_dead_and_for_oneself_do_not_stretch_the_scale():
    """Marine 2 is dead when marine 1 has a weight of 1, which is for itself; marine 2 never had more than 0.5."""
    assert largest_weight(AMBUSH, [0]) == 0.75
    assert largest_weight(AMBUSH, [1]) == 0.5


def test_the_key_explains_what_is_drawn():
    points = turning_points(AMBUSH, 1)
    assert key_of(AMBUSH, points) == (
        "×: death, in orange of an enemy; grey dots: even attention; a to a: where a reward moves most."
    )
    mixed = replace(AMBUSH_WITHOUT_ATTENTION, units=(MARINE, COLOSSUS, ZEALOT))
    assert key_of(mixed, []) == "Solid: marine, dashed: colossus; ×: death, in orange of an enemy."


def test_snapshots_show_all_who_live_and_no_more_than_is_needed():
    scene, [point] = Scene(AMBUSH), turning_points(AMBUSH, 1)
    left, top, right, bottom = box_of(scene, [point])
    x, y = scene.place(np.array([[10.0, 11.0], [11.0, 12.0]])).T
    margin = AROUND * scene.cell
    assert (left, right) == pytest.approx((x[0] - margin, x[1] + margin), abs=1)
    assert bottom - top == pytest.approx(max(y[0] - y[1] + 2 * margin, FLATNESS * (right - left)), abs=2)


def test_the_numbers_of_living_agents_are_beside_the_picture(runs, tmp_path):
    battle_pictures.insight_picture(runs, tmp_path / "figure5.png", "title", battle=0, kind="marine")
    rows = rows_of(tmp_path / "figure5.csv")
    assert [(row["step"], row["agent"]) for row in rows] == [
        ("0", "marine 1"),
        ("0", "marine 2"),
        ("1", "marine 1"),
        ("1", "marine 2"),
        ("2", "marine 1"),
        ("3", "marine 1"),
    ]
    assert rows[3] == {
        "step": "1",
        "agent": "marine 2",
        "r_ex": "2.0",
        "health": "45.0",
        "shield": "0.0",
        "r_in": "-0.5",
        "r_total": "1.5",
        "attention to marine 1": "0.5",
        "attention to marine 2": "0.5",
    }


def test_the_snapshots_are_described(runs, tmp_path):
    battle_pictures.snapshots_picture(runs, tmp_path / "figure6.png", "title", battle=0)
    [row] = rows_of(tmp_path / "figure6.csv")
    assert (row["panel"], row["step"], row["agent"]) == ("a", "3", "marine 1")
    assert (row["does"], row["died"]) == ("attacks enemy zealot 1, health 45 of 45", "")
    assert imread(tmp_path / "figure6.png").shape[1] == 1540


def test_every_agent_has_a_line_and_attention_a_column_of_its_own(tmp_path):
    widths = []
    for recording in (AMBUSH, AMBUSH_WITHOUT_ATTENTION):
        draw_insight(recording, turning_points(recording, 2), tmp_path / "x.png", "title")
        pixels = imread(tmp_path / "x.png")[..., :3]
        widths.append(pixels.shape[1])
        assert all(np.isclose(pixels, to_rgb(colour), atol=0.02).all(-1).any() for colour in AGENT_COLOURS[:2])
    assert widths[1] < widths[0]


def test_a_model_without_intrinsic_rewards_is_refused(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(trained_player, "play_model", lambda directory, seed: AMBUSH_WITHOUT_MODEL)
    with pytest.raises(ConfigError, match="aiir_mix pays no intrinsic reward"):
        battle_pictures.insight_picture(runs, tmp_path / "figure5.png", "title", battle=0, kind="marine")
