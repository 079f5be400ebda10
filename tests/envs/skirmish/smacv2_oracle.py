"""SMACv2's contract (docs/smacv2.md) in plain scalar Python: it uses nothing of the simulator.

Units are `Body`s, agents first. Positions are in cells, health and shields in points.
"""

import math
from dataclasses import dataclass, field

from tests.envs.skirmish.oracle import COOLDOWN, HEALTH, MOVES, SHIELD, Body

# Kinds in the order of their type bits, and whether the race has shields.
RACES = {
    "terran": (("marine", "marauder", "medivac"), False),
    "protoss": (("stalker", "zealot", "colossus"), True),
    "zerg": (("zergling", "hydralisk", "baneling"), False),
}
SIGHT = {
    "marine": 9, "marauder": 10, "medivac": 11, "stalker": 10, "zealot": 9, "colossus": 10, "zergling": 8,
    "hydralisk": 9, "baneling": 8,
}  # fmt: skip
TARGET_RANGE = {
    "marine": 5, "marauder": 6, "medivac": 4, "stalker": 6, "zealot": 0.1, "colossus": 7, "zergling": 0.1,
    "hydralisk": 5, "baneling": 0.25,
}  # fmt: skip
MEAN_TOUGHNESS = {"terran": 91.5, "protoss": 174.5, "zerg": 54.75}


@dataclass(frozen=True)
class Smacv2Options:
    """SMACv2's flags that matter here, with the values of its standard configurations."""

    obs_all_health: bool = True
    obs_own_health: bool = True
    obs_last_action: bool = False
    obs_timestep_number: bool = False
    state_last_action: bool = True
    state_timestep_number: bool = False
    obs_own_pos: bool = True
    use_unit_ranges: bool = True
    min_attack_range: float = 2
    conic_fov: bool = False
    num_fov_actions: int = 12
    action_mask: bool = True
    fully_observable: bool = False
    obs_starcraft: bool = True
    attack: tuple[float, float] | None = None
    health: tuple[float, float] | None = None
    observe_capabilities: bool = True
    reward_sparse: bool = False
    reward_only_positive: bool = True
    reward_death_value: float = 10
    reward_win: float = 200
    reward_defeat: float = 0
    reward_negative_scale: float = 0.5


