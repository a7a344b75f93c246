"""The report: what fails costs its part alone; the curves are the history; charts are the same whenever drawn."""

import copy
import dataclasses
import itertools
import json
import math
import re
import shutil
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

import zoo865
from zoo865.agents.environments import goal_of
from zoo865.batches.collect import Collect
from zoo865.batches.shuffled import Shuffled
from zoo865.data.load import load_data
from zoo865.reporting.compare import side_by_side
from zoo865.reporting.curves import curves_section
from zoo865.reporting.info import describe_environment
from zoo865.reporting.page import page_path, svg
from zoo865.tasks.classification import Classification
from zoo865.tasks.control import Control
from zoo865.tasks.examples import training_batch
from zoo865.tasks.image_classification import ImageClassification
from zoo865.tasks.task import Part, ReportSection, Task
from zoo865.training import checkpoint
from zoo865.training.record import examples_per_second
from zoo865.visualize.blocks import blocks_of
from zoo865.visualize.charts import matrix, reliability_diagram
from zoo865.visualize.curves import Panel, history_chart
from zoo865.workflow import make_on

TITLES = ("Training curves", "Confusion matrix", "Per class", "Training batch", "Suggestions")


@pytest.fixture
def classifier(tiny_run, tmp_path):
    """A copy of a run that may be written into, opened anew."""
    shutil.copytree(tiny_run("mnist_cnn").path, tmp_path / "run")
    return zoo865.Run(tmp_path / "run")


def fails(*_, **__):
    raise RuntimeError("it rained")


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("zoo865.tasks.classification.advice", "Suggestions"),
        ("zoo865.tasks.classification.training_batch", "Training batch"),
        ("zoo865.tasks.classification._per_class", "Per class"),
        ("zoo865.visualize.charts.matrix", "Confusion matrix"),
        ("zoo865.reporting.curves.history_chart", "Training curves"),
        ("zoo865.reporting.report.blocks_of", "Model"),
    ],
)
def test_what_fails_costs_its_part_alone(part, title, classifier, monkeypatch, capsys):
    monkeypatch.setattr(part, fails)
    page = zoo865.report(classifier).read_text()
    assert f"Could not be created: {title}: RuntimeError: it rained" in page
    assert f"lacks {title}: RuntimeError: it rained" in capsys.readouterr().err
    for other in TITLES:
        assert (f"<h2>{other}" in page) == (other != title)
    for whole in ('id="measures"', 'id="settings"', 'id="next"'):
        assert whole in page


def test_data_that_are_gone_cost_what_shows_them(classifier, monkeypatch, capsys):
    def gone(recipe):
        raise zoo865.ZooError("no folder photos", "name it where it is now")

    monkeypatch.setattr("zoo865.training.build.load", gone)
    there = {path: path.read_bytes() for path in classifier.path.rglob("*") if path.is_file()}
    with pytest.raises(zoo865.ZooError, match=r"no folder photos; the existing .*html is kept; name it where it is"):
        zoo865.report(classifier)
    assert {path: path.read_bytes() for path in classifier.path.rglob("*") if path.is_file()} == there
    classifier.report_path.unlink()
    page = zoo865.report(classifier).read_text()
    assert "<h2>Training curves" in page
    assert 'id="measures"' in page
    assert "<b>stage1</b>" in page
    assert "<h2>Confusion matrix" not in page
    err = capsys.readouterr().err
    assert err.count("no folder photos") == 1  # one reason, one line, however many parts it costs
    assert "Confusion matrix" in err


