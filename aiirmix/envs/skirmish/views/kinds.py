"""Kinds of units in SMAC's class, and its constants for them (docs/smac_contract.md §2.3, §2.4)."""

from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.views.battle_view import BattleView
from aiirmix.envs.skirmish.views.raw import AGENT, RawUnit, agent_kinds, agent_type

MAP_TYPES: dict[tuple[str, ...], str] = {
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
DRAFT_TYPES: dict[tuple[str, ...], str] = {
    ("colossus", "stalker", "zealot"): "protoss_gen",
    ("marauder", "marine", "medivac"): "terran_gen",
    ("baneling", "hydralisk", "zergling"): "zerg_gen",
}
"""The same where teams are drawn, SMACv2's."""
DEFAULT_MAX_COOLDOWN = 15
"""What SMAC divides the cooldown of all other units by, and so of every enemy."""


class Kinds(BattleView):
    """What depends on a unit's kind."""

    @property
    def map_type(self) -> str:
        """SMAC's or SMACv2's type of the map; if it has none for the agents, their kinds."""
        kinds = tuple(sorted(agent_kinds(self.battle.engine.map_spec)))
        if self.battle.engine.map_spec.draft:
            return DRAFT_TYPES.get(kinds, "_".join(kinds))
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
        """Return the range of attacks in cells; in SMAC, the same for all agents."""
        return float(self.battle.units["reach"][agent_id])

    def unit_sight_range(self, agent_id: int) -> float:
        """Return the range of sight in cells; in SMAC, the same for all agents."""
        return float(self.battle.units["sight"][agent_id])

    def unit_max_cooldown(self, unit: RawUnit) -> float:
        """Return the divisor of the unit's cooldown in the state; for a medivac, that of its energy."""
        return UNIT_TYPES[unit.kind].cooldown_scale if unit.owner == AGENT else DEFAULT_MAX_COOLDOWN

    def unit_max_shield(self, unit: RawUnit) -> float | None:
        """Return the unit's full shield; None if it has none."""
        return unit.shield_max or None

    def _type_of(self, kind: str) -> int:
        """Return the type number of the agents' units of this kind, or 0."""
        spec = self.battle.engine.map_spec
        return agent_type(spec, kind) if kind in agent_kinds(spec) else 0
