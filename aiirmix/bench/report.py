"""The measurements as text, and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from aiirmix.bench import credit
from aiirmix.bench.credit import CreditCost
from aiirmix.bench.machine import Machine
from aiirmix.bench.simulator import Speed, report
from aiirmix.bench.training import Training
from aiirmix.bench.update import EPISODES, STEPS


def as_json(machine: Machine, simulator: Sequence[Speed], cost: CreditCost, training: Sequence[Training]) -> str:
    """Return all measurements as JSON."""
    measured = {"machine": machine, "simulator": simulator, "credit": cost}
    measured["training"] = list(map(_entry, training))
    return json.dumps(measured, indent=2, default=asdict)


def as_text(machine: Machine, simulator: Sequence[Speed], cost: CreditCost, training: Sequence[Training]) -> str:
    """Return the tables; that of training is left out if nothing was trained."""
    lines = [
        f"{machine.cpu}, {machine.cores} cores; Python {machine.python}, torch {machine.torch}",
        "\nenvironment steps per second of the simulator, random actions",
        report(simulator),
        credit.report(cost),
    ]
    return "\n".join(lines + _training_table(training) if training else lines)


def _entry(training: Training) -> dict[str, object]:
    spent = training.spent
    return {
        "model": training.model,
        "map": training.map,
        "env_steps": spent.played,
        "collect": spent.collecting,
        "learn": spent.learning,
        "evaluate": spent.testing,
        "env_steps_per_second": spent.speed,
        "env_steps_per_cpu_second": spent.cpu_speed,
        "update": training.update,
    }


def _training_table(training: Sequence[Training]) -> list[str]:
    return [
        f"\ntraining on {training[0].map}, one thread, {training[0].spent.played:,} environment steps; an update",
        f"on {EPISODES} episodes of {STEPS} steps, in processor time, and its speed relative to a matrix product",
        "  model                            steps/s  of CPU time  collect    learn  evaluate     update  of matmul",
        *map(_line, training),
    ]


def _line(training: Training) -> str:
    spent, update = training.spent, training.update
    collect, learn, evaluate = (part / spent.seconds for part in (spent.collecting, spent.learning, spent.testing))
    return (
        f"  {training.model:30} {spent.speed:9,.0f} {spent.cpu_speed:12,.0f}"
        f"{collect:9.0%}{learn:9.0%}{evaluate:10.0%}"
        f"{update.milliseconds:8.0f} ms {update.fraction_of_matmul:10.0%}"
    )
