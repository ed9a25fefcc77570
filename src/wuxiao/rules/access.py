"""Who may see and do what.

One predicate serves lists and single objects alike: a matter lists its *principals* (`principals`), a viewer holds
principals (`Viewer.principals`), and seeing means that the two share one. `records.Access` stores a matter's principals
as rows, so a list is an index scan over the very same predicate. What a viewer may do to a matter follows from
`relations`, which the step table reads. Sources: rules 2.8 (least privilege, separated administrators), R2.18, 4.4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wuxiao.rules.flow import DESK_TYPES, Facts, State, Who
from wuxiao.rules.life import CaseFacts
from wuxiao.rules.words import Text


class Role(StrEnum):
    """What a member of staff is appointed to do; one person may hold several posts."""

    OPERATOR = "operator"
    CENTRE_LEAD = "centre_lead"
    POLICE_OPERATOR = "police_operator"
    REVIEWER = "reviewer"
    HANDLER = "handler"
    LEAD = "lead"
    CALLER = "caller"
    CASHIER = "cashier"
    SUPERVISOR = "supervisor"
    CHIEF = "chief"
    AUDITOR = "auditor"
    SECURITY = "security"
    ADMIN = "admin"


class Scope(StrEnum):
    """How far a post sees."""

    OWN = "own"
    UNIT = "unit"
    DIVISION = "division"
    COUNTY = "county"
    NONE = "none"


class Power(StrEnum):
    """What pages and exports a role opens, beside the verbs of the step table."""

    INBOX = "inbox"
    INTAKE = "intake"
    SEARCH = "search"
    EXPORT = "export"
    BULK = "bulk"
    DASHBOARD = "dashboard"
    SUPERVISION = "supervision"
    CALL_BACKS = "call_backs"
    CONTACT = "contact"
    IMPORT = "import"
    OUTBOX = "outbox"
    STAFF = "staff"
    CONFIRM = "confirm"
    BOOK = "book"
    KEYS = "keys"
    AUDIT = "audit"
    REGISTERS = "registers"
    KEEP_ROWS = "keep_rows"
    PUBLISH = "publish"
    RECEPTION = "reception"
    PAY_OUT = "pay_out"


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """A role's name, its usual scope, and its powers."""

    name: Text
    scope: Scope
    powers: frozenset[Power]


P = Power
_MATTER = frozenset({P.INBOX, P.SEARCH, P.DASHBOARD})
_ROWS = frozenset({P.REGISTERS, P.KEEP_ROWS})

ROLES: Mapping[Role, RoleInfo] = {
    Role.OPERATOR: RoleInfo(
        Text("热线受理员", "hotline operator"), Scope.COUNTY, _MATTER | {P.INTAKE, P.CONTACT, P.BULK}
    ),
    Role.CENTRE_LEAD: RoleInfo(
        Text("热线中心值班长", "hotline shift lead"),
        Scope.COUNTY,
        _MATTER | {P.INTAKE, P.CONTACT, P.BULK, P.SUPERVISION, P.EXPORT, P.IMPORT, P.PUBLISH},
    ),
    Role.POLICE_OPERATOR: RoleInfo(Text("110 接警员", "110 call-taker"), Scope.UNIT, _MATTER | {P.INTAKE, P.CONTACT}),
    Role.REVIEWER: RoleInfo(Text("分流审核人", "diversion reviewer"), Scope.UNIT, _MATTER),
    Role.HANDLER: RoleInfo(Text("承办人", "handler"), Scope.UNIT, _MATTER | {P.CONTACT, P.PUBLISH} | _ROWS),
    Role.LEAD: RoleInfo(
        Text("单位负责人", "unit lead"), Scope.UNIT, _MATTER | {P.CONTACT, P.BULK, P.EXPORT, P.PUBLISH} | _ROWS
    ),
    Role.CALLER: RoleInfo(Text("回访员", "call-back officer"), Scope.NONE, frozenset({P.CALL_BACKS})),
    # Pays out against a code and sees a sum: no matter, no list, no name.
    Role.CASHIER: RoleInfo(Text("付款窗口", "paying desk"), Scope.NONE, frozenset({P.PAY_OUT})),
    Role.SUPERVISOR: RoleInfo(
        Text("效能督查员", "supervision officer"),
        Scope.COUNTY,
        _MATTER | {P.SUPERVISION, P.EXPORT, P.REGISTERS, P.PUBLISH, P.RECEPTION},
    ),
    Role.CHIEF: RoleInfo(
        Text("县领导", "county leader"), Scope.COUNTY, _MATTER | {P.SUPERVISION, P.REGISTERS, P.RECEPTION}
    ),
    Role.AUDITOR: RoleInfo(Text("审计员", "auditor"), Scope.NONE, frozenset({P.AUDIT, P.CONFIRM})),
    Role.SECURITY: RoleInfo(Text("安全管理员", "security administrator"), Scope.NONE, frozenset({P.STAFF, P.CONFIRM})),
    Role.ADMIN: RoleInfo(
        Text("系统管理员", "system administrator"), Scope.NONE, frozenset({P.OUTBOX, P.BOOK, P.KEYS, P.CONFIRM})
    ),
}

