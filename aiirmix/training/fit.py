"""One run: built from its configuration, trained to its budget, recorded, and resumed where it was interrupted."""

import inspect
import logging
import warnings
from contextlib import closing
from functools import partial

import torch
from hydra.utils import get_object
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from omegaconf import DictConfig
from pytorch_lightning import Callback, Trainer, seed_everything
from pytorch_lightning.callbacks import ProgressBar
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities.exceptions import SIGTERMException

from aiirmix.common.errors import ConfigError
from aiirmix.data.finite import DivergedError
from aiirmix.learners.base import Learner
from aiirmix.runs.config import plain_config
from aiirmix.runs.directory import DIVERGED, RunDirectory
from aiirmix.training.build import build
from aiirmix.training.checkpoint import SafeCheckpointIO, env_steps_of, load_checkpoint
from aiirmix.training.data_module import BattleData
from aiirmix.training.freed_memory import keep_freed_memory
from aiirmix.training.provenance import record_provenance
from aiirmix.training.resume import rewind

log = logging.getLogger(__name__)


def fit(cfg: DictConfig, directory: RunDirectory) -> bool:
    """Train until `cfg.env_steps` environment steps are played and the last evaluation is written.

    Returns:
        Whether the budget is used up: a time limit or a callback may stop the run before.

    Raises:
        ConfigError: the run diverged, or its checkpoints are damaged.
        KeyboardInterrupt: the user stopped it, or SIGTERM did.
    """
    _quieten()
    keep_freed_memory()
    torch.set_num_threads(cfg.threads)
    seed_everything(cfg.seed, verbose=False)
    with closing(_battles(cfg)) as battles:
        record_provenance(directory.provenance_file, battles.env.spec)
        learner: Learner = build(cfg.model, spec=battles.env.spec, seed=cfg.seed)
        learner.save_hyperparameters(plain_config(cfg))
        battles.attach(learner)
        checkpoint = rewind(directory)
        trainer = _trainer(cfg, directory, resumed=checkpoint is not None)
        try:
            trainer.fit(learner, datamodule=battles, ckpt_path=checkpoint, weights_only=True)
        except DivergedError as error:
            raise _diverged(error, learner, directory) from error
        except SIGTERMException as ended:
            # Lightning's answer if the handler of SIGTERM raised nothing, or raised it where Python ignores it, as in a
            # destructor.
            raise KeyboardInterrupt from ended
        if not battles.is_over:
            log.info("stopped early, at %d of %d env steps", battles.evaluated_at, cfg.env_steps)
        return battles.is_over


def _diverged(error: DivergedError, learner: Learner, directory: RunDirectory) -> ConfigError:
    """Return the failure of a run that cannot go on: the quantity, where, and what is left."""
    file = directory.checkpoint_file
    left = f"the last good checkpoint is {file}" if file.exists() else "there is no checkpoint"
    reached = f", of env step {env_steps_of(load_checkpoint(file))}" if file.exists() else ""
    return ConfigError(f"{DIVERGED} after env step {int(learner.env_steps)}: {error}; {left}{reached}")


def _battles(cfg: DictConfig) -> BattleData:
    test = cfg.evaluation
    return BattleData(partial(build, cfg.env), cfg.seed, cfg.env_steps, test.every, test.episodes, test.final_episodes)


def _trainer(cfg: DictConfig, directory: RunDirectory, resumed: bool) -> Trainer:
    """Build Lightning's trainer, which stops when the recorder says so: Lightning knows no environment steps.

    What Lightning calls a sanity check is the evaluation before training.
    """
    trainer: Trainer = build(
        cfg.trainer,
        callbacks=_callbacks(cfg),
        logger=[_logger(entry, directory) for entry in cfg.logger.values()],
        default_root_dir=directory.path,
        max_epochs=-1,
        log_every_n_steps=1,
        num_sanity_val_steps=0 if resumed else -1,
        # Without the first, Lightning in a Slurm job would requeue the job itself, with a checkpoint of its own.
        plugins=[LightningEnvironment(), SafeCheckpointIO()],
    )
    return trainer


def _callbacks(cfg: DictConfig) -> list[Callback]:
    built = [build(entry) for entry in cfg.callbacks.values()]
    return [one for one in built if cfg.trainer.enable_progress_bar or not isinstance(one, ProgressBar)]


def _logger(entry: DictConfig, directory: RunDirectory) -> Logger:
    """Build a logger that keeps its files in the run directory, unless its configuration names another place."""
    takes_folder = "save_dir" in inspect.signature(get_object(entry._target_)).parameters
    folder = {"save_dir": directory.path} if takes_folder and "save_dir" not in entry else {}
    logger: Logger = build(entry, **folder)
    return logger


def _quieten() -> None:
    """Silence what Lightning says about datasets on disk, Slurm and its own products, but not its profilers."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("pytorch_lightning.profilers").setLevel(logging.INFO)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    warnings.filterwarnings("ignore", module="lightning_fabric")
