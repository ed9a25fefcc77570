"""The tables, a file per subject; what is imported here is offered here."""

from wuxiao.records.models.accounts import Factor, PastPassword, Proposal, Recovery, Visit
from wuxiao.records.models.case import Access, Case
from wuxiao.records.models.conference import AgendaItem, Conference, Invitation
from wuxiao.records.models.diary import Chain, Checkpoint, Entry, Words
from wuxiao.records.models.document import Document, DocumentFile, PaperTemplate, Series
from wuxiao.records.models.doors import ApiKey, Once, Throttle, Webhook
from wuxiao.records.models.draw import Draw, DrawShare
from wuxiao.records.models.inspection import Finding, Inspection, StandAside
from wuxiao.records.models.matter import CallBack, Matter, SignOff, WorkOrder
from wuxiao.records.models.people import Contact, Post, SavedFilter, Staff
from wuxiao.records.models.place import Address, Street
from wuxiao.records.models.premises import Premises
from wuxiao.records.models.publication import Publication, Wording
from wuxiao.records.models.reading import (
    HotAlert,
    HotIssue,
    HotMatter,
    ReadingModel,
    ReadingSetting,
    RedactionMark,
    ReleasedText,
    ReplyAdvice,
    Suggestion,
)
from wuxiao.records.models.reward import Reward
from wuxiao.records.models.row import Row
from wuxiao.records.models.row_paper import RowPaper, RowPaperFile
from wuxiao.records.models.service_points import ServicePoint
from wuxiao.records.models.slot import Booking, CalendarKey, Slot, TakenOver
from wuxiao.records.models.task import Task
from wuxiao.records.models.telling import Message
from wuxiao.records.models.town import BookVersion, HolidayNotice, TermSheet
from wuxiao.records.models.work import Attachment, Beat, ImportRow, Job, Snapshot
