"""Run directories without training, and the command line in this process."""

import csv

import yaml

from aiirmix.cli.main import main
from aiirmix.envs.contract.version import SKIRMISH_VERSION


def fake_run(
    experiment,
    win_rates,
    model="aiir_mix",
    map_label="2s3z",
    seed=0,
    every=100,
    budget=None,
    version=SKIRMISH_VERSION,
    **changes,
):
    """Write what a run with these win rates would have left, done if it has used its budget.

    `version` is the simulator's. `changes` are settings of the configuration, with double underscores for dots.
    """
    directory = experiment / model / map_label / f"seed={seed}"
    directory.mkdir(parents=True)
    used = every * (len(win_rates) - 1)
    config = {
        "name": experiment.name,
        "seed": seed,
        "env_steps": budget if budget is not None else used,
        "model": {"gamma": 0.99},
        "env": {"map": map_label},
        "evaluation": {"every": every, "episodes": 20},
        "logger": {},
        "threads": 1,
        "trainer": {"accelerator": "cpu", "enable_progress_bar": True},
    }
    for key, value in changes.items():
        group, _, setting = key.partition("__")
        config[group][setting] = value
    (directory / "config.yaml").write_text(yaml.safe_dump(config))
    provenance = {"environment": f"skirmish-{version}/{map_label}", "commit": "0123456789ab"}
    (directory / "provenance.yaml").write_text(yaml.safe_dump(provenance))
    if win_rates:
        with (directory / "metrics.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["env_steps", "test/return", "test/win_rate", "actor/loss"])
            writer.writerows([every * i, 1.0, win_rate, ""] for i, win_rate in enumerate(win_rates))
    if win_rates and used >= config["env_steps"]:
        (directory / "DONE").touch()
    return directory


def run_command(capsys, *words):
    """Run `aiirmix` with these words; return its exit code, what it printed, and its error message."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()
