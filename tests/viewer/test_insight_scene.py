"""Pictures with the attention of one agent and its rewards below the battle."""

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.viewer.gif import save_gif
from aiirmix.viewer.insight_scene import CAPTION, HEIGHT, InsightScene, scene_of
from aiirmix.viewer.scene import Scene
from aiirmix.viewer.view import WIDTH
from tests.viewer.sample_battles import AMBUSH, AMBUSH_WITHOUT_ATTENTION, AMBUSH_WITHOUT_MODEL

ATTENTION, AGENTS, HEAL = (0xE3, 0x8B, 0xC0), (0x56, 0xB4, 0xE9), (0x3D, 0xDC, 0x97)


def pixels_of(picture, colour, nearly=60):
    """Return where a picture is close to a colour, [height, width]."""
    return abs(np.asarray(picture).astype(int) - np.array(colour)).max(-1) < nearly


def test_the_charts_are_below_the_battle_which_stays_as_it_is():
    battle, whole = Scene(AMBUSH).picture(3.5), scene_of(AMBUSH, 2).picture(3.5)
    assert whole.size == (WIDTH, battle.height + HEIGHT)
    above = slice(battle.height - 8)  # resampling blends the rows at the seam
    assert np.array_equal(np.asarray(whole)[above], np.asarray(battle)[above])  # agent 2 is dead
    assert scene_of(AMBUSH, None).picture(0).size == battle.size


def test_arcs_of_attention_are_drawn_from_a_living_agent_to_living_ones():
    def arcs(recording, time):
        pictures = InsightScene(recording, 1).picture(time), Scene(recording).picture(time)
        with_arcs, without = (int(pixels_of(picture, ATTENTION).sum()) for picture in pictures)
        return with_arcs - without

    assert arcs(AMBUSH, 0.5) > 50 + abs(arcs(AMBUSH_WITHOUT_ATTENTION, 0.5))
    assert arcs(AMBUSH, 3.5) == arcs(AMBUSH_WITHOUT_ATTENTION, 3.5)  # agent 2 is dead


def test_a_line_rises_with_the_reward_and_is_cut_off_at_the_ends_of_the_scale():
    """The intrinsic reward of agent 1 rises from 0.5 to 1 over three steps; the last step is left out of the scale."""
    scene = InsightScene(AMBUSH, 1)
    top = scene.scene.size[1] // 2 + CAPTION
    chart = pixels_of(scene.picture(0), AGENTS)[top:, WIDTH // 3 : 2 * WIDTH // 3]
    heights = [np.flatnonzero(chart[:, x]).mean() for x in (40, 90, 140)]
    assert heights[0] > heights[1] > heights[2]
    assert not pixels_of(scene.picture(0), HEAL)[top - CAPTION + 4 : top - 2].any()


@pytest.mark.parametrize(
    ("recording", "agent", "message"),
    [
        (AMBUSH, 3, "--agent must be from 1 to 2, not 3"),
        (AMBUSH, 0, "--agent must be from 1 to 2, not 0"),
        (AMBUSH_WITHOUT_MODEL, 1, "--agent: hand <made> gives agents no rewards of their own"),
    ],
)
def test_an_agent_that_cannot_be_shown_is_refused(recording, agent, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        save_gif(recording, tmp_path / "battle.gif", agent)
    assert not list(tmp_path.iterdir())