def test_figures_of_an_earlier_report_go_and_a_persons_own_stay(classifier, monkeypatch):
    """Older versions drew a chart for each measure, and all as PNG."""
    figures = classifier.path / "figures"
    used = {path.relative_to(figures) for path in figures.rglob("*.*")}
    earlier = ("curve_loss.png", "curve_accuracy.png", "curve_cross_entropy.png", "confusion_matrix.png", "curves.gif")
    of_a_person = ("curve_mine.png", "mine/01.png", "training_batch/mine.png", "confusion_matrix.pdf")
    for name in (*earlier, "training_batch/01.png", "training_batch/999.png", *of_a_person):
        (figures / name).parent.mkdir(exist_ok=True)
        (figures / name).touch()
    zoo865.report(classifier)
    left = {path.relative_to(figures) for path in figures.rglob("*.*")}
    assert {str(path) for path in left - used} == set(of_a_person)
    assert used <= left
    monkeypatch.setattr("zoo865.visualize.charts.matrix", fails)
    zoo865.report(classifier)
    assert (figures / "confusion_matrix.svg").is_file()  # what it drew before is all there is


class Halfway(Task):
    """What a user's own task may do: sections as they come, and an error in the midst of them."""

    def __init__(self, sections):
        self.report_sections = sections


@pytest.mark.parametrize("broken", ["at once", "between", "figure", "references"])
def test_a_task_of_a_users_own_costs_what_it_fails_at(broken, classifier, monkeypatch, capsys):
    def sections(run):
        yield ReportSection("first", "The first", "")
        figure = Figure()
        figure.savefig = fails
        yield ReportSection("drawn", "The drawn", "", figure if broken == "figure" else None)
        yield Part("The third", lambda: [ReportSection("third", "The third", "")])
        if broken == "between":
            raise KeyError("nothing")

    task = Halfway(fails if broken == "at once" else sections)
    if broken == "references":
        task.references = fails
    classifier.recipe = copy.copy(classifier.recipe)
    object.__setattr__(classifier.recipe, "task", task)
    page = zoo865.report(classifier).read_text()
    assert ("<h2>The first" in page) == ("<h2>The third" in page) == (broken != "at once")
    assert ("<h2>The drawn" in page) == (broken not in ("at once", "figure"))
    assert "Could not be created" in page
    assert "the report lacks" in capsys.readouterr().err


def test_the_export_comes_first_and_neither_costs_the_other(tiny_run, monkeypatch):
    done = []
    monkeypatch.setattr("zoo865.workflow.resume", lambda *_, **__: tiny_run("mnist_cnn"))
    monkeypatch.setattr("zoo865.workflow.export", lambda run: done.append("export"))
    monkeypatch.setattr("zoo865.workflow.report", lambda run: done.append("report"))
    make_on("run")
    assert done == ["export", "report"]
    monkeypatch.setattr("zoo865.workflow.export", fails)
    with pytest.raises(RuntimeError, match="it rained"):
        make_on("run")
    assert done == ["export", "report", "report"]


@pytest.mark.parametrize(("mix", "balance"), [*itertools.product(("none", "mixup", "cutmix"), (False, True))])
def test_a_batch_is_shown_whatever_its_labels_are(mix, balance):
    recipe = SimpleNamespace(batches=Shuffled(mix=mix, balance=balance, augment="digits"), batch_size=8)
    data = load_data("generated_digits")
    run = SimpleNamespace(recipe=recipe, data=data, spec=data.spec, settings={"seed": 0}, model=None)
    pictures = training_batch(run).pictures
    said = [caption for caption in pictures.captions if caption]
    assert len(said) == 8
    for caption in said:
        shares = [int(share) for share in re.findall(r"(\d+)% \d", caption)]
        assert sum(shares) == pytest.approx(100, abs=1) if mix != "none" else re.fullmatch(r"\d", caption)
    assert mix != "mixup" or any("," in caption for caption in said)
    assert list(ImageClassification().after_the_batch(run))


def two_phases():
    """A recipe of two phases, the second of which ended early, and its history."""
    recipe = zoo865.get_recipe("mobilenet_v2").override({"phases.head.epochs": 4, "phases.blocks.epochs": 8})
    head, blocks, every = recipe.phases
    recipe = dataclasses.replace(
        recipe, phases=(head, dataclasses.replace(blocks, optimizer=dataclasses.replace(every.optimizer, warmup=0.1)))
    )
    epochs = [("head", 4), ("blocks", 5)]
    names = [name for name, count in epochs for _ in range(count)]
    history = [
        {"phase": name, "epoch": number, "loss": 1 / number, "accuracy": 0.5, "val_accuracy": 0.6}
        | {"val_balanced_accuracy": 0.55, "val_cross_entropy": 2 / number, "seconds": 1.0, "examples_per_second": 9.0}
        for number, name in enumerate(names, 1)
    ]
    return SimpleNamespace(recipe=recipe, history=history, metrics={"best_epoch": 7})


