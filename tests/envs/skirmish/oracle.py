"""docs/smac_contract.md in plain scalar Python, written from that document alone: it uses nothing of the simulator.

Only the heights of the ground, which the document leaves open, are passed in, in the game's bytes.

Units are `Body`s, allies first. Positions are in cells, health and shields in points.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.envs.skirmish.contract_maps import CONTRACT_MAPS, COOLDOWN, HEALTH, SHIELD, ContractMap

__all__ = ["CONTRACT_MAPS", "COOLDOWN", "HEALTH", "SHIELD", "Body", "ContractMap", "Options", "Oracle"]

MOVES = ((2, 0, 1), (3, 0, -1), (4, 1, 0), (5, -1, 0))
AXES, DIAGONALS = ((0, 1), (0, -1), (1, 0), (-1, 0)), ((1, 1), (-1, -1), (1, -1), (-1, 1))


@dataclass
class Body:
    """A unit as the game's interface reports it."""

    kind: str
    x: float
    y: float
    health: float
    shield: float = 0.0
    energy: float = 0.0
    cooldown: float = 0.0
    last_action: int = -1
    gaze: int = 0
    """Number of the direction in which it looks; SMACv2 only, like what follows."""
    accuracy: float = 0.0
    """Probability that it sends an order."""
    level: float = 0.0
    """Fraction of health below which it dies."""
    hidden_from: frozenset[int] = frozenset()
    """Agents from which its health and kind are hidden."""

    @property
    def alive(self):
        return self.health > 0

    @property
    def points(self):
        return self.health + self.shield if self.alive else 0.0


@dataclass(frozen=True)
class Options:
    """SMAC's flags that matter here, with SMAC's defaults."""

    move_amount: float = 2
    step_mul: int = 8
    heuristic_ai: bool = False
    heuristic_rest: bool = False
    obs_all_health: bool = True
    obs_own_health: bool = True
    obs_last_action: bool = False
    obs_pathing_grid: bool = False
    obs_terrain_height: bool = False
    obs_timestep_number: bool = False
    obs_instead_of_state: bool = False
    state_last_action: bool = True
    state_timestep_number: bool = False
    reward_sparse: bool = False
    reward_only_positive: bool = True
    reward_death_value: float = 10
    reward_win: float = 200
    reward_defeat: float = 0
    reward_negative_scale: float = 0.5
    reward_scale: bool = True
    reward_scale_rate: float = 20


