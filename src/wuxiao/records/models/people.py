"""Staff and their posts, requesters' contacts, saved filters."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from wuxiao.records.replayed import Replayed
from wuxiao.records.sealed import SealedText


class StaffManager(BaseUserManager["Staff"]):
    """Looks staff up by their sign-in name."""


class Staff(AbstractBaseUser):
    """A member of staff who signs in; what they may do follows from their posts."""

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=40)
    phone = models.CharField(max_length=24, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=True)
    password_at = models.DateTimeField(null=True)
    #: Raised when all sign-ins of the person must end; part of what each session is checked against.
    epoch = models.PositiveIntegerField(default=0)
    #: How many second factors the person has, so that no page has to count them.
    factor_count = models.PositiveSmallIntegerField(default=0)
    lang = models.CharField(max_length=8, default="zh-hans")
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[StaffManager] = StaffManager()
    #: The posts, where the account was read together with them for one request.
    known_posts: list[Post] | None = None

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        # Django's own is made of the password alone; ours ends with a change of the epoch too.
        text = f"{self.password}:{self.epoch}"
        return str(salted_hmac("wuxiao.session", text, secret=secret, algorithm="sha256").hexdigest())


class Post(models.Model):
    """One appointment of one person: role, unit, scope, and for reviewers the level."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="posts")
    role = models.CharField(max_length=16)
    unit = models.CharField(max_length=40)
    scope = models.CharField(max_length=10)
    level = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "role", "unit", "level"], name="post_once")]

    def __str__(self) -> str:
        return f"{self.staff_id}:{self.role}@{self.unit}"


def new_salt() -> str:
    """Return a fresh salt for the hashes of one contact."""
    return secrets.token_hex(16)


class Contact(Replayed):
    """Who raised a matter and how to reach them, apart from the matter and sealed; read only through `desk.identity`.

    `phone_mark` and `email_mark` are keyed hashes: a number is found and counted by its mark, without opening any.
    `salt` goes into the hashes that entries hold of it: sealed like the rest, for a phone could be guessed, and erased
    with it.
    """

    SEALED = "contact"
    ONE = True
    #: Marks follow the key, and the key may change.
    OUTSIDE: ClassVar[frozenset[str]] = frozenset({"salt", "phone_mark", "email_mark"})
    HASHED: ClassVar[frozenset[str]] = frozenset({"name", "phone", "email"})

    matter = models.OneToOneField("records.Matter", on_delete=models.CASCADE, related_name="contact")
    name = SealedText(blank=True, default="")
    phone = SealedText(blank=True, default="")
    email = SealedText(blank=True, default="")
    phone_mark = models.CharField(max_length=64, blank=True, default="")
    email_mark = models.CharField(max_length=64, blank=True, default="")
    by_sms = models.BooleanField(default=True)
    visit_consent = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)
    salt = SealedText(blank=True, default=new_salt)

    class Meta:
        indexes = [models.Index(fields=["phone_mark"], name="contact_mark", condition=~models.Q(phone_mark=""))]

    def __str__(self) -> str:
        return f"contact of {self.matter_id}"


class SavedFilter(models.Model):
    """A member of staff's own named filter of the search page."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="filters")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=600)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "name"], name="filter_name")]

    def __str__(self) -> str:
        return self.name
