"""What runs in the background can be called by an older or a newer release."""

import inspect
from collections.abc import Callable

import pytest
from celery import Task

from outbox import registry
from portal.celery import app

app.loader.import_default_modules()
TASKS = [task for name, task in sorted(app.tasks.items()) if "celery." not in name]


def kinds_of_parameters(function: Callable[..., object]) -> set[object]:
    return {
        parameter.kind for parameter in inspect.signature(function).parameters.values()
    }


@pytest.mark.parametrize("kind", registry.kinds())
def test_a_handler_takes_keywords_and_tolerates_unknown_ones(kind: str) -> None:
    kinds = kinds_of_parameters(registry.handler_of(kind).run)

    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert inspect.Parameter.VAR_KEYWORD in kinds


def test_celery_knows_the_doorbell_and_the_clock_and_nothing_else() -> None:
    assert [task.name for task in TASKS] == ["drain", "tick"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: str(task.name))
def test_a_task_takes_keywords_and_tolerates_unknown_ones(task: Task) -> None:
    kinds = kinds_of_parameters(task.run)

    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert inspect.Parameter.VAR_KEYWORD in kinds


def test_beat_sends_only_tasks_and_lanes_that_exist() -> None:
    entries = app.conf.beat_schedule.values()
    sent = {(entry["task"], entry["options"]["queue"]) for entry in entries}

    assert {task for task, _queue in sent} == {"drain", "tick"}
    assert {queue for task, queue in sent if task == "drain"} == set(registry.Lane.values)
    assert set(app.conf.task_queues) == set(registry.Lane.values)
    assert all(entry["options"]["expires"] for entry in entries)
