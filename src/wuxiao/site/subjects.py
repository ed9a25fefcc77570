"""What this town does: its subjects and registers, in the order in which people meet them."""

from __future__ import annotations

from wuxiao.desk.house import left as _standing
from wuxiao.desk.matters.face import SUBJECT as MATTERS
from wuxiao.desk.publish import look as _texts
from wuxiao.desk.slots import ask as _hours
from wuxiao.desk.tasks import look as _tasks
from wuxiao.rules import measures as of_matters
from wuxiao.rules.quality import of_register
from wuxiao.subjects.conference import measures as of_conferences
from wuxiao.subjects.conference.face import GUARD as DIGESTS
from wuxiao.subjects.conference.face import SLOTS as SITTINGS
from wuxiao.subjects.conference.face import SUBJECT as CONFERENCES
from wuxiao.subjects.conference.face import hidden as _of_sittings
from wuxiao.subjects.inspection import measures as of_inspections
from wuxiao.subjects.inspection.face import SUBJECT as INSPECTIONS
from wuxiao.subjects.premises.face import SHELF as PREMISES
from wuxiao.subjects.reception import measures as of_receptions
from wuxiao.subjects.reception.face import SLOTS as RECEPTION
from wuxiao.subjects.reception.face import hidden as _of_receptions
from wuxiao.subjects.reception.face import left as _followed
from wuxiao.subjects.service_points import measures as of_points
from wuxiao.subjects.service_points.face import SHELF as SERVICE_POINTS

SUBJECTS = (MATTERS, INSPECTIONS, CONFERENCES)
REGISTERS = (PREMISES, SERVICE_POINTS)
SLOTS = (RECEPTION, SITTINGS)
#: Who hears at once of a case that becomes kept from somebody.
HIDING = (_of_sittings, _of_receptions)
#: What is counted; how good the data of a register is, is counted of each.
MEASURES = (
    *of_matters.OF_MATTERS,
    *of_inspections.MEASURES,
    *of_conferences.MEASURES,
    *of_receptions.MEASURES,
    *of_points.MEASURES,
    *(one for shelf in REGISTERS for one in of_register(shelf.register, shelf.part.__name__)),
)
#: What is asked of texts of a kind, whatever the door.
GUARDS = (DIGESTS,)
#: Whose open things keep the section of the book they stand on.
LEFT = (_hours.left, _followed, _tasks.left, _texts.left, _standing.units, _standing.kinds)
