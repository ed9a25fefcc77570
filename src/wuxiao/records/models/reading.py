"""What the machine suggested and what people chose; models, hot issues, checks of answers, marks of redaction."""

from __future__ import annotations

from django.db import models


class ReadingModel(models.Model):
    """A model trained from the staff's own confirmed decisions; it serves only after a named person adopted it.

    `judged` compares it with what was in use on the newest weeks, which it had not learned from.
    """

    task = models.CharField(max_length=16)
    state = models.CharField(max_length=10)
    folder = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    learned_from = models.DateTimeField()
    learned_to = models.DateTimeField()
    judged_to = models.DateTimeField()
    texts = models.PositiveIntegerField()
    card = models.JSONField(default=dict)
    judged = models.JSONField(default=dict)
    better = models.BooleanField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task"], condition=models.Q(state="in_use"), name="reading_one_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.task}:{self.pk}:{self.state}"


class ReadingSetting(models.Model):
    """What the town set about suggestions, such as the share of wrong ones it accepts; changes are in the diary."""

    name = models.CharField(max_length=40, unique=True)
    value = models.FloatField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class Suggestion(models.Model):
    """What was suggested on one point of one matter, and what a named person chose: a label.

    `ranked` is `[[code, score, [words]], …]`, best first. `known` is False where the machine said "I do not know";
    `place` is where the choice stood among the suggested, 0 when it was not among them. Written inside the act.
    """

    matter = models.ForeignKey("records.Matter", on_delete=models.CASCADE, related_name="suggestions")
    turn = models.PositiveIntegerField()
    task = models.CharField(max_length=16)
    source = models.CharField(max_length=40)
    ranked = models.JSONField(default=list)
    known = models.BooleanField()
    chosen = models.CharField(max_length=64)
    place = models.PositiveSmallIntegerField()
    staff = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "turn", "task"], name="suggestion_once")]
        indexes = [models.Index(fields=["task", "at"], name="suggestion_task")]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.task}:{self.chosen}"


class HotIssue(models.Model):
    """A group of matters about one thing at one place over a time; the machine proposes it, a named person decides."""

    name = models.CharField(max_length=120)
    place = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10)
    words = models.JSONField(default=list)
    people = models.PositiveIntegerField()
    heat = models.FloatField()
    growth = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    why = models.JSONField(default=dict)
    people_then = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    alerted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["state", "-heat"], name="hot_state")]

    def __str__(self) -> str:
        return self.name


class HotMatter(models.Model):
    """One matter of a hot issue; a matter is in one issue at most."""

    issue = models.ForeignKey(HotIssue, on_delete=models.CASCADE, related_name="members")
    matter = models.OneToOneField("records.Matter", on_delete=models.CASCADE, related_name="hot")
    by_person = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.issue_id}:{self.matter_id}"


class HotAlert(models.Model):
    """A unit is told that an issue is hot and that it holds matters of it; it stands on the unit's list until read."""

    issue = models.ForeignKey(HotIssue, on_delete=models.CASCADE, related_name="alerts")
    unit = models.CharField(max_length=40)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "unit"], name="hot_alert_once")]
        indexes = [models.Index(fields=["unit"], name="hot_alert_unit", condition=models.Q(seen_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.issue_id}:{self.unit}"


class ReplyAdvice(models.Model):
    """What the checks found about one answer when it went out: facts about answers, never about persons."""

    matter = models.ForeignKey("records.Matter", on_delete=models.CASCADE, related_name="reply_advice")
    turn = models.PositiveIntegerField()
    unit = models.CharField(max_length=40)
    findings = models.JSONField(default=dict)
    advice = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "turn"], name="reply_advice_once")]
        indexes = [models.Index(fields=["at"], name="reply_advice_at")]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.turn}:{self.advice}"


class RedactionMark(models.Model):
    """A person's word on what of a matter's text is not for the public: a stretch to hide, or one to show after all.

    Offsets in characters of the first words of the matter; the text itself is not copied, so that erasing it is enough.
    """

    matter = models.ForeignKey("records.Matter", on_delete=models.CASCADE, related_name="redactions")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    lifted = models.BooleanField(default=False)
    staff = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "start", "end"], name="redaction_once")]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.start}-{self.end}"


class ReleasedText(models.Model):
    """A named person looked at the redacted words of a matter and released them for the public.

    `words_hash` is the salted hash of the words that were looked at, as it stands in the seal of their entry; `marks`
    are stretches of them with their class. The text itself is not copied: erasing the words ends the release, and
    other words need a new one.
    """

    matter = models.OneToOneField("records.Matter", on_delete=models.CASCADE, related_name="released")
    words_hash = models.CharField(max_length=64)
    marks = models.JSONField(default=list)
    staff = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.at:%Y-%m-%d}"