@dataclass
class Oracle:
    """SMAC's masks, observations, state, ends and rewards of a battle."""

    map: ContractMap
    options: Options = field(default_factory=Options)
    heights: Sequence[Sequence[int]] = ()
    """[x][y]; the game's bytes."""

    def split(self, bodies):
        n = len(self.map.agents)
        return bodies[:n], bodies[n:]

    def mask(self, bodies, i):
        allies, enemies = self.split(bodies)
        me, mask = allies[i], [0] * self.map.n_actions
        if not me.alive:
            mask[0] = 1
            return mask
        mask[1] = 1
        for action, dx, dy in MOVES:
            ahead = self.options.move_amount / 2
            column, row = int(me.x + ahead * dx), int(me.y + ahead * dy)
            mask[action] = int(0 <= column < 32 and 0 <= row < 32 and self.map.is_walkable(column, row))
        targets = allies if me.kind == "medivac" else enemies
        for k, other in enumerate(targets):
            healing_a_medivac = me.kind == "medivac" and other.kind == "medivac"
            if other.alive and not healing_a_medivac and math.hypot(other.x - me.x, other.y - me.y) <= 6:
                mask[6 + k] = 1
        return mask

    def obs(self, bodies, i, step):
        allies, enemies = self.split(bodies)
        me, mask, options = allies[i], self.mask(bodies, i), self.options
        numbers = mask[2:6] + self._around(me)
        for k, enemy in enumerate(enemies):
            numbers += self._row(me, enemy, mask[6 + k], self.map.enemy_bits, self.map.races[1])
        for k, ally in enumerate(allies):
            if k != i:
                numbers += self._row(me, ally, 1, self.map.ally_bits, self.map.races[0])
                if options.obs_last_action:
                    numbers += self._last_action(ally if self._sees(me, ally) else None)
        if options.obs_own_health or options.obs_all_health:
            numbers += [me.health / HEALTH[me.kind]]
            if self.map.races[0] == "P":
                numbers += [me.shield / SHIELD[me.kind]]
        numbers += [float(me.kind == bit) for bit in self.map.ally_bits]
        if not me.alive:
            numbers = [0.0] * len(numbers)
        return numbers + [step / self.map.limit] * options.obs_timestep_number

    def _around(self, me):
        """Sample the terrain as the flags say; beyond the map samples are 1, and heights are upside down."""
        amount, places = self.options.move_amount, []
        for reach, directions in ((2 * amount, AXES), (amount, DIAGONALS)):
            places += [(int(me.x) + reach * dx, int(me.y) + reach * dy) for dx, dy in directions]

        def sample(grid, places):
            return [grid(int(x), int(y)) if 0 <= x < 32 and 0 <= y < 32 else 1 for x, y in places]

        numbers = []
        if self.options.obs_pathing_grid:
            numbers += [float(value) for value in sample(self.map.is_walkable, places)]
        if self.options.obs_terrain_height:
            places += [(int(me.x), int(me.y))]
            numbers += sample(lambda x, y: self.heights[x][31 - y] / 255, places)
        return numbers

    def _sees(self, me, other):
        return other.alive and math.hypot(other.x - me.x, other.y - me.y) < 9

    def _row(self, me, other, flag, bits, race):
        dx, dy = other.x - me.x, other.y - me.y
        row = [flag, math.hypot(dx, dy) / 9, dx / 9, dy / 9]
        if self.options.obs_all_health:
            row += [other.health / HEALTH[other.kind]]
            if race == "P":
                row += [other.shield / SHIELD[other.kind]]
        row += [float(other.kind == bit) for bit in bits]
        return row if self._sees(me, other) else [0.0] * len(row)

    def _last_action(self, body):
        return [float(body is not None and body.last_action == action) for action in range(self.map.n_actions)]

    def state(self, bodies, step):
        allies, enemies = self.split(bodies)
        if self.options.obs_instead_of_state:
            return [number for i in range(len(allies)) for number in self.obs(bodies, i, step)]
        numbers = []
        for ally in allies:
            ready = ally.energy if ally.kind == "medivac" else ally.cooldown
            ready /= COOLDOWN.get(ally.kind, 15)
            numbers += self._state_row(ally, [ready], self.map.ally_bits, self.map.races[0])
        for enemy in enemies:
            numbers += self._state_row(enemy, [], self.map.enemy_bits, self.map.races[1])
        if self.options.state_last_action:
            numbers += [number for ally in allies for number in self._last_action(ally)]
        return numbers + [step / self.map.limit] * self.options.state_timestep_number

    def _state_row(self, body, ready, bits, race):
        row = [body.health / HEALTH[body.kind], *ready, (body.x - 16) / 28, (body.y - 16) / 28]
        if race == "P":
            row += [body.shield / SHIELD[body.kind]]
        row += [float(body.kind == bit) for bit in bits]
        return row if body.alive else [0.0] * len(row)

    def end(self, bodies, step):
        """Return won, lost, drawn, timed out or None."""
        allies, enemies = ([body for body in team if body.alive] for team in self.split(bodies))
        if (not allies and enemies) or (self.map.mmm and all(body.kind == "medivac" for body in allies)):
            return "lost"
        if (allies and not enemies) or (self.map.mmm and [body.kind for body in enemies] == ["medivac"]):
            return "won"
        if not allies:
            return "drawn"
        return "timed out" if step >= self.map.limit else None

    def reward(self, before, after, end):
        options = self.options
        dealt = kills = suffered = 0.0
        allies, enemies = (
            list(zip(*teams, strict=True)) for teams in zip(self.split(before), self.split(after), strict=True)
        )
        for was, now in enemies:
            if was.alive:
                dealt += was.points - now.points
                kills += 0 if now.alive else options.reward_death_value
        for was, now in allies:
            if was.alive:
                suffered += options.reward_negative_scale * (was.points - now.points)
                if not now.alive and not options.reward_only_positive:
                    kills -= options.reward_negative_scale * options.reward_death_value
        reward = abs(dealt + kills) if options.reward_only_positive else dealt + kills - suffered
        if options.reward_sparse:
            reward = {"won": 1, "lost": -1}.get(end, 0)
        else:
            reward += {"won": options.reward_win, "lost": options.reward_defeat}.get(end, 0)
        if options.reward_scale:
            reward /= self._max_reward() / options.reward_scale_rate
        return reward

    def _max_reward(self):
        """Return `max_reward` by the formula of docs/smac_contract.md §3.1."""
        enemies = self.map.enemies
        points = sum(HEALTH[kind] + SHIELD.get(kind, 0) for kind in enemies)
        return points + len(enemies) * self.options.reward_death_value + self.options.reward_win
