"""Between two timesteps, everything is interpolated."""

import numpy as np

from aiirmix.viewer.motion import Motion
from tests.viewer.sample_battles import AMBUSH


def test_positions_health_and_shields_are_interpolated_linearly():
    snapshot = Motion(AMBUSH).at(1.25)
    assert snapshot.step == 1
    np.testing.assert_allclose(snapshot.places, [[10.0, 10.0], [10.0, 12.0], [13.5, 12.0]])
    np.testing.assert_allclose(snapshot.health, [45, 33.75, 95])
    np.testing.assert_allclose(snapshot.shield, [0, 0, 30])


def test_the_end_is_the_last_timestep():
    snapshot = Motion(AMBUSH).at(4.0)
    assert snapshot.step == 3
    np.testing.assert_allclose(snapshot.health, AMBUSH.health[-1])


def test_a_unit_is_dead_from_its_first_timestep_without_health():
    np.testing.assert_allclose(Motion(AMBUSH).at(3.5).dead_for, [-np.inf, 1.5, -0.5])
    assert (Motion(AMBUSH).at(2.0).dead_for < 0).tolist() == [True, False, True]


def test_units_face_their_targets_or_where_they_walk_or_as_before():
    facings = np.array([Motion(AMBUSH).at(t).facing for t in range(4)])
    marine_1, marine_2, zealot = facings.T
    np.testing.assert_allclose(marine_1, [0, np.arctan2(2, 2), np.pi / 2, np.arctan2(1, 1)])
    np.testing.assert_allclose(marine_2, 0)
    np.testing.assert_allclose(zealot, [np.pi, np.pi, np.arctan2(-1, -1), np.arctan2(-1, -1)])
