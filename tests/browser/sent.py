"""Sending a form in a browser: what answers is waited for, never what stood there before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DONE = ".notice.done"


def sent(page: Any, button: Any, answer: str = DONE) -> None:
    """Press a button and wait for the notice that answers it.

    The page of the act before may still show its own notice: a wait that takes it for the answer goes on before
    anything was sent. So what stands there is marked first, and only an unmarked one counts.
    """
    page.evaluate("what => document.querySelectorAll(what).forEach(one => one.setAttribute('data-before', ''))", answer)
    button.click()
    page.wait_for_selector(f"{answer}:not([data-before])")


def turned(page: Any, press: Callable[[], Any]) -> None:
    """Do what leads to another page and wait for that one: what stands there now may look the same already."""
    page.evaluate("document.documentElement.setAttribute('data-before', '')")
    press()
    page.wait_for_selector("html:not([data-before])", state="attached")
    page.wait_for_load_state()
