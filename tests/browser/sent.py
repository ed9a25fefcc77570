"""Sending a form in a browser: what answers is waited for, never what stood there before."""

from __future__ import annotations

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
