"""Django's name for the top of the house; when it is ready the subjects are installed."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The top storey; it has no tables."""

    name = "wuxiao.site"
    label = "house"

    def ready(self) -> None:
        """Tell the mechanisms which subjects there are."""
        from wuxiao.desk.case import hiding, subject
        from wuxiao.desk.figures import declared
        from wuxiao.desk.look import offered
        from wuxiao.desk.publish import guards
        from wuxiao.desk.register import shelf
        from wuxiao.desk.slots import kinds
        from wuxiao.desk.town import left, terms
        from wuxiao.feeds.calendars.terms import drafted
        from wuxiao.site import sections
        from wuxiao.site.subjects import GUARDS, HIDING, LEFT, MEASURES, OFFERED, REGISTERS, SLOTS, SUBJECTS

        sections.install()
        subject.install(SUBJECTS)
        shelf.install(REGISTERS)
        kinds.install(SLOTS)
        hiding.install(HIDING)
        declared.install(MEASURES)
        guards.install(GUARDS)
        left.install(LEFT)
        terms.install(drafted)
        offered.install(OFFERED)