@dataclass
class Smacv2Oracle:
    """SMACv2's masks, observations, state, ends and rewards of a battle."""

    race: str
    agents: int
    enemies: int
    options: Smacv2Options = field(default_factory=Smacv2Options)

    @property
    def kinds(self):
        return RACES[self.race][0]

    @property
    def turns(self):
        return self.options.num_fov_actions if self.options.conic_fov else 0

    @property
    def n_actions(self):
        return 6 + self.turns + self.enemies

    def sight(self, body):
        return SIGHT[body.kind] if self.options.use_unit_ranges else 9

    def reach(self, body):
        return max(TARGET_RANGE[body.kind], self.options.min_attack_range) if self.options.use_unit_ranges else 6

    def within(self, me, other, cells, closed):
        """Tell whether the other is near enough and, with a field of view, in the cone; sight is open without one."""
        apart = math.dist((me.x, me.y), (other.x, other.y))
        if not self.options.conic_fov:
            return apart <= cells if closed else apart < cells
        if apart > cells:
            return False
        turn = math.atan2(other.y - me.y, other.x - me.x) - math.tau * me.gaze / self.turns
        return apart == 0 or abs(math.remainder(turn, math.tau)) <= math.pi / self.turns + 1e-9

    def targets(self, bodies, i):
        """Return the bodies that the agent's target actions stand for."""
        is_medivac = bodies[i].kind == "medivac"
        return bodies[: self.agents] if is_medivac else bodies[self.agents :]

    def in_reach(self, bodies, i):
        """Return which targets are truly available."""
        me = bodies[i]
        return [
            other.alive
            and not (me.kind == other.kind == "medivac" and other in bodies[: self.agents])
            and self.within(me, other, self.reach(me), closed=True)
            for other in self.targets(bodies, i)
        ]

    def mask(self, bodies, i):
        me = bodies[i]
        if not me.alive:
            return [1] + [0] * (self.n_actions - 1)
        moves = [0, 1, 0, 0, 0, 0] + [1] * self.turns
        for action, dx, dy in MOVES:
            column, row = int(me.x + dx), int(me.y + dy)
            moves[action] = int(0 <= column < 32 and 0 <= row < 32)
        choices = self.in_reach(bodies, i)
        if not self.options.action_mask:
            heals = me.kind == "medivac"
            choices = [other.alive and not (heals and other.kind == "medivac") for other in self.targets(bodies, i)]
        mask = moves + [int(choice) for choice in choices]
        return (mask + [0] * self.n_actions)[: self.n_actions]

    def obs(self, bodies, i, step):
        options, me = self.options, bodies[i]
        time = [step / 200] * options.obs_timestep_number
        if not options.obs_starcraft:
            return time
        numbers = self.mask(bodies, i)[2:6]
        available = [*self.in_reach(bodies, i), *[False] * self.enemies]
        for e, enemy in enumerate(bodies[self.agents :]):
            numbers += self.row(me, enemy, available[e], self.enemy_details(enemy, i))
        for a, ally in enumerate(bodies[: self.agents]):
            if a != i:
                numbers += self.row(me, ally, 1, self.ally_details(ally))
                if options.obs_last_action:
                    numbers += self.one_hot(ally.last_action if self.shown(me, ally) else -1)
        numbers += self.own(me)
        return (numbers if me.alive else [0.0] * len(numbers)) + time

    def own(self, me):
        options = self.options
        numbers: list[float] = []
        if options.obs_own_health or options.obs_all_health:
            numbers += [self.vigour(me), *self.shield(me)]
        numbers += self.drawn(me)
        if options.obs_own_pos:
            numbers += [me.x / 32, me.y / 32]
        return numbers + self.gaze(me) + self.bits(me)

    def shown(self, me, other):
        return other.alive and (self.options.fully_observable or self.within(me, other, self.sight(me), closed=False))

    def vigour(self, body):
        """Return an agent's health, where 0 is the level at which it dies."""
        share = body.health / HEALTH[body.kind]
        return share if self.options.health is None else (share - body.level) / (1 - body.level)

    def drawn(self, body):
        attack, health = self.options.attack is not None, self.options.health is not None
        return [body.accuracy] * attack + [body.level] * health

    def ally_details(self, ally):
        options, told = self.options, float(self.options.observe_capabilities)
        numbers = []
        if options.obs_all_health:
            numbers = [self.vigour(ally) * (told if options.health is not None else 1), *self.shield(ally)]
        return numbers + [told * number for number in self.drawn(ally)] + self.bits(ally)

    def enemy_details(self, enemy, i):
        health = [enemy.health / HEALTH[enemy.kind], *self.shield(enemy)] if self.options.obs_all_health else []
        numbers = health + self.bits(enemy)
        return [0.0] * len(numbers) if i in enemy.hidden_from else numbers

    def row(self, me, other, flag, details):
        sight = self.sight(me)
        row = [flag, math.dist((me.x, me.y), (other.x, other.y)) / sight]
        row += [(other.x - me.x) / sight, (other.y - me.y) / sight]
        row += details
        return row if self.shown(me, other) else [0.0] * len(row)

    def shield(self, body):
        return [body.shield / SHIELD[body.kind]] if RACES[self.race][1] else []

    def gaze(self, body):
        angle = math.tau * body.gaze / max(self.turns, 1)
        return [math.cos(angle), math.sin(angle)] if self.options.conic_fov else []

    def bits(self, body):
        return [float(body.kind == kind) for kind in self.kinds]

    def one_hot(self, action):
        return [float(action == number) for number in range(self.n_actions)]

    def state(self, bodies, step):
        numbers: list[float] = []
        for k, body in enumerate(bodies):
            ready = body.energy if body.kind == "medivac" else body.cooldown
            is_agent = k < self.agents
            row = [self.vigour(body), ready / COOLDOWN[body.kind]] if is_agent else [body.health / HEALTH[body.kind]]
            row += [(body.x - 16) / 28, (body.y - 16) / 28, *self.shield(body)]
            row += (self.drawn(body) + self.gaze(body) if is_agent else []) + self.bits(body)
            numbers += row if body.alive else [0.0] * len(row)
        if self.options.state_last_action:
            numbers += [number for body in bodies[: self.agents] for number in self.one_hot(body.last_action)]
        return numbers + [step / 200] * self.options.state_timestep_number

    def end(self, bodies, step):
        """Return won, lost, drawn, timed out or None."""
        allies, enemies = (
            [body.kind for body in team if body.alive] for team in (bodies[: self.agents], bodies[self.agents :])
        )
        if (not allies and enemies) or (self.race == "terran" and set(allies) <= {"medivac"}):
            return "lost"
        if (allies and not enemies) or (self.race == "terran" and set(enemies) <= {"medivac"}):
            return "won"
        if not allies:
            return "drawn"
        return "timed out" if step >= 200 else None

    def reward(self, before, after, end, divisor=None):
        """Return the reward of a step; the divisor is the expected one unless it is given."""
        options = self.options
        gained = suffered = 0.0
        for k, (was, now) in enumerate(zip(before, after, strict=True)):
            if was.alive:
                lost = was.points - now.points + (0 if now.alive else options.reward_death_value)
                gained, suffered = (gained, suffered + lost) if k < self.agents else (gained + lost, suffered)
        reward = max(gained, 0) if options.reward_only_positive else gained - options.reward_negative_scale * suffered
        if options.reward_sparse:
            reward = {"won": 1, "lost": -1}.get(end, 0)
        else:
            reward += {"won": options.reward_win, "lost": options.reward_defeat}.get(end, 0)
        return reward / ((divisor or self.expected_divisor()) / 20)

    def expected_divisor(self):
        """Return the expected unscaled return of a win, for teams that are never all of one exceptional kind."""
        paired, extra = min(self.agents, self.enemies), max(0, self.enemies - self.agents)
        per_extra = {"terran": (45 + 125) / 2, "zerg": (35 + 80) / 2}.get(self.race) if extra == 1 else None
        toughness = paired * MEAN_TOUGHNESS[self.race] + extra * (per_extra or MEAN_TOUGHNESS[self.race])
        return toughness + self.enemies * self.options.reward_death_value + self.options.reward_win


