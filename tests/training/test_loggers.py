import csv
import http.server
import json
import struct
import threading

import pytest

from aiirmix.runs.config import plain_config
from aiirmix.training import loggers
from aiirmix.training.build import build
from tests.training.toy_runs import open_run, toy_config, train

wandb = pytest.importorskip("wandb")
LEVELDB_BLOCK, LEVELDB_HEADER = 32768, struct.Struct("<IHB")


@pytest.fixture(autouse=True)
def quiet_wandb(monkeypatch):
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)


def wandb_records(directory):
    """Everything that W&B's process would send, from the transaction log (LevelDB's format) of an offline run."""
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
    """Two seeds of a run and what each would send."""
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


def test_every_row_of_the_csv_file_is_sent(offline_runs):
    directory, records = offline_runs[0]
    sent = [
        {item.key or ".".join(item.nested_key): float(item.value_json) for item in row.item}
        for row in of_kind(records, "history")
    ]
    with directory.metrics_file.open() as file:
        written = [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(file)]
    assert len(written) == 4
    assert [{key: row[key] for key in row if not key.startswith("_")} for row in sent] == written


def test_the_run_is_finished(offline_runs):
    for _, records in offline_runs:
        assert [end.exit_code for end in of_kind(records, "exit")] == [0]


def wandb_logger(config, directory):
    [entry] = config.logger.values()
    return build(entry, cfg=plain_config(config), directory=directory)


def cut_the_power():
    raise RuntimeError("power cut")


def test_a_run_that_fails_is_sent_as_failed_and_goes_on_under_the_same_id(tmp_path, monkeypatch):
    wandb.teardown()
    monkeypatch.setenv("WANDB_MODE", "offline")
    config = toy_config("logger=wandb")
    directory = open_run(config, tmp_path / "default" / "aiir_mix" / "toy" / "seed=0")
    with pytest.raises(RuntimeError, match="power cut"), wandb_logger(config, directory):
        cut_the_power()
    records = list(wandb_records(directory))
    assert [end.exit_code for end in of_kind(records, "exit")] == [1]
    first = of_kind(records, "run")[0].run_id
    with wandb_logger(config, directory):
        assert wandb.run.id == first


def test_the_group_depends_on_what_matters_alone(tmp_path):
    directory = open_run(toy_config(), tmp_path / "default" / "aiir_mix" / "toy" / "seed=0")
    variants = [(), ("seed=3",), ("trainer.progress=true",), ("logger=wandb",), ("model.gamma=0.9",)]
    groups = [loggers.group(plain_config(toy_config(*overrides)), directory) for overrides in variants]
    assert groups[0] == groups[1] == groups[2] == groups[3] != groups[4]


class Forbidden(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(403)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """The address of a server that answers, though not with a page."""
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
    assert loggers._online_or_offline() == expected


def test_tensorboard_shows_every_metric_against_env_steps(tmp_path):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    directory = train(tmp_path / "default" / "aiir_mix" / "toy" / "seed=0", "logger=tensorboard")
    events = accumulators.EventAccumulator(str(directory.path / "tensorboard"))
    events.Reload()
    with directory.metrics_file.open() as file:
        rows = list(csv.DictReader(file))
    assert set(events.Tags()["scalars"]) == rows[0].keys() - {"env_steps"}
    shown = [(point.step, point.value) for point in events.Scalars("test/return")]
    assert shown == [(int(row["env_steps"]), pytest.approx(float(row["test/return"]))) for row in rows]
