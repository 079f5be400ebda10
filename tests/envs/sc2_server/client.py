"""Play on the stand-in with pysc2's own client, print results as JSON: python -m tests.envs.sc2_server.client PROBE.

It needs a process of its own, because pysc2's messages need an older protobuf than the rest of the tests.
"""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from aiirmix.envs.sc2_server.game import Game
from aiirmix.envs.sc2_server.install import install


def run_probe(probe, folder):
    """Install a stand-in in the folder, and return the results of a probe that plays on it."""
    install(folder)
    Game("8m").advance(1)  # compiles and caches, so that the client does not time out meanwhile
    environment = {**os.environ, "SC2PATH": str(folder), "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
    command = [sys.executable, "-m", "tests.envs.sc2_server.client", probe]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout.splitlines()[-1])


@contextmanager
def launched():
    """Start a game with pysc2 and yield its controller."""
    from pysc2 import run_configs

    with run_configs.get().start(want_rgb=False, timeout_seconds=300) as controller:
        yield controller


def start(controller, name="8m", seed=5):
    """Create and join a game as SMAC does."""
    from pysc2 import run_configs
    from s2clientprotocol import sc2api_pb2

    path = f"SMAC_Maps/{name}.SC2Map"
    local_map = sc2api_pb2.LocalMap(map_path=path, map_data=run_configs.get().map_data(path))
    create = sc2api_pb2.RequestCreateGame(local_map=local_map, realtime=False, random_seed=seed)
    create.player_setup.add(type=sc2api_pb2.Participant)
    create.player_setup.add(type=sc2api_pb2.Computer, race=1, difficulty=sc2api_pb2.VeryHard)
    controller.create_game(create)
    options = sc2api_pb2.InterfaceOptions(raw=True, score=False)
    return controller.join_game(sc2api_pb2.RequestJoinGame(race=1, options=options)).player_id


def units(controller):
    """Return the visible units, agents first."""
    return list(controller.observe().observation.raw_data.units)


def command(ability, unit, target=None, point=None):
    """Return an order in SMAC's form."""
    from s2clientprotocol import raw_pb2, sc2api_pb2

    order = raw_pb2.ActionRawUnitCommand(ability_id=ability, unit_tags=[unit.tag], queue_command=False)
    if target is not None:
        order.target_unit_tag = target.tag
    if point is not None:
        order.target_world_space_pos.x, order.target_world_space_pos.y = point
    return sc2api_pb2.Action(action_raw=raw_pb2.ActionRaw(unit_command=order))


def distance(one, other):
    """Return the distance between two units."""
    return np.hypot(one.pos.x - other.pos.x, one.pos.y - other.pos.y)


def attack_nearest(controller):
    """Play until one side is dead, with agents attacking the nearest enemy; return the steps and the survivors."""
    from s2clientprotocol import sc2api_pb2

    for step in range(200):
        visible = units(controller)
        agents, enemies = ([u for u in visible if u.owner == owner] for owner in (1, 2))
        if not agents or not enemies:
            return [step, len(agents), len(enemies)]
        nearest = [min(enemies, key=partial(distance, a)) for a in agents]
        orders = [command(23, agent, target) for agent, target in zip(agents, nearest, strict=True)]
        controller.actions(sc2api_pb2.RequestAction(actions=orders))
        controller.step(8)
    raise AssertionError("the battle does not end")


def kill(controller, victims):
    """Send the debug command of SMAC's resets."""
    from s2clientprotocol import debug_pb2

    tags = [unit.tag for unit in victims]
    controller.debug([debug_pb2.DebugCommand(kill_unit=debug_pb2.DebugKillUnit(tag=tags))])


def refusals(controller):
    """Return the errors of requests that are too early, unsupported or wrong."""
    from pysc2.lib import protocol, remote_controller
    from s2clientprotocol import sc2api_pb2

    def error(act):
        try:
            act()
        except (protocol.ProtocolError, remote_controller.RequestError) as error:
            return str(error)
        raise AssertionError("no error")

    send = controller._client.send
    elsewhere = sc2api_pb2.LocalMap(map_path="SMAC_Maps/8n.SC2Map", map_data=b"8n")
    return {
        "join": error(lambda: send(join_game=sc2api_pb2.RequestJoinGame(race=1))),
        "step": error(lambda: send(step=sc2api_pb2.RequestStep(count=1))),
        "unknown": error(lambda: send(available_maps=sc2api_pb2.RequestAvailableMaps())),
        "map": error(lambda: controller.create_game(sc2api_pb2.RequestCreateGame(local_map=elsewhere))),
    }