class Lookout:
    """Which enemies each agent is shown, timestep by timestep, where not all are shown all that they see.

    Args:
        agents: number of agents.
        enemies: number of enemies.
        sees: tells whether a body sees the place of another.
        blanks: whether SMACv2's mistake is repeated.
    """

    def __init__(self, agents, enemies, sees, blanks):
        self.agents, self.enemies, self.sees, self.blanks = range(agents), range(enemies), sees, blanks
        self.first = dict[int, int]()
        self.may = {e: set[int]() for e in self.enemies}

    def forget(self, team, foes):
        for a in self.agents:
            mine = [e for e, first in self.first.items() if first == a]
            if not team[a].alive and mine:
                for e in self.enemies:
                    self.may[e].discard(a)
                for e in mine:
                    del self.first[e]
                    self.may[e].clear()
        for e in self.enemies:
            if not foes[e].alive:
                self.first.pop(e, None)
                self.may[e].clear()

    def look(self, bodies, order, allowed):
        """Return the enemies that each agent is shown; `allowed(e)` are those that may see e besides the first."""
        team, foes = bodies[: len(self.agents)], bodies[len(self.agents) :]
        self.forget(team, foes)
        shown: dict[int, set[int]] = {a: set() for a in self.agents}
        for a in [a for a in order if team[a].alive]:
            for e in self.enemies:
                seen = self.sees(team[a], foes[e])
                if seen and e not in self.first and (foes[e].alive or self.blanks):
                    self.first[e] = a
                    self.may[e] = {a, *allowed(e)}
                if seen and foes[e].alive and a in self.may[e]:
                    shown[a].add(e)
                if self.blanks and a not in self.may[e]:
                    shown[a].clear()
        return [sorted(shown[a]) for a in self.agents]


__all__ = ["RACES", "Body", "Lookout", "Smacv2Options", "Smacv2Oracle"]
