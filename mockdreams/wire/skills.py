"""Skills and their versions."""

from typing import Literal, TypeAlias

from mockdreams.wire.base import Model, Record, Timestamp

SourceType: TypeAlias = Literal["custom", "anthropic", "anthropic_example", "plugin"]


class SkillSource(Model):
    type: SourceType


class SkillRecord(Record):
    """A skill itself; what an agent has of one is a `Skill`."""

    id: str
    type: Literal["skill"] = "skill"
    display_name: str
    source: SkillSource
    latest_version_id: str
    created_at: Timestamp
    updated_at: Timestamp


class SkillDeleted(Record):
    id: str
    type: Literal["skill_deleted"] = "skill_deleted"


class SkillVersion(Record):
    id: str
    type: Literal["skill_version"] = "skill_version"
    skill_id: str
    name: str
    description: str
    created_at: Timestamp


class SkillVersionDeleted(Record):
    id: str
    type: Literal["skill_version_deleted"] = "skill_version_deleted"
