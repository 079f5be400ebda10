"""The status of runs: read from their directories, shown in a table and in lines, and by `aiirmix status`."""

import io
import json
import time

import pytest
from rich.console import Console

from aiirmix.cli.main import main
from aiirmix.common.duration import duration
from aiirmix.launch import monitor as monitor
from aiirmix.launch import status_table as status_table_module
from aiirmix.launch.monitor import Monitor
from aiirmix.launch.status_table import status_table, summary_line
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lock import run_lock
from aiirmix.runs.status import run_status, seconds_left


def made(folder, seed, metrics=None, heartbeat=None):
    """Make the directory of a run as another process may leave it."""
    directory = RunDirectory(folder / f"runs/x/liir/8m/seed={seed}")
    directory.path.mkdir(parents=True)
    directory.config_file.write_text("")
    if metrics is not None:
        directory.metrics_file.write_text("env_steps,test/win_rate\n" + metrics)
    if heartbeat is not None:
        directory.progress_file.write_text(
            json.dumps(dict(zip(("env_steps", "budget", "speed"), heartbeat, strict=True)))
        )
    return directory


@pytest.fixture
def sweep(tmp_path):
    """One run of each state: waiting, interrupted, failed, done, and running at 100 steps/s with 4,000 to go."""
    done, failed = made(tmp_path, 3, "0,0.0\n9000,0.75\n", (9000, 9000, 50.0)), made(tmp_path, 2)
    done.mark_done()
    failed.mark_failed("RuntimeError: out of [luck]")
    running = made(tmp_path, 4, "0,0.0\n4000,0.5\n", (5000, 9000, 100.0))
    with run_lock(running.path):
        yield [made(tmp_path, 0), made(tmp_path, 1, "0,0.0\n3000,0.25\n", (3333, 9000, 80.0)), failed, done, running]


def drawn(renderable):
    text = io.StringIO()
    Console(file=text, width=200).print(renderable)
    return text.getvalue()


def rows(renderable):
    lines = [line for line in drawn(renderable).splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.split("│")[3:-1]] for line in lines]


def test_the_directory_shows_every_state(sweep):
    states = [run_status(directory).state for directory in sweep]
    assert states == ["waiting", "interrupted", "failed", "done", "running"]


def test_the_table_shows_what_is_known_of_each_run(sweep):
    assert rows(status_table([run_status(directory) for directory in sweep])) == [
        ["0", "waiting", "", "", "", "", ""],
        ["1", "interrupted", "3,000", "", "", "0.25", ""],
        ["2", "failed", "", "", "", "", "RuntimeError: out of [luck]"],
        ["3", "done", "9,000", "", "", "0.75", ""],
        ["4", "running", "5,000", "100", "40 s", "0.50", ""],
    ]


def test_the_table_has_no_empty_columns_and_fits_a_narrow_terminal(tmp_path):
    begun, waiting = made(tmp_path, 0, "0,0.0\n3000,0.25\n", (3333, 9000, 80.0)), made(tmp_path, 1)
    text = io.StringIO()
    Console(file=text, width=60).print(status_table([run_status(begun), run_status(waiting)]))
    header, *lines = [line for line in text.getvalue().splitlines() if line[0] in "┃│"]
    assert [name.strip() for name in header.strip("┃").split("┃")] == [
        *("model", "map", "seed", "state", "env steps", "win rate"),
    ]
    assert [cell.strip() for cell in lines[0].strip("│").split("│")] == [
        *("liir", "8m", "0", "interrupted", "3,000", "0.25"),
    ]


def test_the_time_left_counts_all_runs_that_are_not_over(sweep):
    """4,000 steps of the running run, 6,000 of the interrupted one, 9,000 of the waiting one; at 100 steps/s."""
    statuses = [run_status(directory) for directory in sweep]
    assert seconds_left(statuses) == pytest.approx(190)
    assert summary_line(statuses) == (
        "1 running, 1 failed, 1 interrupted, 1 waiting, 1 done, 100 env steps/s, about 3 min 10 s left"
    )


def test_the_time_left_is_not_less_than_that_of_the_slowest_run(tmp_path):
    fast, slow = made(tmp_path, 0, heartbeat=(8000, 9000, 1000.0)), made(tmp_path, 1, heartbeat=(0, 9000, 10.0))
    with run_lock(fast.path), run_lock(slow.path):
        assert seconds_left([run_status(fast), run_status(slow)]) == pytest.approx(900)


def test_there_is_no_time_left_while_nothing_runs(sweep):
    assert seconds_left([run_status(directory) for directory in sweep[:4]]) is None


def test_a_small_terminal_shows_runs_that_need_attention(sweep):
    text = status_table([run_status(directory) for directory in sweep], rows=2)
    assert [row[1] for row in rows(text)] == ["failed", "running"]
    assert "not shown: 1 interrupted, 1 waiting, 1 done" in drawn(text)


def test_a_damaged_heartbeat_is_ignored(tmp_path):
    directory = made(tmp_path, 0)
    for text in ("", '{"env_steps": 3', "[]", '{"env_steps": 3}'):
        directory.progress_file.write_text(text)
        assert run_status(directory).heartbeat is None


DURATIONS = [(0, "0 s"), (59.6, "1 min 00 s"), (199.6, "3 min 20 s"), (7500, "2 h 05 min")]


