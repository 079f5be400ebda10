"""Run directories without training."""

import csv

import yaml


def fake_run(
    experiment, win_rates, model="aiir_mix", world="2s3z", seed=0, every=100, budget=None, version=2, **changes
):
    """Writes what a run that found these win rates would have left.

    `version` is the simulator's; `changes` are settings of its configuration, double underscores for dots.
    """
    directory = experiment / model / world / f"seed={seed}"
    directory.mkdir(parents=True)
    config = {
        "name": experiment.name,
        "seed": seed,
        "env_steps": budget if budget is not None else every * (len(win_rates) - 1),
        "model": {"gamma": 0.99},
        "env": {"map": world},
        "evaluation": {"every": every, "episodes": 20},
        "logger": {},
        "trainer": {"threads": 1, "progress": True},
    }
    for key, value in changes.items():
        group, _, setting = key.partition("__")
        config[group][setting] = value
    (directory / "config.yaml").write_text(yaml.safe_dump(config))
    provenance = {"environment": f"skirmish-{version}/{world}", "commit": "0123456789ab"}
    (directory / "provenance.yaml").write_text(yaml.safe_dump(provenance))
    if win_rates:
        with (directory / "metrics.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["env_steps", "test/return", "test/win_rate", "actor/loss"])
            writer.writerows([every * i, 1.0, win_rate, ""] for i, win_rate in enumerate(win_rates))
    return directory