def first_observation(controller):
    """Return the map and the units of MMM at the start."""
    start(controller, "MMM")
    raw = controller.game_info().start_raw
    low, high = raw.playable_area.p0, raw.playable_area.p1
    fields = ("owner", "unit_type", "health", "health_max", "shield_max", "energy")
    return {
        "map_size": [raw.map_size.x, raw.map_size.y],
        "playable": [low.x, low.y, high.x, high.y],
        "bits": raw.pathing_grid.bits_per_pixel,
        "pathing": list(raw.pathing_grid.data),
        "heights": len(raw.terrain_height.data),
        "units": [[getattr(unit, field) for field in fields] for unit in units(controller)],
    }


def orders(controller):
    """Return the result codes of orders, and how far a unit walks in a step."""
    from s2clientprotocol import sc2api_pb2

    start(controller)
    agent, *_, enemy = units(controller)
    sent = {
        "stop": command(4, agent),
        "north": command(16, agent, point=(agent.pos.x, agent.pos.y + 2)),
        "attack": command(23, agent, target=enemy),
        "heal": command(386, agent, target=agent),
        "of an enemy": command(4, enemy),
        "unknown": command(1, agent),
        "nothing": sc2api_pb2.Action(),
    }
    codes = controller.actions(sc2api_pb2.RequestAction(actions=sent.values())).result
    controller.act(sent["north"])
    controller.step(8)
    moved = units(controller)[0]
    return {
        "codes": dict(zip(sent, codes, strict=True)),
        "moved": [moved.pos.x - agent.pos.x, moved.pos.y - agent.pos.y],
    }


def whole_episodes(controller):
    """Play two battles of one game, reset as SMAC does it."""
    player = start(controller)
    battles, tags = [], []
    for _ in range(2):
        tags.append({unit.tag for unit in units(controller)})
        battles.append(attack_nearest(controller))
        kill(controller, units(controller))
        controller.step(2)
    return {
        "version": controller.ping().game_version,
        "player": player,
        "battles": battles,
        "sizes": [len(battle) for battle in tags],
        "shared tags": len(tags[0] & tags[1]),
        "replay": controller.save_replay().decode(),
        "loop": controller.observe().observation.game_loop,
    }


def created_units(controller):
    """Create units on SMACv2's map; return the number of types, the units, and the error of a wrong request."""
    from pysc2.lib import protocol
    from s2clientprotocol import common_pb2, debug_pb2

    def create(unit_type, owner, quantity):
        unit = debug_pb2.DebugCreateUnit(unit_type=unit_type, owner=owner, quantity=quantity)
        unit.pos.CopyFrom(common_pb2.Point2D(x=8.0 * owner, y=16))
        return debug_pb2.DebugCommand(create_unit=unit)

    start(controller, "32x32_flat")
    before, types = len(units(controller)), len(controller.data().units)
    controller.debug([create(types - 9 + 4, owner=1, quantity=2), create(48, owner=2, quantity=3)])
    controller.debug([debug_pb2.DebugCommand(draw=debug_pb2.DebugDraw())])
    controller.step(1)
    try:
        controller.debug([debug_pb2.DebugCommand(game_state=debug_pb2.god)])
        error = ""
    except protocol.ProtocolError as refused:
        error = str(refused)
    created = [[unit.owner, unit.unit_type, unit.health] for unit in units(controller)]
    return {"before": before, "types": types, "created": created, "error": error}


def sessions():
    """Run all of these, one after another with one process."""
    with launched() as controller:
        return {
            session.__name__: session(controller)
            for session in (refusals, first_observation, orders, whole_episodes, created_units)
        }


def faults():
    """Return what the client notices when the game hangs, crashes, drops the connection or is over."""
    noticed = {}
    for fault in ("hang", "crash", "drop", "stub"):
        Path(os.environ["SC2PATH"], "fault").write_text(f"{fault}@3")
        with launched() as controller:
            start(controller)
            if fault == "hang":
                controller._client._sock.settimeout(5)
            noticed[fault] = steps_until_the_fault(controller)
    return noticed


def steps_until_the_fault(controller):
    """Return the number of answered steps, the error, and whether the fault is still requested."""
    from pysc2.lib import protocol

    for step in range(10):
        try:
            controller.step(1)
            controller.observe()
        except (protocol.ProtocolError, protocol.ConnectionError) as error:
            requested = Path(os.environ["SC2PATH"], "fault").exists()
            return {"steps": step, "error": str(error), "requested": requested}
    raise AssertionError("no fault")


def main():
    """Run the probe named by the first argument."""
    from absl import flags
    from pysc2 import run_configs  # noqa: F401 - defines the flags

    flags.FLAGS(["pysc2"])
    print(json.dumps({"sessions": sessions, "faults": faults}[sys.argv[1]]()))


if __name__ == "__main__":
    main()
