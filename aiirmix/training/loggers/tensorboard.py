"""TensorBoard."""

from pathlib import Path

from pytorch_lightning.loggers import TensorBoardLogger

from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory


class RunTensorBoardLogger(TensorBoardLogger):
    """Event files in the folder `tensorboard` of the run directory.

    Each part of a resumed run has a file of its own. TensorBoard hides what the parts before it showed of later steps.

    Args:
        save_dir: the run directory, with no rows but those of the checkpoint that the run is resumed from.
    """

    def __init__(self, save_dir: Path) -> None:
        rows = Table(RunDirectory(Path(save_dir)).metrics_file).rows()
        purge_step = int(rows[-1]["env_steps"]) + 1 if rows else 0
        super().__init__(save_dir, name="", version="tensorboard", default_hp_metric=False, purge_step=purge_step)
