"""Measure the speed of simulator and training, and the cost of an update."""

import argparse

from aiirmix.bench.training import MODELS
from aiirmix.cli.parser import add_config_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is measured, for how long, and the form of the report."""
    parser.add_argument(
        "--model", nargs="+", default=MODELS, metavar="NAME[,SETTING…]", help=f"default: {' '.join(MODELS)}"
    )
    parser.add_argument(
        "--map", default="2s3z", help="map to train on, and to measure contributions on (default: %(default)s)"
    )
    parser.add_argument("--steps", type=int, default=5_000, help="environment steps of training (default: %(default)s)")
    parser.add_argument(
        "--simulator-only",
        nargs="*",
        metavar="MAP",
        help="measure only the simulator, on these maps (default: all)",
    )
    parser.add_argument(
        "--environment",
        nargs="+",
        metavar="SETTING",
        help="measure only an environment, e.g. env=credit env.agents=30",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=0.5,
        help="per number of a simulator or environment (default: %(default)s)",
    )
    add_config_dir(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> None:
    """Measure and print."""
    if options.environment:
        return _measure_environment(options)
    from aiirmix.bench.credit import measure_credit
    from aiirmix.bench.machine import this_machine
    from aiirmix.bench.simulator import check_maps, measure_simulator
    from aiirmix.bench.training import measure_training
    from aiirmix.launch.searchpath import searchpath

    maps = check_maps(options.simulator_only or [])
    [credited] = check_maps([options.map])
    models = options.model if options.simulator_only is None else []
    own = searchpath(options.config_dir)
    training = [measure_training(model, options.map, options.steps, own) for model in models]
    simulator = measure_simulator(maps, options.seconds)
    cost = measure_credit(credited, options.seconds)
    from aiirmix.bench.report import as_json, as_text

    print((as_json if options.json else as_text)(this_machine(), simulator, cost, training))


def _measure_environment(options: argparse.Namespace) -> None:
    import json
    from dataclasses import asdict

    from aiirmix.bench.environment import measure_environment
    from aiirmix.launch.searchpath import searchpath

    settings = [*searchpath(options.config_dir), *options.environment]
    speed = measure_environment(settings, options.seconds)
    text = f"{speed.name}: {speed.env_steps_per_cpu_second:,.0f} environment steps per second, {speed.battles} battles"
    print(json.dumps(asdict(speed)) if options.json else text)