def drawn_with(run, monkeypatch, references=()):
    """What the section hands to the chart."""
    given = {}
    names = ("panels", "phases", "kept", "xlabel")
    monkeypatch.setattr("zoo865.reporting.curves.history_chart", lambda *g: given.update(zip(names, g, strict=True)))
    given["caption"] = curves_section(run, references).caption
    given["panels"] = {panel.title: panel for panel in given["panels"]}
    return given


def test_training_and_validation_share_a_panel_and_phases_are_marked(monkeypatch):
    run = two_phases()
    given = drawn_with(run, monkeypatch)
    assert list(given["panels"]) == ["Loss", "Accuracy", "Learning rate"]
    loss = given["panels"]["Loss"].lines
    assert loss["training"] == (list(range(1, 10)), [1 / number for number in range(1, 10)])
    assert loss["validation, cross entropy"][1][2] == 2 / 3
    assert list(given["panels"]["Accuracy"].lines) == ["training", "validation", "validation, balanced"]
    assert (given["phases"], given["kept"], given["xlabel"]) == ({"head": 4, "blocks": 9}, 7, "epoch")
    for said in ("epoch 7 were kept", "head (epochs 1 to 4)", "blocks (epochs 5 to 9)"):
        assert said in given["caption"]


def test_the_learning_rate_is_the_schedules(monkeypatch):
    """The planned cosine of each phase, also of one that ended early; warm-up in its first tenth."""
    run = two_phases()
    rates = drawn_with(run, monkeypatch)["panels"]["Learning rate"].lines[""][1]
    head, blocks = (phase.optimizer for phase in run.recipe.phases)
    np.testing.assert_allclose(
        rates[:4],
        [head.learning_rate * (0.5 + 0.5 * math.cos(math.pi * (place + 0.5) / 4)) for place in range(4)],
        1e-3,
    )
    rising = 0.1 * 8
    falls = [(place + 0.5 - rising) / (8 - rising) for place in range(1, 5)]
    assert rates[4] == pytest.approx(blocks.learning_rate * 0.5 / rising, rel=1e-2)
    np.testing.assert_allclose(
        rates[5:], [blocks.learning_rate * (0.5 + 0.5 * math.cos(math.pi * x)) for x in falls], 1e-2
    )


def test_validation_that_teaches_is_not_drawn(monkeypatch):
    run = two_phases()
    head, blocks = run.recipe.phases
    run.recipe = dataclasses.replace(run.recipe, phases=(head, dataclasses.replace(blocks, learn_validation=True)))
    given = drawn_with(run, monkeypatch)
    assert given["panels"]["Loss"].lines["training"][0] == list(range(1, 10))
    assert given["panels"]["Loss"].lines["validation, cross entropy"][0] == list(range(1, 5))
    assert "Phase blocks also trains on the validation examples" in given["caption"]


@pytest.mark.parametrize("epochs", [2, 10, 14, 15, 60])
def test_no_curve_is_drawn_outside_its_axes(epochs):
    x, y = list(range(1, epochs + 1)), [9.0] + [1 / number for number in range(1, epochs)]
    axis = history_chart([Panel("Loss", {"training": (x, y), "validation": (x[:3], y[:3])})], {}, 1, "epoch").axes[1]
    low, high = axis.get_ylim()
    for line in axis.get_lines():
        assert line.get_clip_on() or low <= min(line.get_ydata()) <= max(line.get_ydata()) <= high
    assert (high > 9) == (epochs < 15)