#: The three separated administrators: of the system, of accounts and appointments, of the record.
ADMINISTRATORS: frozenset[Role] = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})
#: Roles that a town has only with a life of its rule book.
OF_A_LIFE: Mapping[Role, str] = {Role.CASHIER: "reward"}
_AT_WORK = (Role.OPERATOR, Role.CENTRE_LEAD, Role.POLICE_OPERATOR, Role.HANDLER, Role.LEAD)

#: Roles that one person may not hold together (rules 2.8: separated administrators; who worked on a matter does not ask
#: how it was done). An administrator holds no other role at all.
EXCLUSIVE: tuple[frozenset[Role], ...] = (
    *(frozenset({one, other}) for one in sorted(ADMINISTRATORS) for other in Role if one != other),
    *(frozenset({Role.CALLER, role}) for role in _AT_WORK),
    # Whoever pays against a code must have no way to learn whose it is.
    *(frozenset({Role.CASHIER, role}) for role in Role if role is not Role.CASHIER),
)


def kept(role: Role, lives: Collection[str]) -> bool:
    """Whether a town with these lives in its rule book has a role."""
    return role not in OF_A_LIFE or OF_A_LIFE[role] in lives


@dataclass(frozen=True, slots=True)
class Post:
    """One appointment: role, unit, the scope it sees, and for reviewers the sign-off level."""

    role: Role
    unit: str
    scope: Scope
    unit_type: str = ""
    division: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in member of staff as the predicate sees them."""

    staff_id: int
    posts: tuple[Post, ...]

    @property
    def powers(self) -> frozenset[Power]:
        """The union of the powers of all posts."""
        return frozenset(p for post in self.posts for p in ROLES[post.role].powers)

    @property
    def units(self) -> frozenset[str]:
        """The units the viewer holds a post in."""
        return frozenset(post.unit for post in self.posts)

    @property
    def principals(self) -> tuple[str, ...]:
        """The principals the viewer holds, widest first; the county principal swallows all others."""
        found: list[str] = []
        for post in self.posts:
            match post.scope:
                case Scope.COUNTY:
                    return (COUNTY,)
                case Scope.DIVISION:
                    found.append(f"d:{post.division}")
                case Scope.UNIT:
                    found.append(f"u:{post.unit}")
                case Scope.OWN:
                    found.append(f"p:{self.staff_id}")
                case Scope.NONE:
                    pass
        return tuple(dict.fromkeys(found))


COUNTY = "c"


def principals(facts: Facts) -> frozenset[str]:
    """Return every principal that may see the matter.

    Units it is hidden from never get one (R2.18), neither through themselves nor through the divisions they govern.
    Units that only held the matter once have lost theirs: the set is computed from the present facts alone.
    """
    units = {facts.offered_to, facts.supervisor_unit, facts.sign_above, *facts.co_units}
    if facts.state in {State.OFFERED, State.SIGNING, State.JOINT}:
        units.add(facts.sender)
    units -= {"", *facts.hidden}
    found = of_case(facts) | {f"u:{unit}" for unit in units}
    if facts.handler_id is not None and facts.holder not in facts.hidden:
        found |= {f"p:{facts.handler_id}"}
    return found


def of_case(facts: CaseFacts) -> frozenset[str]:
    """Return who may see any case, whatever its life: the county, its holder, the divisions it lies in."""
    found = {COUNTY} | ({f"u:{facts.holder}"} if facts.holder and facts.holder not in facts.hidden else set())
    parts = facts.division
    while len(parts) > 6:
        if not _governed(parts, facts.hidden_divisions):
            found.add(f"d:{parts}")
        parts = parts[:-3]
    return frozenset(found)


def _governed(division: str, hidden: frozenset[str]) -> bool:
    # A township complained of closes all its villages; a village closes itself and leaves its township to oversee it.
    return any(division.startswith(one) for one in hidden)


def in_hands(facts: Facts) -> frozenset[str]:
    """Return the principals of those in whose own hands the matter is: who must accept it, else who holds it.

    Units that work on a part of it and the named handler too; those that only oversee it, or sent it on, are not.
    """
    units = {facts.offered_to if facts.state is State.OFFERED else facts.holder, *facts.co_units_open}
    units.add(facts.sign_above)
    found = {f"u:{unit}" for unit in units - {"", *facts.hidden}}
    if facts.handler_id is not None and facts.holder not in facts.hidden:
        found.add(f"p:{facts.handler_id}")
    return frozenset(found)


def may_see(viewer: Viewer, facts: Facts) -> bool:
    """Return whether the viewer may see the matter: they share a principal and are of no hidden unit."""
    if not facts.hidden.isdisjoint(viewer.units):
        return False
    return bool(set(viewer.principals) & principals(facts))


def relations(viewer: Viewer, facts: Facts) -> frozenset[Who]:
    """Return the relations in which a member of staff stands to a matter, as the step table names them."""
    if not facts.hidden.isdisjoint(viewer.units):
        return frozenset()
    found: set[Who] = set()
    for post in viewer.posts:
        found |= _of_post(post, viewer.staff_id, viewer.units, facts)
    # Consent to see a contact is asked for and given by persons: keys of machines have no staff.
    if viewer.staff_id > 0:
        found |= _consent(viewer, facts)
    return frozenset(found)


def _consent(viewer: Viewer, facts: Facts) -> set[Who]:
    found = {Who.READER for p in viewer.posts if P.CONTACT in ROLES[p.role].powers or p.role is Role.CALLER}
    if facts.contact_asker_id not in {None, viewer.staff_id} and any(
        (p.role in {Role.LEAD, Role.CENTRE_LEAD} and p.unit == facts.contact_unit) or p.role is Role.SUPERVISOR
        for p in viewer.posts
    ):
        found.add(Who.RELEASER)
    return found


def _of_post(post: Post, staff_id: int, units: frozenset[str], facts: Facts) -> set[Who]:
    found: set[Who] = set()
    grants = facts.extension_pending and facts.extension_asker_id != staff_id
    at_centre = facts.holder_type == "centre" or facts.state not in {State.INTAKE, State.URGENT, State.SIGNING}
    match post.role:
        case Role.OPERATOR | Role.CENTRE_LEAD:
            if facts.state is None or at_centre:
                found.add(Who.CENTRE)
            else:
                # Who answers a caller writes down what is hers to say, whoever has her matter; nothing else of it.
                found.add(Who.PHONE)
            if facts.offered_to == post.unit:
                found.add(Who.RECEIVER)
            if post.role is Role.CENTRE_LEAD:
                found.add(Who.CENTRE_LEAD)
                if facts.state is State.DECLINING and facts.proposer_id != staff_id:
                    found.add(Who.SECOND)
                # The shift lead is there for whoever may not decide on what they asked for themselves.
                if grants:
                    found.add(Who.APPROVER)
        case Role.POLICE_OPERATOR:
            if facts.state is None or facts.holder == post.unit:
                found.add(Who.POLICE)
            if facts.offered_to == post.unit:
                found.add(Who.RECEIVER)
        case Role.REVIEWER:
            ceiling = facts.sign_level + (1 if facts.sign_escalated else 0)
            if (
                facts.holder == post.unit
                and facts.state is State.SIGNING
                and facts.sign_level <= post.level <= ceiling
                and staff_id not in facts.signed_by
                and staff_id != facts.proposer_id
            ):
                found.add(Who.SIGNER)
        case Role.HANDLER | Role.LEAD:
            found |= _of_unit(post, staff_id, facts)
        case Role.CALLER:
            if not units & {facts.holder, *facts.hidden, *facts.co_units}:
                found.add(Who.CALLER)
        case Role.SUPERVISOR:
            found.add(Who.SUPERVISOR)
            if grants and facts.extension_approver == post.role:
                found.add(Who.APPROVER)
        case Role.CASHIER | Role.CHIEF | Role.AUDITOR | Role.SECURITY | Role.ADMIN:
            pass
    return found


def _of_unit(post: Post, staff_id: int, facts: Facts) -> set[Who]:
    found: set[Who] = set()
    if facts.offered_to == post.unit and facts.state is State.OFFERED:
        found.add(Who.RECEIVER)
    unsigned = staff_id not in {*facts.signed_by, facts.proposer_id}
    if facts.sign_above == post.unit and post.role is Role.LEAD and unsigned:
        found.add(Who.SIGNER)
    if facts.holder == post.unit and facts.holder_type not in DESK_TYPES:
        found.add(Who.HANDLER)
        if facts.state is State.INTAKE:
            # A matter about the hotline itself is at the desk of the body that oversees it.
            found.add(Who.CENTRE)
        if facts.state is State.URGENT:
            # Danger in a matter about the police is with whoever oversees them.
            found.add(Who.POLICE)
        if post.role is Role.LEAD:
            found.add(Who.LEAD)
            if (
                facts.extension_pending
                and facts.extension_asker_id != staff_id
                and facts.extension_approver == post.role
            ):
                found.add(Who.APPROVER)
            if facts.state is State.DECLINING and facts.proposer_id != staff_id:
                found.add(Who.SECOND)
    if post.unit in facts.co_units_open:
        found.add(Who.CO_UNIT)
    return found