@pytest.mark.parametrize(("seconds", "text"), DURATIONS)
def test_a_duration_has_two_units(seconds, text):
    assert duration(seconds) == text


def test_without_a_terminal_lines_report_runs_that_ended_and_the_status_of_all(sweep, monkeypatch):
    monkeypatch.setattr(monitor, "LINE_EVERY", -1.0)
    text = io.StringIO()
    shown = Monitor(sweep, Console(file=text, width=200))
    shown.update()
    sweep[0].mark_failed("RuntimeError: no")
    with sweep[1].metrics_file.open("a") as metrics:
        metrics.write("9000,0.5\n")
    sweep[1].mark_done()
    shown.update()
    first, *others, last = text.getvalue().splitlines()
    assert first.startswith("1 running, 1 failed, 1 interrupted, 1 waiting, 1 done, ")
    assert others == [f"failed: {sweep[0].path}: RuntimeError: no", f"done: {sweep[1].path}"]
    assert last.startswith("1 running, 2 failed, 2 done, ")


@pytest.mark.parametrize("content", [b"\xff\n", b"env_steps\n1\n", b"env_steps,test/win_rate\n0,x\n", b"\0\n"])
def test_a_damaged_table_is_the_reason_in_the_table(tmp_path, content):
    run = made(tmp_path, 0, "0,0.0\n")
    run.metrics_file.write_bytes(content)
    one = run_status(run)
    assert one.state == "interrupted"
    assert str(run.metrics_file) in one.reason


def test_a_run_that_is_done_without_all_of_its_rows_is_damaged(tmp_path):
    run = made(tmp_path, 0, "0,0.0\n3000,0.5\n", (9000, 9000, 80.0))
    run.mark_done()
    assert "its rows end at 3,000 of 9,000" in run_status(run).reason


@pytest.mark.parametrize("content", [b"", b"[1]", b"7", b"\xff", b'{"env_steps": "x"}'])
def test_a_damaged_heartbeat_is_none(tmp_path, content):
    run = made(tmp_path, 0)
    run.progress_file.write_bytes(content)
    assert run_status(run).heartbeat is None


def test_a_terminal_shows_a_live_table(sweep):
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=120, height=12, color_system=None)
    shown = Monitor(sweep, console)
    with shown.live:
        shown.update()
    assert "not shown: 1 done" in text.getvalue()


def test_a_live_table_of_long_labels_fits_the_terminal(tmp_path):
    """Labels break after their commas, and fewer runs are shown."""
    label = "aiir_mix,actor.share_parameters=False,update=clipped"
    runs = [RunDirectory(tmp_path / "x" / label / "8m" / f"seed={seed}") for seed in range(30)]
    text = io.StringIO()
    shown = Monitor(runs, Console(file=text, force_terminal=True, width=60, height=20, color_system=None))
    with shown.live:
        shown.update()
    lines = text.getvalue().splitlines()
    below = next(i for i, line in enumerate(lines) if line.startswith("not shown: "))
    assert 12 < below < 19
    assert any("│ aiir_mix, " in line for line in lines[:below])
    assert any("update=clipped " in line for line in lines[:below])


def test_the_command_shows_the_runs_in_a_folder(sweep, tmp_path, capsys):
    assert main(["status", str(tmp_path / "runs" / "x")]) == 0
    assert "1 running, 1 failed, 1 interrupted, 1 waiting, 1 done" in capsys.readouterr().out


def test_a_folder_without_runs_is_reported_in_one_line(tmp_path, capsys):
    assert main(["status", str(tmp_path)]) == 2
    answer = capsys.readouterr()
    assert answer.err == f"error: {tmp_path} holds no run: those are in runs/<name>/<model>/<map>/seed=<n>/\n"
    assert answer.out == ""


def test_following_ends_when_all_runs_are_over(tmp_path, monkeypatch, capsys):
    directories = [made(tmp_path, seed) for seed in range(2)]
    for directory in directories:
        directory.mark_done()
    assert main(["status", str(tmp_path / "runs"), "--follow"]) == 0
    assert "2 done" in capsys.readouterr().out


def test_many_runs_are_shown_by_model_and_map(tmp_path, monkeypatch):
    monkeypatch.setattr(status_table_module, "MANY", 3)
    directories = [made(tmp_path, seed, f"0,0.0\n3000,0.{seed}\n", (3000, 3000, 80.0)) for seed in range(2, 6)]
    directories[0].mark_done()
    directories[1].mark_failed("RuntimeError: no luck")
    shown = drawn(status_table([run_status(directory) for directory in directories]))
    [row] = [line for line in shown.splitlines() if line.startswith("│")]
    assert [cell.strip() for cell in row.split("│")[3:-1]] == ["1", "2", "1", "0.35"]
    assert "seed=3: RuntimeError: no luck" in shown
    assert "1 failed, 2 interrupted, 1 done" in shown


def test_a_table_of_a_thousand_runs_is_short_and_quick(tmp_path):
    runs = [RunDirectory(tmp_path / "x" / f"model{seed % 10}" / "8m" / f"seed={seed}") for seed in range(1000)]
    started = time.process_time()
    shown = drawn(status_table([run_status(run) for run in runs]))
    assert len(shown.splitlines()) < 20
    assert time.process_time() - started < 3
    assert "1000 waiting" in shown
