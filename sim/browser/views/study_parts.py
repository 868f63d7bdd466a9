"""Parts of the page of studies: work in a thread, what is said meanwhile, choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reacton.ipyvuetify as v

from sim.analysis.policies import policies_of
from sim.browser.parts.words import words
from sim.errors import InputError
from sim.study.sweep_reader import Sweep


def attempt(work: Callable[[], Any]) -> Any:
    """What some work finds, or the InputError that says why it does not apply here."""
    try:
        return work()
    except InputError as error:
        return error


def ready(task: Any, doing: str) -> Any:
    """The result of a task, once it is there; else what goes on, or why there will be none."""
    if task.error:
        words("p", f"This could not be worked out: {task.exception}", "ws-muted")
    elif not task.finished:
        with v.Html(tag="div", attributes={"role": "status"}):
            words("p", f"{doing} …", "ws-muted")
            v.ProgressLinear(indeterminate=True, color="primary")
    elif isinstance(task.value, InputError):
        words("p", f"Not for this study: {task.value.message}", "ws-muted")
    else:
        return task.value
    return None


def choice(label: str, items: list[tuple[str, str]], value: str, on_value: Callable[[str], None]) -> None:
    """A choice from a list of (value, text)."""
    v.Select(
        label=label, items=[{"text": text, "value": name} for name, text in items], v_model=value,
        on_v_model=on_value, dense=True, outlined=True, hide_details=True,
    )  # fmt: skip


def policy_items(sweep: Sweep) -> list[tuple[str, str]]:
    """Policies by name."""
    return [(one.name, one.brief) for one in policies_of(sweep)]
