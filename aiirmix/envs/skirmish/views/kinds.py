"""Kinds of units in SMAC's class, and its constants for them (docs/smac_contract.md §2.3, §2.4)."""

from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.rules.features import SIGHT
from aiirmix.envs.skirmish.rules.masks import SHOOT_RANGE
from aiirmix.envs.skirmish.views.battle_view import BattleView
from aiirmix.envs.skirmish.views.raw import AGENT, FIRST_AGENT_TYPE, RawUnit

MAP_TYPES = {
    ("colossus",): "colossus",
    ("hydralisk",): "hydralisks",
    ("marine",): "marines",
    ("stalker",): "stalkers",
    ("zealot",): "zealots",
    ("baneling", "zergling"): "bane",
    ("stalker", "zealot"): "stalkers_and_zealots",
    ("marauder", "marine", "medivac"): "MMM",
    ("colossus", "stalker", "zealot"): "colossi_stalkers_zealots",
}
"""SMAC's types of map by the kinds of the agents, in alphabetical order."""
DEFAULT_MAX_COOLDOWN = 15
"""What SMAC divides the cooldown of all other units by, and so of every enemy."""


class Kinds(BattleView):
    """What depends on a unit's kind."""

    @property
    def map_type(self) -> str:
        """SMAC's type of the map; if it has none for the agents, their kinds."""
        kinds = tuple(sorted({squad.unit for squad in self.battle.engine.map_spec.allies}))
        return MAP_TYPES.get(kinds, "_".join(kinds))

    @property
    def marine_id(self) -> int:
        """The type number of the agents' marines; this and the following are 0 if there are none."""
        return self._type_of("marine")

    @property
    def marauder_id(self) -> int:
        """That of their marauders."""
        return self._type_of("marauder")

    @property
    def medivac_id(self) -> int:
        """That of their medivacs."""
        return self._type_of("medivac")

    @property
    def hydralisk_id(self) -> int:
        """That of their hydralisks."""
        return self._type_of("hydralisk")

    @property
    def zergling_id(self) -> int:
        """That of their zerglings."""
        return self._type_of("zergling")

    @property
    def baneling_id(self) -> int:
        """That of their banelings."""
        return self._type_of("baneling")

    @property
    def stalker_id(self) -> int:
        """That of their stalkers."""
        return self._type_of("stalker")

    @property
    def colossus_id(self) -> int:
        """That of their colossi."""
        return self._type_of("colossus")

    @property
    def zealot_id(self) -> int:
        """That of their zealots."""
        return self._type_of("zealot")

    def get_unit_type_id(self, unit: RawUnit, ally: bool) -> int:
        """Return the unit's index among the type bits of its side; 0 if there are none."""
        spec = self.battle.engine.map_spec
        bits = spec.ally_bits if ally else spec.enemy_bits
        return bits.index(unit.kind) if bits else 0

    def unit_shoot_range(self, agent_id: int) -> float:
        """Return the range of attacks in cells; the same for all agents."""
        return SHOOT_RANGE

    def unit_sight_range(self, agent_id: int) -> float:
        """Return the range of sight in cells; the same for all agents."""
        return SIGHT

    def unit_max_cooldown(self, unit: RawUnit) -> float:
        """Return the divisor of the unit's cooldown in the state; for a medivac, that of its energy."""
        return UNIT_TYPES[unit.kind].cooldown_scale if unit.owner == AGENT else DEFAULT_MAX_COOLDOWN

    def unit_max_shield(self, unit: RawUnit) -> float | None:
        """Return the unit's full shield; None if it has none."""
        return unit.shield_max or None

    def _type_of(self, kind: str) -> int:
        """Return the type number of the agents' units of this kind, or 0."""
        spec = self.battle.engine.map_spec
        kinds = spec.ally_bits or (spec.allies[0].unit,)
        return FIRST_AGENT_TYPE + kinds.index(kind) if kind in kinds else 0
