"""W&B dashboards as they would be sent; the site is replaced."""

import csv
import json
import re

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.report.workspace import save, save_dashboards
from tests.report.fake_runs import run_command
from tests.training.toy_runs import train

pytest.importorskip("wandb_workspaces")
import wandb
from wandb_workspaces.reports.v2 import interface
from wandb_workspaces.workspaces import internal

from aiirmix.report import dashboards

WHERE = ("team", "project")
SECTIONS = ["Test episodes", "Rewards", "Attention", "Mixer"]
BY_GROUP = [{"section": "run", "name": "group"}]
MAPS = ("2s3z", "3s5z", "8m", "MMM")


@pytest.fixture(autouse=True)
def no_account(monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    yield
    wandb.teardown()  # W&B reads the environment once in a process.


@pytest.fixture
def site_knows_the_project(monkeypatch):
    """Answer the question of a report for its project's number before it is serialised."""
    monkeypatch.setattr(interface, "_get_api", lambda: None)
    monkeypatch.setattr(interface, "execute_graphql", lambda *_: {"project": {"internalId": "7"}})


def sent(dashboard):
    """Return the JSON text that saving sends, parsed."""
    return json.loads(dashboard._to_model().spec.model_dump_json(by_alias=True, exclude_none=True))


def sent_sections():
    return sent(dashboards.workspace(*WHERE, "8m", []))["section"]["panelBankConfig"]["sections"]


def run_filters(run_set):
    return [(one["key"], one["op"], one["value"]) for one in run_set["filters"]["filters"]]


def tagged(*tags):
    return ({"section": "run", "name": "tags"}, "IN", list(tags))


def test_the_workspace_has_a_section_for_each_topic_and_win_rates_first():
    sections = sent_sections()
    assert [section["name"] for section in sections] == SECTIONS
    first = sections[0]["panels"][0]["config"]
    assert first["metrics"] == ["test/win_rate"]
    assert (first["yAxisMin"], first["yAxisMax"]) == (0, 1)


def test_every_chart_is_against_env_steps_and_averages_a_group():
    for section in sent_sections():
        for panel in section["panels"]:
            config = panel["config"]
            assert panel["viewType"] == "Run History Line Plot"
            assert (config["xAxis"], config["groupAgg"], config["groupArea"]) == ("env_steps", "mean", "stderr")
            assert config["limit"] == dashboards.MAX_GROUPS


def test_the_workspace_groups_the_seeds_of_one_map():
    view = dashboards.workspace(*WHERE, "8m", ["aiir_mix", "rmix"])
    [runs] = sent(view)["section"]["runSets"]
    assert runs["grouping"] == BY_GROUP
    assert run_filters(runs) == [tagged("8m"), tagged("aiir_mix", "rmix")]
    assert (view.entity, view.project, view.name) == (*WHERE, "8m: AIIR-MIX, RMIX")
    assert sent(view)["section"]["settings"]["xAxis"] == "env_steps"


def test_without_models_runs_are_selected_by_their_map_alone():
    [runs] = sent(dashboards.workspace(*WHERE, "MMM", []))["section"]["runSets"]
    assert run_filters(runs) == [tagged("MMM")]


def test_the_charts_are_of_metrics_that_a_run_logs(tmp_path):
    run = train(tmp_path / "default" / "aiir_mix" / "toy" / "seed=0")
    with (run.path / "metrics.csv").open() as file:
        logged = set(next(csv.reader(file)))
    for section in sent_sections():
        for config in (panel["config"] for panel in section["panels"]):
            assert set(config["metrics"]) <= logged
            if pattern := config.get("metricRegex"):
                assert any(re.fullmatch(pattern, name) for name in logged)


@pytest.mark.usefixtures("site_knows_the_project")
def test_the_report_shows_each_topic_on_each_map():
    blocks = sent(dashboards.report(*WHERE, ["8m", "MMM"], ["liir"]))["blocks"]
    heads = [block["children"][0]["text"] for block in blocks if block["type"] == "heading" and block["level"] == 1]
    grids = [block["metadata"] for block in blocks if block["type"] == "panel-grid"]
    assert heads == SECTIONS
    assert len(grids) == 2 * len(SECTIONS)
    for i, grid in enumerate(grids):
        [runs] = grid["runSets"]
        assert runs["project"]["id"] == "7"
        assert runs["grouping"] == BY_GROUP
        assert run_filters(runs) == [tagged(("8m", "MMM")[i % 2]), tagged("liir")]
        metrics = [panel["config"]["metrics"] for panel in grid["panelBankSectionConfig"]["panels"]]
        assert metrics == [panel["config"]["metrics"] for panel in sent_sections()[i // 2]["panels"]]
        assert {panel["config"]["xAxis"] for panel in grid["panelBankSectionConfig"]["panels"]} == {"env_steps"}


def test_the_command_saves_a_workspace_for_each_map_and_then_the_report():
    saved = []

    def save(dashboard, _address):
        saved.append(dashboard)
        return f"address {len(saved)}"

    addresses = save_dashboards("team", "aiirmix", ["8m", "2s3z"], ["aiir"], save=save)
    assert addresses == ["address 1", "address 2", "address 3"]
    assert [type(one).__name__ for one in saved] == ["Workspace", "Workspace", "Report"]
    assert [one.name for one in saved[:2]] == ["8m: AIIR", "2s3z: AIIR"]
    assert {(one.entity, one.project) for one in saved} == {("team", "aiirmix")}


def test_saving_the_same_dashboards_updates_them_and_others_are_new():
    given = []

    def save(dashboard, address):
        given.append(address)
        return f"address {len(given)}"

    assert save_dashboards("team", "aiirmix", ["8m"], ["aiir"], save=save) == ["address 1", "address 2"]
    assert save_dashboards("team", "aiirmix", ["8m"], ["aiir"], save=save) == ["address 3", "address 4"]
    save_dashboards("team", "aiirmix", ["8m"], ["rmix"], save=save)
    save_dashboards("other", "aiirmix", ["8m"], ["aiir"], save=save)
    save_dashboards("team", "aiirmix", ["8m"], ["aiir"], new=True, save=save)
    save_dashboards("team", "aiirmix", ["8m"], ["aiir"], save=save)
    fresh = [None, None]
    assert given == [*fresh, "address 1", "address 2", *fresh, *fresh, *fresh, "address 9", "address 10"]


def test_dashboards_saved_before_a_failure_are_updated_afterwards():
    answers = iter(["the first"])

    def save_one(*_):
        if (address := next(answers, None)) is None:
            raise ConnectionError
        return address

    def save_all(_, address):
        given.append(address)
        return "x"

    given: list[str | None] = []
    with pytest.raises(ConfigError):
        save_dashboards("team", "aiirmix", MAPS, save=save_one)
    save_dashboards("team", "aiirmix", MAPS, save=save_all)
    assert given == ["the first", None, None, None, None]


def test_an_update_sends_the_new_content_under_the_old_number(monkeypatch):
    """Replace the site where the library calls it."""
    site: dict[str, str] = {}

    def upsert(view):
        site.update(spec=view.spec.model_dump_json(by_alias=True, exclude_none=True), id=view.id or "number 1")
        return {"upsertView": {"view": {"name": view.name, "id": site["id"]}}}

    monkeypatch.setattr(internal, "upsert_view2", upsert)
    monkeypatch.setattr(internal, "get_view_dict", lambda *_: {**site, "displayName": "8m: all models"})
    monkeypatch.setattr(wandb, "Api", lambda: None)
    monkeypatch.setattr("wandb_workspaces.workspaces.interface.get_app_url", lambda _: "http://127.0.0.1:9")
    first = save(dashboards.workspace(*WHERE, "8m", []), None)
    before = json.loads(site["spec"])["section"]["panelBankConfig"]["sections"]
    monkeypatch.setattr(dashboards, "DIAGNOSTICS", dashboards.DIAGNOSTICS[:1])
    assert save(dashboards.workspace(*WHERE, "8m", []), first) == first
    after = json.loads(site["spec"])["section"]["panelBankConfig"]["sections"]
    assert site["id"] == "number 1"
    assert [[section["name"] for section in part] for part in (before, after)] == [SECTIONS, SECTIONS[:2]]


def test_an_updated_report_keeps_its_number_and_gets_the_new_content(monkeypatch):
    there, wanted = (dashboards.report(*WHERE, labels, []) for labels in (["8m"], ["8m", "MMM"]))
    there.id = "number 1"
    monkeypatch.setattr(interface.Report, "from_url", lambda _: there)
    updated = dashboards.in_place_of(wanted, "address")
    assert updated.id == "number 1"
    assert len(updated.blocks) == len(wanted.blocks)


@pytest.mark.parametrize(
    ("model", "message"),
    [("aiirmix", "unknown model aiirmix; did you mean aiir_mix?"), ("base", "unknown model base (known: ")],
)
def test_an_unknown_model_is_refused_in_one_line(model, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        save_dashboards("team", "aiirmix", MAPS, ["liir", model], save=lambda *_: "")


def test_own_and_changed_models_are_known_by_their_runs(tmp_path):
    (tmp_path / "runs" / "default" / "mine,gamma=0.9" / "8m").mkdir(parents=True)
    models = ["mine", "mine,gamma=0.5", "aiir_mix,mixer.start=random"]
    assert len(save_dashboards("team", "aiirmix", MAPS, models, save=lambda *_: "x")) == 5


def test_a_missing_network_is_one_line():
    def unplugged(*_):
        raise ConnectionError("no route\nto host")

    with pytest.raises(ConfigError, match=r"^W&B did not take the dashboards of team/aiirmix: no route to host$"):
        save_dashboards("team", "aiirmix", MAPS, save=unplugged)


def test_a_missing_account_is_one_line(capsys):
    code, _, message = run_command(capsys, "workspace", "--entity", "team")
    assert code == 2
    assert message.startswith("error: W&B did not take the dashboards of team/aiirmix: ")
    assert "wandb login" in message
    assert message.count("\n") == 1
