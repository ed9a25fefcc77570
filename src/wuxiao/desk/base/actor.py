"""Who acts: a member of staff, the resident who holds the code, a machine, another platform, or the clock."""

from __future__ import annotations

from dataclasses import dataclass

from wuxiao.records.models import ApiKey, Post, Staff
from wuxiao.rules import access
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import Facts, Who


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts; `unit` is the unit code in whose name staff and machines act."""

    kind: str
    staff_id: int | None = None
    viewer: access.Viewer | None = None
    unit: str = ""
    name: str = ""
    #: It is done in their name, and they were not asked first.
    unasked: bool = False
    #: Whether it writes at all: a key that was let in to read keeps no register and takes no step.
    writes: bool = True

    def relations(self, facts: Facts) -> frozenset[Who]:
        """Return how this actor stands to a matter with these facts."""
        match self.kind:
            case "resident":
                return frozenset({Who.RESIDENT})
            case "system":
                return frozenset({Who.SYSTEM})
            case "platform":
                if self.unit in facts.hidden:
                    return frozenset()
                held = {Who.PLATFORM} if facts.holder == self.unit else set()
                offered = {Who.RECEIVER} if facts.offered_to == self.unit else set()
                return frozenset({Who.MACHINE, *held, *offered})
            case _:
                assert self.viewer is not None
                found = access.relations(self.viewer, facts)
                return found | {Who.MACHINE} if self.kind == "machine" else found

    def may_see(self, facts: Facts) -> bool:
        """Return whether this actor may see a matter with these facts."""
        if self.kind == "platform" and self.unit in facts.hidden:
            return False
        return self.viewer is None or access.may_see(self.viewer, facts)


RESIDENT = Actor("resident")
SYSTEM = Actor("system")


def post_of(row: Post, book: Book) -> access.Post:
    """Return the pure form of a stored post."""
    unit = book.units.get(row.unit)
    return access.Post(
        role=access.Role(row.role),
        unit=row.unit,
        scope=access.Scope(row.scope),
        unit_type=unit.type if unit else "",
        division=unit.division if unit else "",
        level=row.level,
    )


def of_staff(staff: Staff, book: Book) -> Actor:
    """Return the actor for a member of staff, with all posts (one query, none if the account came with them)."""
    rows = staff.known_posts if staff.known_posts is not None else list(staff.posts.all().order_by("id"))
    posts = tuple(post_of(row, book) for row in rows)
    viewer = access.Viewer(staff.pk, posts)
    return Actor("staff", staff.pk, viewer, staff.unit, staff.name)


def of_key(key: ApiKey, book: Book) -> Actor:
    """Return the actor for a machine's key: it acts as a desk or handler of its unit and sees the same."""
    unit = book.units.get(key.unit)
    kind = unit.type if unit else ""
    role = {"centre": access.Role.OPERATOR, "police_command": access.Role.POLICE_OPERATOR}.get(
        kind, access.Role.HANDLER
    )
    scope = access.Scope.COUNTY if kind == "centre" else access.Scope.UNIT
    post = access.Post(role, key.unit, scope, kind, unit.division if unit else "")
    viewer = access.Viewer(-key.pk, (post,))
    return Actor("machine", None, viewer, key.unit, key.name, writes="act" in key.powers)
