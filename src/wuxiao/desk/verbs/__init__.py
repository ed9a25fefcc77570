"""The effects of the verbs, by subject. Importing this package registers them all."""

from wuxiao.desk.verbs import answering, handling, handover, secrecy, sorting, together

__all__ = ["answering", "handling", "handover", "secrecy", "sorting", "together"]
