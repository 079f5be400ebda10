"""Compiled loops over the battles of a batch, each of which has its own rows of the arrays."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.counter_rng import GOLDEN
from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.kernel.compiled import cached_njit, njit
from aiirmix.envs.skirmish.kernel.engine import play_loop, start
from aiirmix.envs.skirmish.kernel.orders import NO_OP, order_action
from aiirmix.envs.skirmish.kernel.rng import exchange_generators, mix
from aiirmix.envs.skirmish.kernel.roster import Roster
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules
from aiirmix.envs.skirmish.kernel.terrain import Terrain
from aiirmix.envs.skirmish.rules.capabilities import draw_capabilities, kill_weak, mark_weak, sends_order
from aiirmix.envs.skirmish.rules.features import write_frame
from aiirmix.envs.skirmish.rules.masks import is_available, is_target
from aiirmix.envs.skirmish.rules.rewards import DRAWN, LOST, ONGOING, TIMED_OUT, WON, end_of, step_reward

LEGAL = -1
"""Returned by `find_illegal` if all actions are available."""


@cached_njit
def start_battles(
    rules: Records,
    terrain: Terrain,
    roster: Roster,
    seeds: NDArray[np.int64],
    battles: Records,
    units: Records,
    frame: Frame,
) -> None:
    """Start battle b from seeds[b]."""
    for b in range(len(seeds)):
        battles[b].rng_state = np.uint64(seeds[b])
        battles[b].look_state = mix(battles[b].rng_state + GOLDEN)
        start(rules[0], terrain, battles[b], units[b], roster)
        exchange_generators(battles[b])
        draw_capabilities(rules[0], battles[b], units[b])
        exchange_generators(battles[b])
        write_frame(rules[0], terrain, battles[b], units[b], frame, b)


@cached_njit
def find_illegal(
    rules: Records, pathing: NDArray[np.bool_], battles: Records, units: Records, actions: NDArray[np.int64]
) -> int:
    """Return the first unavailable action, as battle · N + agent, or LEGAL."""
    for b in range(len(battles)):
        for i in range(rules[0].n_agents):
            if not battles[b].over and not is_available(rules[0], pathing, units[b], i, actions[b, i]):
                return b * int(rules[0].n_agents) + i
    return LEGAL


@cached_njit
def advance(
    rules: Records,
    terrain: Terrain,
    battles: Records,
    units: Records,
    actions: NDArray[np.int64],
    frame: Frame,
    outcome: Outcome,
    first: int,
    last: int,
) -> None:
    """Play one environment step of the running battles first … last - 1 and write their rows of frame and outcome.

    The actions are [B, N], or [0, N] if the units carry out the orders that they have. A frame of no battles is not
    written.
    """
    for b in range(first, last):
        advance_battle(rules[0], terrain, battles[b], units[b], actions, frame, outcome, b)


@njit
def advance_battle(
    rules: Rules,
    terrain: Terrain,
    battle: Battle,
    units: Records,
    actions: NDArray[np.int64],
    frame: Frame,
    outcome: Outcome,
    b: int,
) -> None:
    """Play one environment step of battle b, if it is not over."""
    if battle.over:
        return
    if len(actions) > 0:
        exchange_generators(battle)
        order_team(rules, battle, units, actions[b])
        exchange_generators(battle)
    for unit in units:
        unit.dealt, unit.healed, unit.absorbed = 0.0, 0.0, 0.0
    if rules.draws_health:
        mark_weak(rules, units)
    for loop in range(rules.step_mul):
        if rules.draws_health and loop == rules.step_mul - rules.kill_unit_step_mul:
            kill_weak(rules, units)
        play_loop(rules, terrain, battle, units)
    battle.step += 1
    end = end_of(rules, battle, units)
    battle.over = end != ONGOING
    outcome.reward[b] = step_reward(rules, units, end)
    outcome.terminated[b] = end in (WON, LOST, DRAWN)
    outcome.truncated[b] = end == TIMED_OUT
    outcome.won[b] = end == WON
    if len(frame.obs) > 0:
        write_frame(rules, terrain, battle, units, frame, b)


@njit
def order_team(rules: Rules, battle: Battle, units: Records, actions: NDArray[np.int64]) -> None:
    """Give a battle's agents the orders that the actions [N] mean; numbers that are no action mean no-op.

    An agent keeps its order if it fails to send another or, without `action_mask`, if the target is out of range.
    """
    for i in range(rules.n_agents):
        action = actions[i] if 0 <= actions[i] < rules.n_actions else NO_OP
        units[i].last_action = action
        if action < rules.first_target or (
            sends_order(rules, battle, units[i])
            and (rules.action_mask or is_target(rules, units, i, action - rules.first_target))
        ):
            order_action(rules, units, i, action)
