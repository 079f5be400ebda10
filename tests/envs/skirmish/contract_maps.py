"""The tables of maps and units in docs/smac_contract.md (§1, §2.3, §2.4, §4.4, §5), copied once more for the oracle."""

from dataclasses import dataclass

NAMES = {
    "m": "marine", "M": "marauder", "med": "medivac", "s": "stalker", "z": "zealot", "c": "colossus", "h": "hydralisk",
    "zg": "zergling", "bl": "baneling", "sc": "spine_crawler",
}  # fmt: skip
"""The letters of docs/smac_contract.md §1."""
HEALTH = {
    "marine": 45, "marauder": 125, "medivac": 150, "stalker": 80, "zealot": 100, "colossus": 200, "hydralisk": 80,
    "zergling": 35, "baneling": 30, "spine_crawler": 300,
}  # fmt: skip
SHIELD = {"stalker": 80, "zealot": 50, "colossus": 150}
COOLDOWN = {
    "marine": 15, "marauder": 25, "medivac": 200, "stalker": 35, "zealot": 22, "colossus": 24, "hydralisk": 10,
    "zergling": 11, "baneling": 1,
}  # fmt: skip
ALLY_BITS = {
    "stalkers_and_zealots": ("stalker", "zealot"),
    "colossi_stalkers_zealots": ("colossus", "stalker", "zealot"),
    "MMM": ("marauder", "marine", "medivac"),
    "bane": ("baneling", "zergling"),
}
ENEMY_BITS = {**ALLY_BITS, "stalkers_and_zealots": ("zealot", "stalker")}

# Where ground units can walk (docs/smac_contract.md §4.4): from y to y, from x to x, ends included.
STRIP = ((8, 23, 0, 31),)
OPEN = ((0, 31, 0, 31),)
OCTAGON = ((6, 7, 10, 21), (8, 9, 8, 23), (10, 21, 6, 25), (22, 23, 8, 23), (24, 25, 10, 21))
ARENA = ((8, 9, 10, 19), (10, 17, 8, 21), (18, 19, 10, 19))
NOOK = ((8, 19, 8, 19), (20, 21, 10, 17), (22, 23, 12, 15))
CHOKE = (
    (14, 15, 14, 25), (16, 17, 14, 27), (18, 21, 12, 29), (22, 23, 14, 29), (24, 25, 16, 29), (26, 27, 18, 29),
    (28, 29, 20, 29), (12, 13, 12, 13), (2, 11, 2, 11),
)  # fmt: skip
DIAGONAL = (
    (2, 3, 2, 7), (4, 7, 2, 11), (8, 11, 4, 15), (12, 15, 8, 19), (16, 17, 10, 19), (18, 21, 14, 25), (22, 23, 16, 29),
    (24, 27, 20, 29), (28, 29, 22, 29),
)  # fmt: skip
CLIFF = (
    (6, 7, 4, 27), (8, 9, 2, 29), (10, 11, 0, 31), (12, 13, 0, 3), (12, 13, 28, 31), (14, 15, 0, 31), (16, 17, 2, 29),
    (18, 19, 8, 23),
)  # fmt: skip
# The walls of two maps, outside of which the ground is walkable again.
ARENA_WALL = (
    (6, 7, 8, 21), (8, 9, 6, 9), (8, 9, 20, 23), (10, 17, 6, 7), (10, 17, 22, 23), (18, 19, 6, 9), (18, 19, 20, 23),
    (20, 21, 8, 21),
)  # fmt: skip
NOOK_WALL = (
    (6, 7, 6, 21), (8, 19, 6, 7), (8, 19, 20, 21), (20, 21, 6, 9), (20, 21, 18, 21), (22, 23, 8, 11), (22, 23, 16, 19),
    (24, 25, 10, 17),
)  # fmt: skip


