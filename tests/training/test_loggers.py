"""Loggers show every row of `metrics.csv` once, whatever interrupts a run."""

import csv
import http.server
import json
import signal
import struct
import subprocess
import sys
import threading
import time

import pytest

from aiirmix.runs.config import plain_config
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.checkpoint import LastCheckpoint
from aiirmix.training.fit import fit
from tests.marks import slow
from tests.training.toy_runs import OFF_POLICY, assert_same_record, cut, open_run, toy_config, train

wandb = pytest.importorskip("wandb")
accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

from aiirmix.training.loggers.wandb import group, online_or_offline  # noqa: E402 - it needs wandb

LEVELDB_BLOCK, LEVELDB_HEADER = 32768, struct.Struct("<IHB")


@pytest.fixture(autouse=True)
def quiet_wandb(monkeypatch):
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)


def wandb_records(directory):
    """Return what W&B's process would send, from the transaction log (LevelDB's format) of an offline run."""
    from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined]

    wandb.teardown()  # W&B's process writes after a run has finished, and until it ends.
    [file] = directory.path.glob("wandb/offline-run-*/*.wandb")
    data, position, message = file.read_bytes(), 7, b""
    while position + LEVELDB_HEADER.size <= len(data):
        left = LEVELDB_BLOCK - position % LEVELDB_BLOCK
        if left < LEVELDB_HEADER.size:
            position += left
            continue
        _, length, kind = LEVELDB_HEADER.unpack_from(data, position)
        position += LEVELDB_HEADER.size + length
        message += data[position - length : position]
        if kind in (1, 4):  # FULL or LAST
            yield Record.FromString(message)
            message = b""


def of_kind(records, kind):
    return [getattr(record, kind) for record in records if record.WhichOneof("record_type") == kind]


@pytest.fixture(scope="module")
def offline_runs(tmp_path_factory):
    """Return two seeds of a run and what each would send."""
    wandb.teardown()  # W&B reads the environment once in a process: what other tests had set would stay.
    root = tmp_path_factory.mktemp("runs") / "default" / "aiir_mix" / "toy"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WANDB_MODE", "offline")
        environment.setenv("WANDB_SILENT", "true")
        directories = [train(root / f"seed={seed}", "logger=wandb", f"seed={seed}") for seed in (0, 1)]
    return [(directory, list(wandb_records(directory))) for directory in directories]


def test_seeds_share_a_group_and_nothing_else(offline_runs):
    runs = [of_kind(records, "run")[0] for _, records in offline_runs]
    assert runs[0].run_group == runs[1].run_group
    assert runs[0].run_group.startswith("default/aiir_mix/toy-")
    assert runs[0].run_id != runs[1].run_id
    assert [run.display_name for run in runs] == [f"default/aiir_mix/toy/seed={seed}" for seed in (0, 1)]
    assert {run.project for run in runs} == {"aiirmix"}
    assert list(runs[0].tags) == ["aiir_mix", "toy"]


def test_the_configuration_is_sent_as_plain_values(offline_runs):
    directory, records = offline_runs[1]
    sent = {entry.key: json.loads(entry.value_json) for entry in of_kind(records, "run")[0].config.update}
    assert sent["seed"] == 1
    assert sent["directory"] == str(directory.path)
    assert sent["model"]["intrinsic"]["temperature"] == 0.2


def test_every_metric_is_plotted_against_env_steps(offline_runs):
    _, records = offline_runs[0]
    metrics = of_kind(records, "metric")
    assert [(metric.glob_name, metric.step_metric) for metric in metrics if metric.glob_name] == [("*", "env_steps")]


def rows_of(directory):
    """Return the rows of `metrics.csv` as numbers."""
    return [{key: float(value) for key, value in row.items() if value} for row in Table(directory.metrics_file).rows()]


def sent_rows(records):
    """Return the rows that W&B would show, and their steps."""
    rows = [
        {item.key or ".".join(item.nested_key): float(item.value_json) for item in row.item}
        for row in of_kind(records, "history")
    ]
    return [{key: row[key] for key in row if not key.startswith("_")} for row in rows], [row["_step"] for row in rows]


def test_every_row_of_the_csv_file_is_sent(offline_runs):
    directory, records = offline_runs[0]
    rows, steps = sent_rows(records)
    assert len(rows) == 4
    assert rows == rows_of(directory)
    assert steps == [row["env_steps"] for row in rows]


def test_the_run_is_finished(offline_runs):
    for _, records in offline_runs:
        assert [end.exit_code for end in of_kind(records, "exit")] == [0]


