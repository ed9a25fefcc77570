"""Sequence models and the commands around them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.reading.ground import NASTY, SETS
from wuxiao.reading import cli, redact
from wuxiao.reading.tagger import piece_features, sequence

ROADS = ["长江路", "解放路", "和平街", "书院路", "湘府路", "五一大道", "车站路", "人民路"]


def addresses() -> list[sequence.Labelled]:
    rows = []
    for number, road in enumerate(ROADS * 6):
        text = f"A市{road}{number + 1}号{number % 5 + 1}栋"
        cut = 2 + len(road)
        spans = [
            (0, 2, "city"),
            (2, cut, "road"),
            (cut, cut + len(str(number + 1)) + 1, "roadno"),
            (cut + len(str(number + 1)) + 1, len(text), "houseno"),
        ]
        rows.append(sequence.from_spans(text, spans))
    return rows


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> sequence.SequenceModel:
    return sequence.SequenceModel.train(addresses(), tmp_path_factory.mktemp("crf") / "a.crf", "address", rounds=30)


def test_an_address_is_parted(model: sequence.SequenceModel) -> None:
    assert sequence.parse_address(model, "A市书院路12号3栋") == {
        "city": "A市",
        "road": "书院路",
        "roadno": "12号",
        "houseno": "3栋",
    }
    assert sequence.parse_address(model, "") == {}


def test_entities_and_scores() -> None:
    labels = ["B-a", "I-a", "O", "I-b", "B-b"]
    assert sequence.entities(labels) == {(0, 2, "a"), (3, 4, "b"), (4, 5, "b")}
    scores = sequence.entity_scores([labels], [["B-a", "I-a", "O", "O", "B-b"]])
    assert scores["precision"] == 1
    assert scores["recall"] == pytest.approx(2 / 3, abs=0.001)


def test_a_trained_tagger_plugs_into_redaction(tmp_path: Path) -> None:
    data = [
        sequence.from_spans(f"我找{name}说事", [(2, 4, "name")])
        for name in ("张伟", "李娜", "王芳", "刘洋", "陈杰", "杨敏", "赵磊", "周静")
    ]
    trained = sequence.SequenceModel.train(data, tmp_path / "n.crf", "personal", rounds=20)
    tagger = sequence.PersonalTagger(trained)
    assert any(mark.text == "吴强" for mark in redact.find("我找吴强说事", tagger=tagger))


def test_mistakes_are_named(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("路 B-road\nnolabel\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        sequence.read_bio(tmp_path / "bad.txt")
    with pytest.raises(FileNotFoundError, match="no trained model"):
        sequence.SequenceModel(tmp_path / "none.crf", "address")
    with pytest.raises(ValueError, match="unknown features"):
        sequence.SequenceModel(tmp_path / "none.crf", "smell")


def test_of_two_fields_the_mean_decides(tmp_path: Path) -> None:
    def learned(name: str, spans: list[tuple[int, int, str]]) -> Path:
        rows = [sequence.from_spans(f"我找{who}说事", spans) for who in ("张伟", "李娜", "王芳", "刘洋", "陈杰")]
        rows.append(sequence.from_spans("住在河滨路", [(2, 5, "address")]))
        sequence.SequenceModel.train(rows, tmp_path / name, "personal", rounds=20)
        return tmp_path / name

    one, other = learned("one", [(2, 4, "name")]), learned("other", [(0, 3, "name"), (3, 5, "address")])
    at = {"name": 0.0, "address": 0.0}
    text = "我找吴强说事"

    def chances(*paths: Path) -> dict[str, float]:
        return {
            span.kind: chance
            for span, chance in sequence.SequenceModel(paths[0], "personal", *paths[1:]).chances(text, at)
        }

    alone, beside, both = chances(one), chances(other), chances(one, other)
    assert alone["name"] != pytest.approx(beside["name"], abs=0.05)
    for kind, chance in both.items():
        assert chance == pytest.approx((alone[kind] + beside[kind]) / 2)
    plain, twice = sequence.SequenceModel(one, "personal"), sequence.SequenceModel(one, "personal", one)
    assert twice.tag(sequence.pieces(text)) == plain.tag(sequence.pieces(text))
    assert twice.stretches(text, at_least={"name": 0.5}) == plain.stretches(text, at_least={"name": 0.5}) != []


def test_fields_that_know_other_labels_do_not_go_together(tmp_path: Path) -> None:
    sequence.SequenceModel.train(addresses(), tmp_path / "a.crf", "address", rounds=5)
    rows = [sequence.from_spans(f"我找{who}说事", [(2, 4, "name")]) for who in ("张伟", "李娜", "王芳", "刘洋")]
    sequence.SequenceModel.train(rows, tmp_path / "n.crf", "address", rounds=5)
    with pytest.raises(ValueError, match=r"n\.crf knows other labels than a\.crf"):
        sequence.SequenceModel(tmp_path / "a.crf", "address", tmp_path / "n.crf")


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(model: sequence.SequenceModel, text: str) -> None:
    assert isinstance(model.stretches(text[:5000]), list)
    assert piece_features.personal_features(sequence.pieces(text[:2000]))[:1] is not None


def run(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    assert cli.main(list(words)) == 0
    return json.loads(capsys.readouterr().out)


def test_the_commands_print_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    danger = run(capsys, "danger", "三楼着火了")
    assert isinstance(danger, dict)
    assert danger["tier"] == "certain"
    marked = run(capsys, "redact", "电话13812345678")
    assert isinstance(marked, dict)
    assert marked["text"] == "电话〔电话〕"
    assert run(capsys, "tokens", "路灯")
    assert run(capsys, "guess", "请问如何落户")
    assert run(capsys, "extract", "昨晚九点", "--now", "2026-03-18T10:00:00")
    (tmp_path / "m.txt").write_text("请问路灯什么时候修？", encoding="utf-8")
    (tmp_path / "r.txt").write_text("路灯明天修好，市政中心负责。", encoding="utf-8")
    assert run(capsys, "reply", "--message", str(tmp_path / "m.txt"), "--reply", str(tmp_path / "r.txt"))


def test_train_predict_and_evaluate_by_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = [
        f"{place}{thing}第{number}次,{label}"
        for number, place in enumerate("东西南北上下左右前后")
        for thing, label in (("路灯不亮", "灯"), ("广场舞太吵", "噪"))
    ]
    file = tmp_path / "d.csv"
    file.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    folder = str(tmp_path / "model")
    assert run(capsys, "train", "--input", str(file), "--model", folder, "--error", "0.2")
    found = run(capsys, "predict", "--model", folder, "中间路灯不亮")
    assert isinstance(found, dict)
    assert found["best"] == "灯"
    judged = run(capsys, "evaluate", "--input", str(file), "--model", folder, "--json")
    assert isinstance(judged, dict)
    assert judged["new_right"] == 20
    assert judged["macro_f1"] == 1.0
    # All texts of a label are copies of one another, so nothing could be held out to choose a threshold by.
    assert judged["decided"]["share"] == 0.0
    assert cli.main(["predict", "--model", folder, "--input", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "suggested,chance,words"
    assert len(lines) == 21


def test_a_wrong_file_is_explained_and_ends_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["predict", "--model", str(tmp_path / "none"), "x"]) == 2
    assert "reading predict" in capsys.readouterr().err
    assert cli.main(["danger", "--evaluate", str(SETS) + ".none"]) == 2
