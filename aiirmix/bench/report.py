"""The measurements as text, and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from aiirmix.bench.machine import Machine
from aiirmix.bench.simulator import Speed, report
from aiirmix.bench.training import Training
from aiirmix.bench.update import EPISODES, STEPS


def as_json(machine: Machine, simulator: Sequence[Speed], training: Sequence[Training]) -> str:
    """Return all measurements as JSON."""
    measured = {"machine": machine, "simulator": simulator, "training": training}
    return json.dumps(measured, indent=2, default=asdict)


def as_text(machine: Machine, simulator: Sequence[Speed], training: Sequence[Training]) -> str:
    """Return the tables; that of training is left out if nothing was trained."""
    lines = [
        f"{machine.cpu}, {machine.cores} cores; Python {machine.python}, torch {machine.torch}",
        "\nenvironment steps per second of the simulator, random actions",
        report(simulator),
    ]
    return "\n".join(lines + _training_table(training) if training else lines)


def _training_table(training: Sequence[Training]) -> list[str]:
    return [
        f"\ntraining on {training[0].map}, one thread, {training[0].env_steps:,} environment steps; an update",
        f"on {EPISODES} episodes of {STEPS} steps, in processor time, and its speed relative to a matrix product",
        "  model          steps/s  of CPU time  collect    learn  evaluate     update  of matmul",
        *map(_line, training),
    ]


def _line(training: Training) -> str:
    parts, update = (training.collect, training.learn, training.evaluate), training.update
    collect, learn, evaluate = (part / sum(parts) for part in parts)
    return (
        f"  {training.model:12} {training.env_steps_per_second:9,.0f} {training.env_steps_per_cpu_second:12,.0f}"
        f"{collect:9.0%}{learn:9.0%}{evaluate:10.0%}"
        f"{update.milliseconds:8.0f} ms {update.fraction_of_matmul:10.0%}"
    )
