"""The commands of the readers: `python -m wuxiao.reading …`, also reached as `wuxiao reading …`. Figures are printed
as JSON."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from wuxiao.reading import danger, danger_set, extract, guess, hot, measure, redact, replies, tokens
from wuxiao.reading.classify import Classifier, challenge
from wuxiao.reading.tagger import sequence, shipped


def _show(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=1, default=str))


def _given(args: argparse.Namespace) -> str:
    return " ".join(args.words) if args.words else sys.stdin.read()


#: What some readers of lines take for the end of one, written as JSON may write it.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


def _each(args: argparse.Namespace, read: Callable[[str], Mapping[str, Any]]) -> int:
    """Read `args.texts` (a text a line, `-` for standard input) and print one JSON object a line, in the same order.

    An empty line is a text too, so that line n of the answer always belongs to line n of the file.
    """
    # Only a line feed ends a line: an old line end or an odd one inside a text must not shift the answers.
    whole = measure.decoded(sys.stdin.buffer.read(), "-") if args.texts == "-" else measure.read_text(Path(args.texts))
    lines = whole.split("\n")
    for line in lines[:-1] if lines[-1] == "" else lines:
        print(json.dumps(read(line.rstrip("\r")), ensure_ascii=False, default=str).translate(_LINE_ENDS))
    return 0


def _takes_texts(one: argparse.ArgumentParser) -> None:
    one.add_argument("--texts", metavar="FILE", help="a text a line (- for standard input); prints an object a line")
    one.add_argument("--json", action="store_true", help="JSON (always so)")


def _tables(names: Sequence[str], texts: Sequence[str], label: str) -> tuple[list[str], list[str]]:
    """Read several tables; a file whose text columns are `text` alone is taken as such, so that segmented and raw
    files can be joined."""
    all_texts: list[str] = []
    all_labels: list[str] = []
    for name in names:
        path = Path(name)
        header = next(csv.reader([measure.read_text(path).partition("\n")[0]]))
        columns = texts if all(column in header for column in texts) else ["text"]
        found, labels = measure.read_table(path, columns, label)
        all_texts += found
        all_labels += labels
    return all_texts, all_labels


def _train(args: argparse.Namespace) -> int:
    texts, labels = _tables(args.input, args.text, args.label)
    model = Classifier.train(
        texts,
        labels,
        made_at=datetime.fromisoformat(args.at) if args.at else None,
        source=", ".join(Path(name).name for name in args.input),
    )
    coverage = model.accept(args.error)
    model.save(Path(args.model))
    held = model.card["held_out"]
    assert isinstance(held, dict)
    _show(
        {
            "model": args.model,
            "texts": model.card["texts"],
            "held_out_macro_f1": held["macro_f1"],
            "accepted_error": args.error,
            "decided_share": round(coverage, 4),
        }
    )
    return 0


def _predict(args: argparse.Namespace) -> int:
    model = Classifier.load(Path(args.model))
    if args.input:
        texts, _ = measure.read_table(Path(args.input), args.text)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["suggested", "chance", "words"])
        if args.words_too:
            writer.writerows([found.label, found.chance, " ".join(found.words)] for found in map(model.predict, texts))
        else:
            writer.writerows([label, f"{chance:.4f}", ""] for label, chance in model.decide(texts))
    else:
        _show(asdict(model.predict(_given(args))))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    if args.model:
        model = Classifier.load(Path(args.model))
        texts, labels = _tables(args.input, args.text, args.label)
        rival = Classifier.load(Path(args.against)) if args.against else None
        result: object = {
            **measure.judged(model, texts, labels, precision=args.precision),
            **asdict(challenge(rival, model, texts, labels)),
        }
    else:
        texts, labels = _tables(args.input, args.text, args.label)
        also = _tables(args.also, args.text, args.label) if args.also else None
        result = measure.classification(
            texts, labels, also=also, folds=args.folds, baselines=args.baselines, precision=args.precision
        )
    _show(result)
    return 0


def _extract(args: argparse.Namespace) -> int:
    gazetteer = None
    if args.places:
        rows = csv.reader(measure.read_text(Path(args.places)).splitlines())
        gazetteer = extract.Gazetteer((row[0], row[-1]) for row in rows if row)
    received = datetime.fromisoformat(args.received)
    if args.evaluate:
        _show(measure.spoken(Path(args.evaluate), received))
        return 0

    def read(text: str) -> list[dict[str, Any]]:
        return [asdict(found) for found in extract.extract(text, now=received, gazetteer=gazetteer)]

    if args.texts:
        return _each(args, lambda text: {"found": read(text)})
    _show(read(_given(args)))
    return 0


def _tier(text: str) -> dict[str, Any]:
    found = danger.look(text)
    return {
        "tier": found.tier,
        "why": found.why.zh,
        "why_en": found.why.en,
        "kinds": list(found.kinds),
        "words": [span.text for span in found.spans],
    }


def _danger(args: argparse.Namespace) -> int:
    if args.texts:
        return _each(args, _tier)
    if args.learn:
        samples = danger_set.lessons(Path(args.learn))
        model = danger_set.learn(samples, danger_set.sets(Path(args.learn)).templates)
        Path(args.out).write_bytes(model.to_bytes())
        _show({"texts": len(samples), "characters and pairs": len(model.names), "file": args.out})
    elif args.evaluate:
        _show(_danger_figures(args))
    else:
        _show(asdict(danger.look(_given(args))))
    return 0


def _danger_figures(args: argparse.Namespace) -> dict[str, object]:
    sets = danger_set.sets(Path(args.evaluate))
    parts = {part: [s for s in sets.own if s.part == part] for part in "abc"}
    figures: dict[str, object] = {
        "a and b: patterns were mended and the model learned on them": danger_set.measure([*parts["a"], *parts["b"]]),
        "c: only measured": danger_set.measure(parts["c"]),
        "of these the half of the fifth set drawn by lot": danger_set.measure(danger_set.kept(Path(args.evaluate))),
        "the older set of templates": danger_set.measure(sets.templates),
    }
    for name in danger_set.STRANGERS:
        figures[f"a stranger's set, only measured: {name}"] = danger_set.stranger(Path(args.evaluate), name)
    for name in args.letters:
        texts, _ = measure.read_table(Path(name), args.text or ["text"])
        found = [danger.look(text).tier for text in texts]
        figures[f"letters of {Path(name).name}"] = {
            tier: danger_set.share(found.count(tier), len(found)) for tier in (danger.CERTAIN, danger.PERHAPS)
        }
    if args.mistakes:
        figures["mistakes in a and b"] = [
            {"text": s.text, "is": f"{s.tier} {s.kind}".strip(), "read as": found.tier, "why": found.why.zh}
            for s, found in danger_set.mistakes([*parts["a"], *parts["b"]])
        ]
    return figures


def _spans(path: str) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """Read a JSON list of texts with entities (inclusive end offsets)."""
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    return [(r["text"], [(e["pos_b"], e["pos_e"] + 1, e["category"]) for e in r["entities"]]) for r in rows]


def _redact(args: argparse.Namespace) -> int:
    if args.evaluate:
        result: dict[str, object] = dict(measure.redaction(Path(args.evaluate)))
        if args.trained:
            result["rules, and a tagger trained on the other folds of this file"] = measure.personal(
                Path(args.evaluate)
            )
        _show({**result, "made": measure.made_numbers()})
        return 0
    if args.train or args.learn:
        rows = _spans(args.train or args.learn)
        if args.learn:
            shipped.learn_shipped(rows, Path(args.model))
        else:
            data = [sequence.from_spans(text, spans) for text, spans in rows]
            sequence.SequenceModel.train(data, Path(args.model), "personal", c1=0.05, c2=0.05)
        _show({"texts": len(rows), "model": args.model})
        return 0
    tagger: redact.Tagger | None = None if args.rules_only else shipped.shipped()
    if args.model:
        tagger = sequence.PersonalTagger(sequence.SequenceModel(Path(args.model), "personal"))
    if args.texts:

        def masked(text: str) -> dict[str, Any]:
            found = redact.redact(text, tagger=tagger)
            return {"masked": found.text, "spans": [asdict(mark) for mark in found.marks]}

        return _each(args, masked)
    found = redact.redact(_given(args), tagger=tagger)
    _show({"text": found.text, "marks": [asdict(mark) for mark in found.marks]})
    return 0


def _address(args: argparse.Namespace) -> int:
    path = Path(args.model)
    if args.train:
        data = [item for name in args.train for item in sequence.read_bio(Path(name))]
        sequence.SequenceModel.train(data, path, "address", rounds=args.rounds, networks=args.networks)
    model = sequence.SequenceModel(path, "address")
    if args.test:
        data = sequence.read_bio(Path(args.test))
        _show(sequence.entity_scores([item.labels for item in data], model.tag_many([item.tokens for item in data])))
    elif not args.train:
        _show(sequence.parse_address(model, _given(args).strip()))
    return 0


def _similar(args: argparse.Namespace) -> int:
    _show(measure.similar_at_scale(args.generate))
    return 0


def _duplicates(args: argparse.Namespace) -> int:
    _show(measure.duplicate_requests(measure.requests(Path(args.evaluate))))
    return 0


def _hot(args: argparse.Namespace) -> int:
    voices = measure.voices(Path(args.input))
    now = datetime.fromisoformat(args.now) if args.now else max(voice.at for voice in voices)
    found = hot.hot_issues(voices, now=now, rule=hot.HeatRule(), limit=args.limit)
    result: list[dict[str, Any]] = [asdict(issue) for issue in found]
    if args.compare:
        others: dict[str, set[str]] = {}
        for row in csv.DictReader(measure.read_text(Path(args.compare)).splitlines()):
            if row.get("问题ID") and row.get("留言编号"):
                others.setdefault(row["问题ID"], set()).add(row["留言编号"])
        for issue in result:
            best = max(others, key=lambda key: hot.overlap(issue["keys"], others[key]), default="")
            issue["closest"] = {"issue": best, "jaccard": round(hot.overlap(issue["keys"], others.get(best, ())), 4)}
    _show(result)
    return 0


def _reply(args: argparse.Namespace) -> int:
    found = replies.check(
        Path(args.message).read_text(encoding="utf-8"),
        Path(args.reply).read_text(encoding="utf-8"),
        unit_phones=args.unit_phone,
    )
    _show({"findings": [asdict(finding) for finding in found.findings]})
    return 0


def _tokens(args: argparse.Namespace) -> int:
    text = _given(args)
    _show(
        {
            "fold": tokens.fold(text),
            "index": tokens.index_tokens(text),
            "query": tokens.query_tokens(text),
            "fts5": tokens.fts5_match(text),
            "tsquery": tokens.tsquery(text),
        }
    )
    return 0


def _guess(args: argparse.Namespace) -> int:
    text = _given(args)
    _show({"handling": asdict(guess.handling(text))})
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(
        prog="wuxiao reading", description="What a message says: suggestions with reasons; a person decides."
    )
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    one = command("train", _train, "learn a label from CSV files and write a model folder with its card")
    one.add_argument("--input", action="append", required=True)
    one.add_argument("--text", action="append", default=None, help="text column, repeatable (default: text)")
    one.add_argument("--label", default="label")
    one.add_argument("--model", required=True)
    one.add_argument("--error", type=float, default=0.05, help="share of wrong suggestions the town accepts")
    one.add_argument("--at", help="the moment of training for the card, ISO")
    one = command("predict", _predict, "suggest a label for a text or for every row of a CSV")
    one.add_argument("words", nargs="*")
    one.add_argument("--model", required=True)
    one.add_argument("--input")
    one.add_argument("--text", action="append", default=None)
    one.add_argument("--words-too", action="store_true", help="also the words that spoke (slower)")
    one = command("evaluate", _evaluate, "cross-validate, or judge a model folder on new messages")
    one.add_argument("--input", action="append", required=True)
    one.add_argument("--also", action="append", default=[], help="further labelled file to learn from, never judged on")
    one.add_argument("--text", action="append", default=None)
    one.add_argument("--label", default="label")
    one.add_argument("--folds", type=int, default=5)
    one.add_argument("--precision", type=float, default=0.98)
    one.add_argument("--baselines", action="store_true")
    one.add_argument("--model")
    one.add_argument("--against", help="the model in use, to decide whether the new one is better")
    one.add_argument("--json", action="store_true", help="figures as JSON (always so)")
    one = command("extract", _extract, "places, times, sums, counts, phones and plates of a text")
    one.add_argument("words", nargs="*")
    one.add_argument("--received", "--now", required=True, help="moment of receipt, ISO")
    _takes_texts(one)
    one.add_argument("--places", help="CSV of code,name")
    one.add_argument("--evaluate", help="lines of part, kind, answer, text (tabs between): how many are right")
    one = command("danger", _danger, "look for danger, measure on a set, or learn the small model from a set")
    one.add_argument("words", nargs="*")
    _takes_texts(one)
    one.add_argument("--evaluate", metavar="FOLDER", help="measure on the sets of a folder (bench/reading)")
    one.add_argument("--letters", action="append", default=[], metavar="CSV", help="with --evaluate: real letters too")
    one.add_argument("--text", action="append", default=None, help="text columns of --letters (default: text)")
    one.add_argument("--mistakes", action="store_true", help="with --evaluate: list what went wrong in parts a and b")
    one.add_argument("--learn", metavar="FOLDER", help="learn the small model from the sets of a folder")
    one.add_argument("--out", default="danger_model.npz")
    one = command("redact", _redact, "mark and replace personal details, measure, or train a tagger")
    one.add_argument("words", nargs="*")
    _takes_texts(one)
    one.add_argument("--evaluate")
    one.add_argument(
        "--trained", action="store_true", help="with --evaluate: also with a tagger trained on the other folds"
    )
    one.add_argument("--rules-only", action="store_true", help="without the tagger that ships")
    one.add_argument("--train", help="learn a town's own tagger from a JSON list of texts with entities")
    one.add_argument("--learn", help="learn the tagger that ships from made texts (tools/redaction_texts.py)")
    one.add_argument("--model")
    one = command("address", _address, "train, test or use the address parser")
    one.add_argument("words", nargs="*")
    one.add_argument("--train", action="append")
    one.add_argument("--test")
    one.add_argument("--model", required=True)
    one.add_argument("--rounds", type=int, default=90)
    one.add_argument("--networks", type=int, default=3, help="neural networks beside the field (0: the field alone)")
    one = command("similar", _similar, "measure the index of similar messages on made-up ones")
    one.add_argument("--generate", type=int, default=100_000)
    one = command(
        "duplicates", _duplicates, "measure duplicates on a 311 file, each year learned from the years before"
    )
    one.add_argument("--evaluate", required=True)
    one = command("hot", _hot, "find hot issues in a CSV of messages")
    one.add_argument("--input", required=True)
    one.add_argument("--now")
    one.add_argument("--limit", type=int, default=5)
    one.add_argument("--compare", help="a team's detail list (问题ID, 留言编号)")
    one = command("reply", _reply, "check an answer against its message")
    one.add_argument("--message", required=True)
    one.add_argument("--reply", required=True)
    one.add_argument("--unit-phone", action="append", default=[])
    one = command("tokens", _tokens, "search tokens of a text")
    one.add_argument("words", nargs="*")
    one = command("guess", _guess, "handling class of a text")
    one.add_argument("words", nargs="*")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, or 2 with a message on what to mend when the input is wrong."""
    args = parser().parse_args(argv)
    if getattr(args, "text", "") is None:
        args.text = ["text"]
    try:
        return int(args.run(args))
    except (ValueError, FileNotFoundError) as error:
        print(f"wuxiao reading {args.command}: {error}", file=sys.stderr)
        return 2
