"""Tasks: everything that a world does later, as one list of names. `World` has the handler of each."""

from typing import Literal, NamedTuple, TypeAlias

TaskName: TypeAlias = Literal[
    "dream starts",
    "dream output is ready",
    "dream steps",
    "dream ends",
    "dream fails",
    "dream times out",
    "dream winds down",
    "session takes up its messages",
    "session is interrupted",
    "session tries again",
    "thread tries again",
    "thread speaks",
    "thread answers",
    "grader goes on",
    "grader is done",
    "session outputs are listed",
    "deployment runs",
    "work lease runs out",
    "webhook is attempted",
    "schedule is due",
    "schedule has its sessions",
]

BACKGROUND = frozenset[TaskName]({"deployment runs", "work lease runs out", "schedule is due"})
"""What happens when its time comes, and makes nobody wait for that: the schedule of a deployment, or of dreams, has no
end, and the worker of a lease goes by wall time."""


class Task(NamedTuple):
    """Something to do later, as data: what, and the id of the dream, session, thread, deployment, work item
    or schedule that it is about."""

    name: TaskName
    target_id: str

    @property
    def what(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        return self.target_id