def test_axes_begin_and_end_with_the_data():
    axes = curves_section(two_phases()).figure.axes
    assert axes[1].get_xlim() == (1, 9)
    assert all(axis.get_shared_x_axes().joined(axes[1], axis) for axis in axes)
    loss = axes[1].get_ylim()
    assert loss[0] > -0.2
    assert loss[1] < 2.5


def test_agents_go_along_environment_steps_between_chance_and_the_goal(tiny_run, monkeypatch):
    run = tiny_run("dqn_cartpole")
    references = list(run.recipe.task.references(run))
    given = drawn_with(run, monkeypatch, references)
    assert given["xlabel"] == "environment steps"
    arrays = checkpoint.read_last(run.path / "checkpoints")[1]
    done = int(checkpoint.part_of(arrays, "feed")["done"])
    last = given["panels"]["Return"].lines["training"][0][-1]
    assert abs(done - last) <= run.recipe.batches.environments  # all copies step together
    levels = given["panels"]["Return"].levels
    assert levels["chance"] == describe_environment("CartPole-v1")["random_return"]["mean"]
    assert levels["goal"] == max(phase.stop_at for phase in run.recipe.phases)
    assert goal_of("CartPole-v1") == 475  # gymnasium's documentation
    assert Collect(steps=2400, steps_per_update=2, warm_up=1000).axis([1, 2], 32)[1] == [3368, 5736]


def test_levels_are_within_the_chart_however_far_off():
    values = [float(value) for value in range(40)]
    panel = Panel("Return", {"training": (values, values)}, {"chance": -300.0, "goal": 900.0})
    low, high = history_chart([panel], {"train": 39.0}, 39.0, "epoch").axes[1].get_ylim()
    assert low < -300
    assert high > 900


def test_an_agent_without_a_goal_or_an_end_has_no_such_line(monkeypatch):
    monkeypatch.setattr("zoo865.tasks.control.play_by_chance", lambda *_, **__: (np.ones(20), np.full(20, 1_000)))
    monkeypatch.setattr("zoo865.tasks.control.goal_of", lambda name: None)
    run = SimpleNamespace(data=SimpleNamespace(environment="x"), recipe=zoo865.get_recipe("dqn"))
    assert [each.name for each in Control().references(run)] == []


