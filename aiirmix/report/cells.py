"""Cells of an experiment that stand for models: `aiir_mix,update=single` as the paper's AIIR-MIX, for example.

A file of cells is YAML, the label of a cell for each model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.yaml_spec import read_yaml


def read_cells(path: Path) -> Mapping[str, str]:
    """Read which cell stands for each model.

    Raises:
        ConfigError: the file cannot be read, is no such mapping, or one cell stands for two models.
    """
    cells = read_yaml(path)
    if not isinstance(cells, dict) or not all(isinstance(word, str) for pair in cells.items() for word in pair):
        raise ConfigError(f"{path} should have a line for each model, such as 'aiir_mix: aiir_mix,update=single'")
    if twice := [label for label in cells.values() if list(cells.values()).count(label) > 1]:
        raise ConfigError(f"{path}: {twice[0]} stands for several models")
    return cells


def under_models(runs: Sequence[Evaluations], cells: Mapping[str, str]) -> list[Evaluations]:
    """Return the runs of these cells, each as a run of the model that it stands for.

    Raises:
        ConfigError: no cell has a run.
    """
    models = {label: model for model, label in cells.items()}
    found = [replace(run, model=models[run.model]) for run in runs if run.model in models]
    if not found:
        labels = ", ".join(sorted({run.model for run in runs})[:5])
        raise ConfigError(f"no run is of {' or '.join(cells.values())}; the first models that have runs: {labels}")
    return found