@dataclass(frozen=True)
class ContractMap:
    """A map's row of the tables."""

    agents: tuple[str, ...]
    enemies: tuple[str, ...]
    limit: int
    map_type: str
    races: str
    max_reward: float
    ground: tuple[tuple[int, int, int, int], ...]
    wall: tuple[tuple[int, int, int, int], ...]
    """Empty if all cells beside the ground are wall."""

    @property
    def n_actions(self):
        return 6 + len(self.enemies)

    @property
    def ally_bits(self):
        return ALLY_BITS.get(self.map_type, ())

    @property
    def enemy_bits(self):
        return ENEMY_BITS.get(self.map_type, ())

    @property
    def mmm(self):
        return self.map_type == "MMM"

    def is_walkable(self, x, y):
        return not contains(self.wall, x, y) if self.wall else contains(self.ground, x, y)


def contains(areas, x, y):
    return any(low <= y <= high and first <= x <= last for low, high, first, last in areas)


def contract_map(agents, enemies, limit, map_type, races, max_reward, ground=STRIP, wall=()):
    """Make a row, with its teams written as in ``2s 3z``."""

    def team(letters):
        squads = (squad.lstrip("0123456789") for squad in letters.split())
        counts = (int(squad.rstrip("cdehblgmsMz")) for squad in letters.split())
        return tuple(NAMES[kind] for kind, count in zip(squads, counts, strict=True) for _ in range(count))

    return ContractMap(team(agents), team(enemies), limit, map_type, races, max_reward, ground, wall)


# Agents in agent order; enemies as the map creates them.
CONTRACT_MAPS = {
    "3m": contract_map("3m", "3m", 60, "marines", "TT", 365),
    "8m": contract_map("8m", "8m", 120, "marines", "TT", 640),
    "25m": contract_map("25m", "25m", 150, "marines", "TT", 1575),
    "5m_vs_6m": contract_map("5m", "6m", 70, "marines", "TT", 530),
    "8m_vs_9m": contract_map("8m", "9m", 120, "marines", "TT", 695),
    "10m_vs_11m": contract_map("10m", "11m", 150, "marines", "TT", 805),
    "27m_vs_30m": contract_map("27m", "30m", 180, "marines", "TT", 1850),
    "MMM": contract_map("2M 7m 1med", "7m 2M 1med", 150, "MMM", "TT", 1015),
    "MMM2": contract_map("2M 7m 1med", "8m 3M 1med", 180, "MMM", "TT", 1205),
    "2s3z": contract_map("2s 3z", "2s 3z", 120, "stalkers_and_zealots", "PP", 1020),
    "3s5z": contract_map("3s 5z", "3s 5z", 150, "stalkers_and_zealots", "PP", 1510),
    "3s5z_vs_3s6z": contract_map("3s 5z", "3s 6z", 170, "stalkers_and_zealots", "PP", 1670),
    "3s_vs_3z": contract_map("3s", "3z", 150, "stalkers", "PP", 680, OPEN),
    "3s_vs_4z": contract_map("3s", "4z", 200, "stalkers", "PP", 840, OPEN),
    "3s_vs_5z": contract_map("3s", "5z", 250, "stalkers", "PP", 1000, OPEN),
    "1c3s5z": contract_map("1c 3s 5z", "1c 3s 5z", 180, "colossi_stalkers_zealots", "PP", 1870),
    "2m_vs_1z": contract_map("2m", "1z", 150, "marines", "TP", 360, OCTAGON),
    "corridor": contract_map("6z", "24zg", 400, "zealots", "PZ", 1280, CHOKE),
    "6h_vs_8z": contract_map("6h", "8z", 150, "hydralisks", "ZP", 1480, ARENA, ARENA_WALL),
    "2s_vs_1sc": contract_map("2s", "1sc", 300, "stalkers", "PZ", 510, NOOK, NOOK_WALL),
    "so_many_baneling": contract_map("7z", "32bl", 100, "zealots", "PZ", 1480, DIAGONAL),
    "bane_vs_bane": contract_map("4bl 20zg", "20zg 4bl", 200, "bane", "ZZ", 1260, OCTAGON),
    "2c_vs_64zg": contract_map("2c", "64zg", 400, "colossus", "PZ", 3080, CLIFF),
}
