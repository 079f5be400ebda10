"""Small battles written by hand."""

from dataclasses import replace

import numpy as np

from aiirmix.viewer.recording import Insight, Recording, UnitInfo

MARINE = UnitInfo(
    "marine", hostile=False, health_max=45.0, shield_max=0.0, radius=0.375, range=5.0, splash=0.0, sweep=0.0
)
ZEALOT = UnitInfo(
    "zealot", hostile=True, health_max=100.0, shield_max=50.0, radius=0.5, range=0.1, splash=0.0, sweep=0.0
)

INSIGHT = Insight(
    r_in=np.array([[0.5, -0.25], [0.75, -0.5], [1.0, 0.0], [0.125, 0.0]]),
    r_total=np.array([[1.5, 0.75], [2.75, 1.5], [4.0, 3.0], [4.125, 4.0]]),
    attention=np.array([[[0.25, 0.75], [0.5, 0.5]]] * 2 + [[[1.0, 0.0], [1.0, 0.0]]] * 2),
)

AMBUSH = Recording(
    simulator_version=1,
    settings={"map": "8m"},
    seed=5,
    actions=np.array([[1, 6], [6, 6], [2, 0], [6, 0]]),
    played_by="hand <made>",
    outcome="won",
    ground=np.ones((32, 32), int),
    units=(MARINE, MARINE, ZEALOT),
    x=np.array([[10.0, 10, 16], [10, 10, 14], [10, 10, 12], [10, 10, 11], [10, 10, 11]]),
    y=np.array([[10.0, 12, 12], [10, 12, 12], [10, 12, 12], [11, 12, 12], [11, 12, 12]]),
    health=np.array([[45.0, 45, 100], [45, 45, 100], [45, 0, 80], [45, 0, 80], [45, 0, 0]]),
    shield=np.array([[0.0, 0, 50], [0, 0, 40], [0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    alive=np.array([[1, 1, 1], [1, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 0]], bool),
    order=np.array([[0, 2, 1], [2, 2, 2], [1, 2, 2], [2, 2, 2]]),
    target=np.array([[-1, 2, -1], [2, 2, 1], [-1, 2, 0], [2, 2, 0]]),
    fired_at=np.array([[-1, 2, -1], [2, 2, 1], [-1, -1, -1], [2, -1, -1]]),
    reward=np.array([1.0, 2.0, 3.0, 4.0]),
    insight=INSIGHT,
)
"""Two marines against a zealot, which walks west, kills marine 2 in the second step and dies in the last."""

AMBUSH_WITHOUT_MODEL = replace(AMBUSH, insight=None)
AMBUSH_WITHOUT_ATTENTION = replace(AMBUSH, insight=replace(INSIGHT, attention=None))
AMBUSH_WITHOUT_REWARDS = replace(AMBUSH, insight=replace(INSIGHT, r_in=np.zeros_like(INSIGHT.r_in)))
"""As of the control `none`."""

COLOSSUS = UnitInfo(
    "colossus", hostile=False, health_max=200.0, shield_max=150.0, radius=1.0, range=6.0, splash=0.0, sweep=1.25
)
BANELING = UnitInfo(
    "baneling", hostile=True, health_max=30.0, shield_max=0.0, radius=0.375, range=0.25, splash=2.2, sweep=0.0
)
CLIFF = np.repeat([[1] * 12 + [4] * 2 + [3] * 3 + [0] * 15], 32, axis=0)
"""Floor in the south, then a cliff, a plateau and rock."""

STORM = replace(
    AMBUSH_WITHOUT_MODEL,
    settings={"map": "2c_vs_64zg"},
    ground=CLIFF,
    units=(COLOSSUS, COLOSSUS, BANELING),
    x=np.array([[10.0, 14, 16], [10, 14, 16], [10, 14, 16], [10, 14, 16], [10, 14, 16]]),
    y=np.array([[16.0, 16, 11], [16, 16, 11], [16, 16, 11], [16, 16, 11], [16, 16, 11]]),
    health=np.array([[200.0, 200, 30], [200, 200, 30], [200, 200, 0], [200, 200, 0], [200, 200, 0]]),
    alive=np.array([[1, 1, 1], [1, 1, 1], [1, 1, 0], [1, 1, 0], [1, 1, 0]], bool),
    fired_at=np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, -1], [-1, -1, -1]]),
)
"""Two colossi on a plateau sweep a baneling below, which explodes in the second step."""
