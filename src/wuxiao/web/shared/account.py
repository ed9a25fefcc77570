"""Who is signed in: the account with its posts, in one question."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from wuxiao.desk.doors import staff
from wuxiao.records.models import Staff


class Account(ModelBackend):
    """Django's own way to know an account again; the posts, which every staff page needs, come along."""

    def get_user(self, user_id: int) -> Staff | None:
        """Return the account of a session, or `None` if it is gone or closed."""
        found = staff.with_posts(int(user_id))
        return found if found is not None and self.user_can_authenticate(found) else None