def start(path, *overrides):
    """Train in another process."""
    arguments = ", ".join(map(repr, [str(path), *overrides]))
    imports = "from aiirmix.launch.job import treat_sigterm_as_ctrl_c; from tests.training.toy_runs import train"
    code = f"{imports}; treat_sigterm_as_ctrl_c(); train({arguments})"
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def wait_for_rows(directory, count, process):
    """Wait until a run in another process has so many evaluations, and W&B has flushed the one before."""
    while len(Table(directory.metrics_file).rows()) < count:
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(1.5)


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_ended_by_a_signal_and_resumed_sends_every_row_once(tmp_path, monkeypatch, end):
    wandb.teardown()
    monkeypatch.setenv("WANDB_MODE", "offline")
    overrides = ("logger=[wandb,tensorboard]", "env_steps=20000", "evaluation.every=500")
    directory = RunDirectory(tmp_path / "default" / "aiir_mix" / "toy" / "seed=0")
    process = start(directory.path, *overrides)
    wait_for_rows(directory, 5, process)
    process.send_signal(end)
    process.wait()
    left, _ = sent_rows(list(wandb_records(directory)))
    assert len(left) >= 4
    assert left == rows_of(directory)[: len(left)]
    train(directory.path, *overrides)
    rows, steps = sent_rows(list(wandb_records(directory)))
    assert rows == rows_of(directory)
    assert steps == list(range(0, 20001, 500))
    _, points = shown_in_tensorboard(directory, "test/return")
    assert [step for step, _ in points] == steps


@pytest.fixture(scope="module", params=[(), *slow([(OFF_POLICY,)])], ids=["on-policy", "replay"])
def resumed_run(request, tmp_path_factory):
    """Return a run that was cut before every checkpoint in turn, what W&B was told each time, and the run without cuts.

    The rows of an evaluation are written and sent before its checkpoint: each but the last is so twice.
    """
    wandb.teardown()
    config = toy_config("logger=[wandb,tensorboard]", *request.param)
    path = tmp_path_factory.mktemp("runs") / "default" / "aiir_mix" / "toy" / "seed=0"
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "offline")
        patch.setenv("WANDB_SILENT", "true")
        for _ in range(3):
            cut(config, path, LastCheckpoint, "_save", 1)
            told.append(list(wandb_records(open_run(config, path))))
        fit(config, open_run(config, path))
    directory = open_run(config, path)
    return directory, [*told, list(wandb_records(directory))], train(path.parent / "seed=uncut", *request.param)


def test_a_run_with_loggers_is_resumed_with_the_very_numbers(resumed_run):
    directory, _, uncut = resumed_run
    assert_same_record(directory, uncut)
    assert [row["env_steps"] for row in Table(directory.timing_file).rows()] == ["100", "200", "300"]


def test_a_resumed_run_sends_every_row_once_and_in_order(resumed_run):
    directory, told, _ = resumed_run
    rows, steps = sent_rows(told[-1])
    assert rows == rows_of(directory)
    assert steps == [0, 100, 200, 300]


def test_a_resumed_run_is_one_run_whose_parts_say_how_they_ended(resumed_run):
    _, told, _ = resumed_run
    assert len({of_kind(records, "run")[0].run_id for records in told}) == 1
    assert [of_kind(records, "exit")[0].exit_code for records in told] == [1, 1, 1, 0]


def shown_in_tensorboard(directory, metric):
    events = accumulators.EventAccumulator(str(directory.path / "tensorboard"))
    events.Reload()
    return events.Tags()["scalars"], [(point.step, point.value) for point in events.Scalars(metric)]


def test_tensorboard_shows_every_row_of_a_resumed_run_once(resumed_run):
    directory, _, _ = resumed_run
    rows = rows_of(directory)
    names, points = shown_in_tensorboard(directory, "test/return")
    assert set(names) == rows[-1].keys() - {"env_steps"}
    assert points == [(int(row["env_steps"]), pytest.approx(row["test/return"])) for row in rows]
    assert len(list((directory.path / "tensorboard").glob("events*"))) == 4


def test_the_group_depends_on_what_matters_alone(tmp_path):
    directory = open_run(toy_config(), tmp_path / "default" / "aiir_mix" / "toy" / "seed=0")
    variants = [(), ("seed=3",), ("trainer.enable_progress_bar=true",), ("logger=wandb",), ("model.gamma=0.9",)]
    groups = [group(plain_config(toy_config(*overrides)), directory) for overrides in variants]
    assert groups[0] == groups[1] == groups[2] == groups[3] != groups[4]


class Forbidden(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(403)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """Return the address of a server that answers, though not with a page."""
    with http.server.HTTPServer(("127.0.0.1", 0), Forbidden) as answering:
        threading.Thread(target=answering.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{answering.server_port}"
        answering.shutdown()


@pytest.mark.parametrize(
    ("reachable", "account", "expected"),
    [(True, True, "online"), (True, False, "offline"), (False, True, "offline")],
)
def test_auto_is_online_with_an_account_and_a_network(server, monkeypatch, reachable, account, expected):
    monkeypatch.delenv("WANDB_MODE", raising=False)
    settings = wandb.Settings(base_url=server if reachable else "http://127.0.0.1:1")
    monkeypatch.setattr(wandb, "setup", lambda: type("Setup", (), {"settings": settings}))
    monkeypatch.setattr(wandb, "login", lambda **_: account)
    assert online_or_offline() == expected


def test_a_logger_of_lightning_that_is_not_shipped_keeps_its_files_in_the_run_directory(tmp_path):
    logger = "+logger.mine={_target_: pytorch_lightning.loggers.CSVLogger, name: lines}"
    directory = train(tmp_path, logger)
    with (directory.path / "lines" / "version_0" / "metrics.csv").open() as file:
        steps = [(row["step"], row["test/return"]) for row in csv.DictReader(file)]
    assert steps == [(row["env_steps"], row["test/return"]) for row in Table(directory.metrics_file).rows()]
