"""The effects of the verbs, by subject. Importing this package registers them all."""

from wuxiao.desk.verbs import answering, handling, handover, sorting, together

__all__ = ["answering", "handling", "handover", "sorting", "together"]
