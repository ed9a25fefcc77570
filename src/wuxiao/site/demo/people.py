"""The people of the fictional county: names, accounts, numbers that cannot be dialled. Nobody here exists."""

from __future__ import annotations

import random
from dataclasses import dataclass

from wuxiao.desk.doors.staff import Appointment
from wuxiao.rules.access import OF_A_LIFE, Role, Scope, kept
from wuxiao.rules.book_model import Book
from wuxiao.site.demo.texts import sections

#: Surnames and parts of given names with their spelling, so that every name can be written in both scripts.
SURNAMES = " ".join(sections("names")["surnames"]).split()
FIRST = " ".join(sections("names")["first"]).split()
SECOND = " ".join(sections("names")["second"]).split()
FOREIGN = (
    "Daniel Osei",
    "Maria Petrova",
    "Samir Haddad",
    "Lucia Moretti",
    "Thomas Okafor",
    "Anya Sharma",
    "Pedro Alvim",
    "Nadia Rahman",
)


def _part(text: str) -> tuple[str, str]:
    return text[0], text[1:]


def full_name(rng: random.Random) -> tuple[str, str]:
    """Return an invented name, in Chinese and spelled with the given name first."""
    surname, surname_en = _part(rng.choice(SURNAMES))
    first, first_en = _part(rng.choice(FIRST))
    if rng.random() < 0.18:
        return surname + first, f"{first_en.capitalize()} {surname_en}"
    second, second_en = _part(rng.choice(SECOND))
    return surname + first + second, f"{(first_en + second_en).capitalize()} {surname_en}"


def requester(rng: random.Random) -> str:
    """Return how a resident calls themselves: mostly a surname with a form of address, sometimes a whole name."""
    if rng.random() < 0.22:
        return full_name(rng)[0]
    forms = ("女士", "先生", "女士", "先生", "大爷", "阿姨", "同学", "师傅")
    return _part(rng.choice(SURNAMES))[0] + rng.choices(forms, (30, 30, 8, 8, 5, 7, 2, 4))[0]


def phone(rng: random.Random) -> str:
    """Return a number of the fictional exchange 1990990; it cannot be dialled."""
    return f"1990990{rng.randrange(10_000):04d}"


@dataclass(frozen=True, slots=True)
class Person:
    """An account to make: sign-in name, what the printed list calls it, its posts; `entry` ones get a password."""

    username: str
    about: str
    about_en: str
    posts: tuple[Appointment, ...]
    entry: bool = False


#: Units whose handler and lead can be signed in as.
ENTRY_UNITS: dict[str, str] = {
    "urban_mgmt": "chengguan",
    "housing": "zhujian",
    "market_reg": "shijian",
    "sd_qingping": "qingping",
    "ps_qingping": "pcs",
    "petition_office": "xinfang",
}
#: More inspectors at every police station: two go, and another looks again.
INSPECTORS = 2
#: Posts beside the units': sign-in name, role, unit, level, scope, what the list calls it.
_DESK: tuple[tuple[str, Role, str, int, Scope | None, str, str], ...] = (
    ("operator", Role.OPERATOR, "hotline", 0, None, "12345 受理员", "12345 operator"),
    ("shift", Role.CENTRE_LEAD, "hotline", 0, None, "12345 值班长", "12345 shift lead"),
    ("police110", Role.POLICE_OPERATOR, "police_110", 0, None, "110 接警员", "110 call-taker"),
    ("review1", Role.REVIEWER, "police_110", 1, None, "分流审核一级", "sign-off level 1"),
    ("review2", Role.REVIEWER, "police_110", 2, None, "分流审核二级", "sign-off level 2"),
    ("review3", Role.REVIEWER, "police_110", 3, None, "分流审核三级", "sign-off level 3"),
    ("review4", Role.REVIEWER, "police_110", 4, None, "分流审核四级", "sign-off level 4"),
    ("caller", Role.CALLER, "hotline", 0, None, "回访员", "call-back officer"),
    ("supervisor", Role.SUPERVISOR, "efficiency", 0, None, "效能督查员", "supervision officer"),
    # A matter about the police in which somebody is in danger comes to this one.
    ("police_watch", Role.SUPERVISOR, "police_supervision", 0, None, "公安督察员", "police supervision officer"),
    ("chief", Role.CHIEF, "gov", 0, Scope.COUNTY, "县领导", "county leader"),
    ("auditor", Role.AUDITOR, "gov", 0, None, "审计员", "auditor"),
    ("admin", Role.ADMIN, "data_bureau", 0, None, "系统管理员", "system administrator"),
)
#: More people at the busy desks: sign-in stem, role, unit, level, how many, how many in the small county.
_MORE: tuple[tuple[str, Role, str, int, int, int], ...] = (
    ("hotline", Role.OPERATOR, "hotline", 0, 7, 2),
    ("hotlinelead", Role.CENTRE_LEAD, "hotline", 0, 2, 1),
    ("call110", Role.POLICE_OPERATOR, "police_110", 0, 4, 1),
    ("callback", Role.CALLER, "data_bureau", 0, 2, 1),
    ("first110", Role.REVIEWER, "police_110", 1, 1, 1),
    ("second110", Role.REVIEWER, "police_110", 2, 1, 1),
    ("third110", Role.REVIEWER, "police_110", 3, 1, 1),
    ("fourth110", Role.REVIEWER, "police_110", 4, 1, 1),
    ("inspect", Role.SUPERVISOR, "efficiency", 0, 1, 0),
)
_PAIRED = {"department", "company", "sub_district", "station", "supervision", "government"}


def accounts(book: Book, *, small: bool = False) -> list[Person]:
    """Return every account of the county: all roles, and for every unit a lead, for most a handler too."""
    found = [
        Person(name, zh, en, (Appointment(role, unit, scope, level),), entry=True)
        for name, role, unit, level, scope, zh, en in _DESK
    ]
    for stem, role, unit, level, many, few in _MORE:
        count = few if small else many
        found += [
            Person(
                f"{stem}{n + 1}",
                book.units[unit].name.zh,
                book.units[unit].name.en,
                (Appointment(role, unit, level=level),),
            )
            for n in range(count)
        ]
    for body in book.units.values():
        if body.type in {"centre", "police_command"}:
            continue
        entry = body.code in ENTRY_UNITS
        name = ENTRY_UNITS.get(body.code, body.code.replace("_", ""))
        zh, en = body.name.zh, body.name.en
        found.append(Person(f"{name}-lead", f"{zh}负责人", f"{en}, lead", (Appointment(Role.LEAD, body.code),), entry))
        if entry or (not small and body.type in _PAIRED):
            found.append(Person(name, f"{zh}承办人", f"{en}, handler", (Appointment(Role.HANDLER, body.code),), entry))
        if body.type == "station":
            post = Appointment(Role.HANDLER, body.code)
            found += [Person(f"{name}{n + 1}", zh, en, (post,)) for n in range(INSPECTORS)]
    post = Appointment(Role.SECURITY, "data_bureau")
    found.append(Person("security", "安全管理员", "security administrator", (post,), entry=True))
    if kept(Role.CASHIER, book.lives):
        post = Appointment(Role.CASHIER, book.lives[OF_A_LIFE[Role.CASHIER]].lists["desks"][0])
        found.append(Person("cashier", "付款窗口", "desk that pays rewards", (post,), entry=True))
    return found
