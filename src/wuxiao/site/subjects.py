"""What this town does: what the faces of its subjects offer (`sections.FOLDERS`), and what the desk has of itself.

A face offers `SUBJECT` (a life), `SHELF` (a register), `SLOTS` (a kind of hours), `GUARD` (what is asked of texts of a
kind), `OFFERS` (what stands on pages that are not its own), `hidden` (it hears of a case that becomes kept from
somebody), `left` (whose open things keep a section of the book); `measures.py` beside it what is counted, `MEASURES`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from wuxiao.desk.case.subject import Subject
from wuxiao.desk.house import left as _standing
from wuxiao.desk.look.offered import Offers
from wuxiao.desk.matters.face import SUBJECT as MATTERS
from wuxiao.desk.publish import look as _texts
from wuxiao.desk.publish.guards import Guard
from wuxiao.desk.register.shelf import Shelf
from wuxiao.desk.slots import ask as _hours
from wuxiao.desk.slots.kinds import Kind
from wuxiao.desk.tasks import look as _tasks
from wuxiao.rules import measures as of_matters
from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.quality import of_register
from wuxiao.site.sections import FOLDERS

#: What a face may offer, and how that is called where it stands.
OFFERS: dict[str, Callable[[Any], str]] = {
    "SUBJECT": lambda one: one.life.name,
    "SHELF": lambda one: one.name,
    "SLOTS": lambda one: one.name,
    "GUARD": lambda one: "",
    "OFFERS": lambda one: one.name,
    "hidden": lambda one: "",
    "left": lambda one: "",
}


def face_of(folder: str) -> ModuleType:
    """Return the face of a subject.

    Raises `ValueError` for one that offers nothing, and for a life, register or kind of slots called otherwise than
    its folder: the section of the book is looked for by that name.
    """
    face = import_module(f"wuxiao.subjects.{folder}.face")
    offered = {name: named(getattr(face, name)) for name, named in OFFERS.items() if hasattr(face, name)}
    if not offered:
        raise ValueError(f"subjects/{folder}/face.py offers none of {', '.join(OFFERS)}")
    if strange := {name for name in offered.values() if name not in {"", folder}}:
        raise ValueError(f"subjects/{folder}/face.py: {', '.join(sorted(strange))} is called otherwise than its folder")
    return face


def _measures_of(folder: str) -> tuple[Measure, ...]:
    name = f"wuxiao.subjects.{folder}.measures"
    found: tuple[Measure, ...] = import_module(name).MEASURES if find_spec(name) is not None else ()
    return found


def _offered(name: str) -> list[Any]:
    return [getattr(face, name) for face in FACES if hasattr(face, name)]


FACES = tuple(face_of(folder) for folder in FOLDERS)
SUBJECTS: tuple[Subject[Any], ...] = (MATTERS, *_offered("SUBJECT"))
REGISTERS: tuple[Shelf, ...] = (*_offered("SHELF"),)
SLOTS: tuple[Kind, ...] = (*_offered("SLOTS"),)
#: Who hears at once of a case that becomes kept from somebody.
HIDING = (*_offered("hidden"),)
#: What is counted; how good the data of a register is, is counted of each.
MEASURES: tuple[Measure, ...] = (
    *of_matters.OF_MATTERS,
    *(one for folder in FOLDERS for one in _measures_of(folder)),
    *(one for shelf in REGISTERS for one in of_register(shelf.register, shelf.part.__name__)),
)
#: What is asked of texts of a kind, whatever the door.
GUARDS: tuple[Guard, ...] = (*_offered("GUARD"),)
#: What is offered on pages that are not a subject's own.
OFFERED: tuple[Offers, ...] = (*_offered("OFFERS"),)
#: Whose open things keep the section of the book they stand on.
LEFT = (_hours.left, *_offered("left"), _tasks.left, _texts.left, _standing.units, _standing.kinds)
