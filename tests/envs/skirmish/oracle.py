"""SMAC's contract once more, in plain scalar Python, written from the contract alone: nothing of the simulator is used.

Units are `Body`s, allies first. Positions are in cells, health and shields in points.
"""

import math
from dataclasses import dataclass, field

SHIELD = {"stalker": 80, "zealot": 50}
HEALTH = {"marine": 45, "marauder": 125, "medivac": 150, "stalker": 80, "zealot": 100}
COOLDOWN = {"marine": 15, "marauder": 25, "medivac": 200, "stalker": 35, "zealot": 22}
MOVES = ((2, 0, 1), (3, 0, -1), (4, 1, 0), (5, -1, 0))


@dataclass(frozen=True)
class Scenario:
    """A map's row of the contract's tables."""

    agents: tuple[str, ...]
    enemies: tuple[str, ...]
    limit: int
    protoss: bool
    ally_bits: tuple[str, ...]
    enemy_bits: tuple[str, ...]
    mmm: bool
    max_reward: float

    @property
    def n_actions(self):
        return 6 + len(self.enemies)


SCENARIOS = {
    "2s3z": Scenario(
        ("stalker",) * 2 + ("zealot",) * 3,
        ("stalker",) * 2 + ("zealot",) * 3,
        120,
        True,
        ("stalker", "zealot"),
        ("zealot", "stalker"),
        False,
        1020,
    ),
    "3s5z": Scenario(
        ("stalker",) * 3 + ("zealot",) * 5,
        ("stalker",) * 3 + ("zealot",) * 5,
        150,
        True,
        ("stalker", "zealot"),
        ("zealot", "stalker"),
        False,
        1510,
    ),
    "8m": Scenario(("marine",) * 8, ("marine",) * 8, 120, False, (), (), False, 640),
    "MMM": Scenario(
        ("marauder",) * 2 + ("marine",) * 7 + ("medivac",),
        ("marine",) * 7 + ("marauder",) * 2 + ("medivac",),
        150,
        False,
        ("marauder", "marine", "medivac"),
        ("marauder", "marine", "medivac"),
        True,
        1015,
    ),
}


@dataclass
class Body:
    """A unit, as the game's interface reports it."""

    kind: str
    x: float
    y: float
    health: float
    shield: float = 0.0
    energy: float = 0.0
    cooldown: float = 0.0
    last_action: int = -1

    @property
    def alive(self):
        return self.health > 0

    @property
    def points(self):
        return self.health + self.shield if self.alive else 0.0


@dataclass(frozen=True)
class Options:
    """SMAC's flags that matter here, with SMAC's defaults."""

    obs_all_health: bool = True
    obs_own_health: bool = True
    obs_last_action: bool = False
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
    """What SMAC would say about a battle."""

    scenario: Scenario
    options: Options = field(default_factory=Options)

    def split(self, bodies):
        n = len(self.scenario.agents)
        return bodies[:n], bodies[n:]

    def mask(self, bodies, i):
        allies, enemies = self.split(bodies)
        me, mask = allies[i], [0] * self.scenario.n_actions
        if not me.alive:
            mask[0] = 1
            return mask
        mask[1] = 1
        for action, dx, dy in MOVES:
            column, row = int(me.x + dx), int(me.y + dy)
            mask[action] = int(0 <= column < 32 and 8 <= row <= 23)
        targets = allies if me.kind == "medivac" else enemies
        for k, other in enumerate(targets):
            healing_a_medivac = me.kind == "medivac" and other.kind == "medivac"
            if other.alive and not healing_a_medivac and math.hypot(other.x - me.x, other.y - me.y) <= 6:
                mask[6 + k] = 1
        return mask

    def obs(self, bodies, i, step):
        allies, enemies = self.split(bodies)
        me, mask, options = allies[i], self.mask(bodies, i), self.options
        numbers = mask[2:6]
        for k, enemy in enumerate(enemies):
            numbers += self._row(me, enemy, mask[6 + k], self.scenario.enemy_bits)
        for k, ally in enumerate(allies):
            if k != i:
                numbers += self._row(me, ally, 1, self.scenario.ally_bits)
                if options.obs_last_action:
                    numbers += self._last_action(ally if self._sees(me, ally) else None)
        if options.obs_own_health or options.obs_all_health:
            numbers += [me.health / HEALTH[me.kind]]
            if self.scenario.protoss:
                numbers += [me.shield / SHIELD[me.kind]]
        numbers += [float(me.kind == bit) for bit in self.scenario.ally_bits]
        if not me.alive:
            numbers = [0.0] * len(numbers)
        return numbers + [step / self.scenario.limit] * options.obs_timestep_number

    def _sees(self, me, other):
        return other.alive and math.hypot(other.x - me.x, other.y - me.y) < 9

    def _row(self, me, other, flag, bits):
        dx, dy = other.x - me.x, other.y - me.y
        row = [flag, math.hypot(dx, dy) / 9, dx / 9, dy / 9]
        if self.options.obs_all_health:
            row += [other.health / HEALTH[other.kind]]
            if self.scenario.protoss:
                row += [other.shield / SHIELD[other.kind]]
        row += [float(other.kind == bit) for bit in bits]
        return row if self._sees(me, other) else [0.0] * len(row)

    def _last_action(self, body):
        return [float(body is not None and body.last_action == action) for action in range(self.scenario.n_actions)]

    def state(self, bodies, step):
        allies, enemies = self.split(bodies)
        if self.options.obs_instead_of_state:
            return [number for i in range(len(allies)) for number in self.obs(bodies, i, step)]
        numbers = []
        for ally in allies:
            ready = ally.energy if ally.kind == "medivac" else ally.cooldown
            numbers += self._state_row(ally, [ready / COOLDOWN[ally.kind]], self.scenario.ally_bits)
        for enemy in enemies:
            numbers += self._state_row(enemy, [], self.scenario.enemy_bits)
        if self.options.state_last_action:
            numbers += [number for ally in allies for number in self._last_action(ally)]
        return numbers + [step / self.scenario.limit] * self.options.state_timestep_number

    def _state_row(self, body, ready, bits):
        row = [body.health / HEALTH[body.kind], *ready, (body.x - 16) / 28, (body.y - 16) / 28]
        if self.scenario.protoss:
            row += [body.shield / SHIELD[body.kind]]
        row += [float(body.kind == bit) for bit in bits]
        return row if body.alive else [0.0] * len(row)

    def end(self, bodies, step):
        """Returns won, lost, drawn, timed out or None."""
        allies, enemies = ([body for body in team if body.alive] for team in self.split(bodies))
        if (not allies and enemies) or (self.scenario.mmm and all(body.kind == "medivac" for body in allies)):
            return "lost"
        if (allies and not enemies) or (self.scenario.mmm and [body.kind for body in enemies] == ["medivac"]):
            return "won"
        if not allies:
            return "drawn"
        return "timed out" if step >= self.scenario.limit else None

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
        enemies = self.scenario.enemies
        points = sum(HEALTH[kind] + SHIELD.get(kind, 0) for kind in enemies)
        return points + len(enemies) * self.options.reward_death_value + self.options.reward_win
