"""How fast everything is, on this machine: `python -m aiirmix.bench.training`."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, get_args

from omegaconf import DictConfig

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MapName

if TYPE_CHECKING:
    from aiirmix.bench.update import UpdateCost
    from aiirmix.envs.skirmish.tools.bench import Speed

MODELS = ("aiir_mix", "liir", "none", "qmix", "vdn", "iql", "qtran", "coma", "ippo", "mappo")
"""What is measured if nothing else is asked for: every learner with the values that it is tuned to."""


@dataclass(frozen=True)
class Machine:
    """What the numbers depend on."""

    cpu: str
    cores: int
    python: str
    torch: str


@dataclass(frozen=True)
class Training:
    """What training took, on one thread: seconds of each part."""

    model: str
    map: str
    env_steps: int
    collect: float
    learn: float
    evaluate: float
    env_steps_per_second: float
    env_steps_per_cpu_second: float
    """The same if the processor had had nothing else to do."""
    update: "UpdateCost"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        "python -m aiirmix.bench.training", description="Measures environment steps per second."
    )
    parser.add_argument("--model", nargs="+", default=MODELS, metavar="NAME", help=f"default: {' '.join(MODELS)}")
    parser.add_argument("--map", default="2s3z", help="where it is trained (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=5_000, help="environment steps of each (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    try:
        training = [measure_training(model, arguments.map, arguments.steps) for model in arguments.model]
    except ConfigError as error:
        sys.exit(f"error: {error}")
    simulator, machine = measure_simulator(), this_machine()
    if arguments.json:
        measured = {"machine": machine, "simulator": simulator, "training": training}
        print(json.dumps(measured, indent=2, default=asdict))
    else:
        print(_report(machine, simulator, training))


def measure_simulator(seconds: float = 0.5, maps: Sequence[MapName] = get_args(MapName)) -> "list[Speed]":
    """What each map costs, see `Speed`; every number is measured for at least so long."""
    from aiirmix.envs.skirmish.tools.bench import measure

    return [measure(name, seconds) for name in maps]


def measure_training(model: str, map: str, env_steps: int) -> Training:
    """Trains with default settings on one thread, in a directory that is thrown away, after a short warm-up.

    Then measures an update of the same model by itself.

    Raises:
        ConfigError: there is no such model or map, or there are fewer steps than an evaluation interval has.
    """
    config = _compose(model, map, env_steps)
    warm_up = config.copy()
    warm_up.env_steps = warm_up.evaluation.every = 1
    from aiirmix.runs.directory import RunDirectory
    from aiirmix.training.fit import fit

    with TemporaryDirectory() as folder:
        for name, run in (("warm_up", warm_up), ("run", config)):
            directory = RunDirectory(Path(folder) / name)
            directory.open(run)
            spent = fit(run, directory)
    parts, steps = (spent.collecting, spent.learning, spent.testing), spent.env_steps
    return Training(model, map, steps, *parts, steps / spent.total, steps / spent.computing, _update_cost(config))


def _update_cost(config: DictConfig) -> "UpdateCost":
    from contextlib import closing

    from aiirmix.bench.update import measure_update
    from aiirmix.training.build import build

    with closing(build(config.env)) as env:
        return measure_update(build(config.model, spec=env.spec, seed=config.seed))


def this_machine() -> Machine:
    """The processor, and the versions of what matters most."""
    import torch

    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = names[0] if names else platform.processor() or platform.machine()
    return Machine(cpu, os.cpu_count() or 1, platform.python_version(), torch.__version__)


def _compose(model: str, map: str, env_steps: int) -> DictConfig:
    from aiirmix.launch.compose import compose_run, configurations
    from aiirmix.launch.plan import check_run
    from aiirmix.runs.config import plain_config

    settings = [f"model={model}", f"env.map={map}", f"env_steps={env_steps}", "trainer.progress=false"]
    with configurations():
        config = compose_run([*settings, "trainer.threads=1"])
    del config.hydra
    check_run(plain_config(config))
    return config


def _report(machine: Machine, simulator: "list[Speed]", training: list[Training]) -> str:
    from aiirmix.bench.update import EPISODES, STEPS
    from aiirmix.envs.skirmish.tools.bench import report

    return "\n".join(
        [
            f"{machine.cpu}, {machine.cores} cores; Python {machine.python}, torch {machine.torch}",
            "\nenvironment steps per second of the simulator, random actions",
            report(simulator),
            f"\ntraining on {training[0].map}, one thread, {training[0].env_steps:,} environment steps; an update",
            f"on {EPISODES} episodes of {STEPS} steps, in processor time, and its share of a matrix product's speed",
            "  model          steps/s  of CPU time  collect    learn  evaluate     update  of matmul",
            *map(_line, training),
        ]
    )


def _line(training: Training) -> str:
    total, update = training.collect + training.learn + training.evaluate, training.update
    shares = [part / total for part in (training.collect, training.learn, training.evaluate)]
    return (
        f"  {training.model:12} {training.env_steps_per_second:9,.0f} {training.env_steps_per_cpu_second:12,.0f}"
        f"{shares[0]:9.0%}{shares[1]:9.0%}{shares[2]:10.0%}"
        f"{update.milliseconds:8.0f} ms {update.share_of_matmul:10.0%}"
    )


if __name__ == "__main__":
    main()
