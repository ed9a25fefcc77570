"""Reads the project's own set of texts about danger and measures `look` on it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from wuxiao.reading.danger import KIND_CODES, look
from wuxiao.reading.danger_model import DangerModel

_SLOT = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to measure with: `part` a or b (patterns were mended on them) or c (only measured), the true `kind` (""
    for no danger), template number."""

    part: str
    kind: str
    text: str
    template: int


def expand(template: str, at_most: int = 8) -> list[str]:
    """Spell a template out: `at_most` texts spread evenly over all combinations of its alternatives, always the same
    ones."""
    pieces = _SLOT.split(template)
    slots = [piece.split("|") for piece in pieces[1::2]]
    combinations = list(itertools.product(*slots))
    count = min(at_most, len(combinations))
    texts = []
    for number in range(count):
        chosen = combinations[(number * len(combinations)) // count]
        # Rotating spreads the alternatives when few texts are taken; texts met twice are dropped.
        chosen = tuple(slot[(slot.index(word) + number) % len(slot)] for slot, word in zip(slots, chosen, strict=True))
        texts.append(
            "".join(part for pair in itertools.zip_longest(pieces[0::2], chosen, fillvalue="") for part in pair)
        )
    return list(dict.fromkeys(texts))


def read(path: Path, at_most: int = 8) -> list[Sample]:
    """Read a set; `ValueError` names the line that is not `part<TAB>kind<TAB>template`."""
    samples: list[Sample] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3 or fields[0] not in ("a", "b", "c") or (fields[1] != "-" and fields[1] not in KIND_CODES):
            raise ValueError(
                f"{path.name}, line {number}: expected part (a, b or c), kind and template "
                f"parted by tabs, got {line[:60]!r}"
            )
        part, kind, template = fields
        samples += [Sample(part, "" if kind == "-" else kind, text, number) for text in expand(template, at_most)]
    return samples


def measure(
    samples: list[Sample], *, model: DangerModel | None = None, patterns_only: bool = False
) -> dict[str, object]:
    """Return recall and precision of `urgent`, recall per kind, and the share of dangerous texts whose kind was
    among those named."""
    looked = [(sample, look(sample.text, model=model, patterns_only=patterns_only)) for sample in samples]
    danger = [(sample, found) for sample, found in looked if sample.kind]
    hit = sum(found.urgent for _, found in danger)
    raised = sum(found.urgent for _, found in looked)
    kinds = {
        kind: round(sum(found.urgent for sample, found in danger if sample.kind == kind) / count, 4)
        for kind in KIND_CODES
        if (count := sum(sample.kind == kind for sample, _ in danger))
    }
    return {
        "texts": len(samples),
        "templates": len({sample.template for sample in samples}),
        "dangerous": len(danger),
        "recall": round(hit / max(1, len(danger)), 4),
        "precision": round(hit / max(1, raised), 4),
        "kind_named": round(sum(sample.kind in found.kinds for sample, found in danger) / max(1, len(danger)), 4),
        "recall_by_kind": kinds,
    }


def mistakes(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Return the dangerous texts that were missed and the harmless ones that raised the banner."""
    missed = [sample for sample in samples if sample.kind and not look(sample.text).urgent]
    alarmed = [sample for sample in samples if not sample.kind and look(sample.text).urgent]
    return missed, alarmed