def test_the_baseline_is_what_one_answer_for_all_comes_to():
    labels = {"train": [2, 2, 2, 0, 1], "test": [0, 0, 2, 1, 2, 2, 2, 1]}
    splits = {name: SimpleNamespace(labels=np.array(given)) for name, given in labels.items()}
    counts = lambda split, count: np.bincount(split.labels, minlength=count)  # noqa: E731
    run = SimpleNamespace(data=SimpleNamespace(**splits), spec=SimpleNamespace(class_names=("a", "b", "c")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zoo865.tasks.classification.class_counts", counts)
        (found,) = Classification().references(run)
    assert found.name == "always predicting c"
    assert found.values == pytest.approx({"accuracy": 4 / 8, "balanced_accuracy": 1 / 3})


def test_what_was_seen_a_second_counts_the_seconds_of_what_was_remembered():
    """160 images in 10 s, then three times the same from memory in 0.1 s: 62, not 1,600."""
    history = [{"seconds": 10.0, "examples_per_second": 16.0}] + 3 * [{"seconds": 0.1, "examples_per_second": 1600.0}]
    assert examples_per_second(history) == pytest.approx(640 / 10.3)


def test_a_mistake_says_the_truth_beside_the_answer(classifier):
    page = zoo865.report(classifier).read_text()
    said = re.findall(r"<figcaption>label (\d), predicted (\d) \((\d+)\u00a0%\)</figcaption>", page)
    assert said
    assert all(true != answer for true, answer, _ in said)
    assert all(int(first) >= int(second) for (*_, first), (*_, second) in itertools.pairwise(said[: len(said) // 2]))


def test_the_next_commands_name_this_run(classifier):
    page = zoo865.report(classifier).read_text()
    for command in ("predict", "look", "publish"):
        assert f"zoo865 {command} {classifier.path.resolve()}" in page
    assert f"{classifier.path.resolve()}/export/mnist_cnn:/models/mnist_cnn" in page
    assert len(re.findall(r"<b>[\d.]+", page.split('class="sections"')[0])) == 3  # the headline


def test_a_chart_is_the_same_whenever_it_is_drawn_and_no_name_stands_twice(classifier):
    one, again = (svg(matrix(np.eye(3, dtype=int), ["a & b", "$x$ <y>", "猫"]), "matrix") for _ in range(2))
    assert one == again
    assert "<dc:date>" not in one
    texts = ["".join(text.itertext()) for text in ElementTree.fromstring(one).iter("{http://www.w3.org/2000/svg}text")]
    assert {"a & b", "$x$ <y>", "猫"} <= set(texts)
    page = zoo865.report(classifier).read_text()
    names = re.findall(r'<[^>]* id="([^"]+)"', page)
    assert len(names) == len(set(names))
    referred = {one or other for one, other in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page)}
    assert referred <= set(names)
    assert "#7a828c" not in page  # the page's own colour of text in its place


def test_the_matrix_of_many_or_long_classes_has_letters_that_can_be_read():
    for names in ([f"class number {number}" for number in range(60)], ["an exceedingly long name of a class", "b"]):
        figure = matrix(np.ones((len(names),) * 2, int), names)
        figure.canvas.draw()
        sizes = {
            text.get_fontsize() for axis in figure.axes for text in axis.get_yticklabels() + axis.get_xticklabels()
        }
        assert min(sizes) >= 11
        boxes = [text.get_window_extent() for text in figure.axes[0].get_yticklabels()]
        assert all(low.y0 >= high.y1 - 1 or high.y0 >= low.y1 - 1 for low, high in itertools.pairwise(boxes))


def test_empty_bins_have_no_bar():
    counts = np.array([0] * 10 + [3, 0, 0, 0, 7])
    figure = reliability_diagram(np.where(counts, 0.8, np.nan), np.where(counts, 0.9, np.nan), counts)
    assert len(figure.axes[0].patches) == 2


def test_blocks_hold_what_the_model_holds(tiny_run):
    for name in ("mnist_cnn", "vae", "dcgan"):
        model = tiny_run(name).model
        blocks = blocks_of(model)
        assert sum(block.parameters for block in blocks) == sum(layer.count_params() for layer in model.layers)
        assert len({block.name for block in blocks}) > 2
    names = [block.name for block in blocks_of(tiny_run("mnist_cnn").model)]
    assert names[:2] == ["stem", "stage1"]


def test_a_page_stands_in_a_folder_that_is_there(tmp_path):
    assert page_path(tmp_path / "page.html", "compare.html") == tmp_path / "page.html"
    with pytest.raises(zoo865.ZooError, match=f"page.html: no folder {tmp_path}/missing; create it: mkdir -p "):
        page_path(tmp_path / "missing" / "page.html", "compare.html")


def test_two_systems_are_compared_by_what_both_have(tiny_run, zoo):
    runs = [tiny_run(name) for name in ("mnist_cnn", "dqn_cartpole", "vae", "dcgan")]
    table, apart = side_by_side(runs)
    recipes = [run.settings["recipe"] for run in runs]
    assert table["batch_size"] == [str(recipe["batch_size"]) for recipe in recipes]
    assert table["accuracy"][1:] == ["", "", ""]
    assert re.fullmatch(r"[\d.]+\u00a0% \([\d.]+\u00a0% to [\d.]+\u00a0%\)", table["accuracy"][0])
    assert "batches.replay" in apart
    assert "batches.replay" not in table
    code, out, err = zoo("compare", *(run.path for run in runs), "--out", "compare.html")
    assert code == 0, err
    assert max(map(len, out.splitlines())) <= 120
    code, out, _ = zoo("compare", *(run.path for run in runs), "--json")
    assert json.loads(out)[1]["batches.replay"] == recipes[1]["batches"]["replay"]
    code, _, err = zoo("compare", runs[0].path, "--out", "compare.txt")
    assert (code, err.count("\n")) == (2, 1)
