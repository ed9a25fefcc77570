"""What this town does: its subjects and registers, in the order in which people meet them."""

from __future__ import annotations

from wuxiao.desk.matters.face import SUBJECT as MATTERS
from wuxiao.subjects.conference.face import SLOTS as SITTINGS
from wuxiao.subjects.conference.face import SUBJECT as CONFERENCES
from wuxiao.subjects.conference.face import hidden as _of_sittings
from wuxiao.subjects.inspection.face import SUBJECT as INSPECTIONS
from wuxiao.subjects.premises.face import SHELF as PREMISES
from wuxiao.subjects.reception.face import SLOTS as RECEPTION
from wuxiao.subjects.reception.face import hidden as _of_receptions
from wuxiao.subjects.service_points.face import SHELF as SERVICE_POINTS

SUBJECTS = (MATTERS, INSPECTIONS, CONFERENCES)
REGISTERS = (PREMISES, SERVICE_POINTS)
SLOTS = (RECEPTION, SITTINGS)
#: Who hears at once of a case that becomes kept from somebody.
HIDING = (_of_sittings, _of_receptions)
