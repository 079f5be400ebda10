"""What rewards are divided by: the unscaled return of a win (docs/smac_contract.md §3.1, docs/smacv2.md)."""

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.contract.map_spec import Draft
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.kernel.state import Records


def reward_divisor(flags: Flags, draft: Draft | None, units: Records) -> float:
    """Return what rewards are divided by; see `unscaled_reward`."""
    return unscaled_reward(flags, draft, units) / flags.reward_scale_rate if flags.reward_scale else 1.0


def unscaled_reward(flags: Flags, draft: Draft | None, units: Records) -> float:
    """Return the reward of a win over the enemies among these units or, where teams are drawn, of an expected win."""
    return expected_reward(flags, draft) if draft else most_reward(flags, units[units["hostile"]])


def most_reward(flags: Flags, enemies: Records) -> float:
    """Return the unscaled return of a win without enemy regeneration."""
    toughness = enemies["health_max"].sum() + enemies["shield_max"].sum()
    return float(toughness + flags.reward_death_value * len(enemies) + flags.reward_win)


def expected_reward(flags: Flags, draft: Draft) -> float:
    """Return the expected value of `most_reward` over the teams of the draft."""
    paired = min(draft.allies, draft.enemies)
    toughness = paired * expected_toughness(draft, draft.allies)
    if draft.enemies > paired:
        toughness += (draft.enemies - paired) * expected_toughness(draft, draft.enemies - paired)
    return toughness + flags.reward_death_value * draft.enemies + flags.reward_win


def expected_toughness(draft: Draft, size: int) -> float:
    """Return the expected health and shield of a unit of a team of this size.

    Teams in which all are of kinds that are never alone are drawn again. With a the probability of one such unit and
    μ_a the mean toughness of those, it is (μ - a^size · μ_a) / (1 - a^size).
    """
    odds = dict(zip(draft.kinds, draft.weights, strict=True))
    tough = {kind: UNIT_TYPES[kind].health_max + UNIT_TYPES[kind].shield_max for kind in odds}
    mean = sum(odds[kind] * tough[kind] for kind in odds)
    alone = sum(odds[kind] for kind in draft.never_alone)
    if alone == 0:
        return mean
    mean_alone = sum(odds[kind] * tough[kind] for kind in draft.never_alone) / alone
    return (mean - alone**size * mean_alone) / (1 - alone**size)
