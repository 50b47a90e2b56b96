"""Skills: their rules, their versions, and those that are there from the start."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from mockdreams.patterns import lazy_pattern
from mockdreams.wire.errors import ServiceError, invalid, not_found, shortened
from mockdreams.wire.skills import SkillDeleted, SkillRecord, SkillSource, SkillVersion, SkillVersionDeleted
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.core.tables import Table, first_page, strictly_after
from mockdreams.world.files.blobs import BlobStore
from mockdreams.world.skills.bundles import Bundle, zipped

LATEST = "latest"
MAX_DISPLAY_NAME = 255
PREBUILT_VERSION = "20260203"
_DATE = lazy_pattern(r"20[0-9]{6}")


def _prebuilt(id: str, display_name: str) -> SkillRecord:
    at = datetime(2025, 10, 13, tzinfo=UTC)
    return SkillRecord.unchecked(
        id=id,
        display_name=display_name,
        source=SkillSource.unchecked(type="anthropic"),
        latest_version_id=PREBUILT_VERSION,
        created_at=at,
        updated_at=at,
    )


PREBUILT = {id: _prebuilt(id, id) for id in ("xlsx", "pptx", "pdf", "docx")}
"""Anthropic's own, by id; they are listed after all others."""


class Skills:
    """All skills of a world, and every version that each one has. What is in their files is held once."""

    def __init__(self, context: Context, blobs: BlobStore) -> None:
        self._context = context
        self._blobs = blobs
        self.table = Table[SkillRecord]()
        self._versions: dict[str, Table[SkillVersion]] = {}
        self._files: dict[str, dict[str, str]] = {}
        """Digests by path, by version."""

    def create(self, bundle: Bundle, display_name: str | None = None) -> SkillRecord:
        name = bundle.name if display_name is None else display_name
        _check_display_name(name)
        now = self.table.next_time(self._context.clock.time)
        id = self._context.ids.mint("skill")
        self._versions[id] = Table[SkillVersion]()
        version = self._add(id, bundle)
        return self.table.put(
            SkillRecord(
                id=id,
                display_name=name,
                source=SkillSource(type="custom"),
                latest_version_id=version.id,
                created_at=now,
                updated_at=now,
            )
        )

    def retrieve(self, skill_id: str) -> SkillRecord:
        """Raises ServiceError (404) if there is none, and (400) for what is no id of one."""
        skill = self.table.get(skill_id) or PREBUILT.get(skill_id)
        if skill is not None:
            return skill
        if not skill_id.startswith("skill_"):
            raise _no_skill_id(skill_id)
        raise not_found(f"Skill not found: {shortened(skill_id)}", retry=False, rule="skill-absent-404")

    def skill_exists(self, skill_id: str, version: str = LATEST) -> bool:
        """Whether a skill is there, custom or not, and has this version."""
        if skill_id in PREBUILT:
            return version == LATEST or _DATE.fullmatch(version) is not None
        versions = self._versions.get(skill_id)
        return versions is not None and (version == LATEST or version in versions)

    def page(self, *, limit: int, after: int | None, source: str | None = None) -> tuple[list[SkillRecord], bool]:
        """Newest first, then those that are there from the start; those of one `source` only, if it is given."""
        custom = self.table.iterate(after=None if after is None else max(after - len(PREBUILT), 0))
        last = [skill for skill in PREBUILT.values() if after is None or self.position(skill.id) < after]
        shown: dict[str | None, Iterator[SkillRecord]] = {"custom": custom, "anthropic": iter(last)}
        return first_page(shown[source] if source else chain(custom, last), limit)

    def position(self, skill_id: str) -> int:
        """The place of a skill in the list; those from the start have the smallest."""
        if skill_id in PREBUILT:
            return len(PREBUILT) - 1 - list(PREBUILT).index(skill_id)
        return self.table.position(skill_id) + len(PREBUILT)

    def delete(self, skill_id: str) -> SkillDeleted:
        """Remove a skill with all its versions."""
        self._custom(skill_id)
        for version in self._versions.pop(skill_id):
            self._release(version)
        self.table.remove(skill_id)
        return SkillDeleted(id=skill_id)

    def versions(self, skill_id: str) -> Table[SkillVersion]:
        return self._versions[self._custom(skill_id).id]

    def create_version(self, skill_id: str, bundle: Bundle) -> SkillVersion:
        skill = self._custom(skill_id)
        name = next(iter(self._versions[skill_id])).name
        if bundle.name != name:
            raise invalid(
                f"Skill name '{bundle.name}' in SKILL.md must be consistent across all versions for a given "
                f"`skill_id`. Expected '{name}'.",
                retry=False,
                rule="skill-version-name-400",
            )
        version = self._add(skill_id, bundle)
        self._touch(skill, version.id)
        return version

    def retrieve_version(self, skill_id: str, version: str) -> SkillVersion:
        """A version by its id, or the latest."""
        skill = self._custom(skill_id)
        wanted = skill.latest_version_id if version == LATEST else version
        if not is_valid_id(wanted, "skver"):
            raise invalid(
                f"Invalid version id: '{shortened(version)}'", retry=False, rule="skill-version-malformed-400"
            )
        found = self._versions[skill_id].get(wanted)
        if found is None:
            raise not_found(f"Skill version not found: {wanted}", retry=False, rule="skill-version-absent-404")
        return found

    def page_of_versions(self, skill_id: str, *, limit: int, after: int | None) -> tuple[list[SkillVersion], bool]:
        """Newest first."""
        return first_page(self.versions(skill_id).iterate(after=after), limit)

    def delete_version(self, skill_id: str, version: str) -> SkillVersionDeleted:
        skill = self._custom(skill_id)
        if version == LATEST:
            raise _latest_refused("deleting a skill version")
        found = self.retrieve_version(skill_id, version)
        versions = self._versions[skill_id]
        if len(versions) == 1:
            raise invalid(
                "cannot delete a Skill's only version. Delete the Skill, or create another version first",
                retry=False,
                rule="skill-version-only-400",
            )
        versions.remove(found.id)
        self._release(found)
        self._touch(skill, next(versions.iterate()).id)
        return SkillVersionDeleted(id=found.id)

    def download(self, skill_id: str, version: str) -> tuple[str, bytes]:
        """The name of a version's folder, and the zip of it."""
        self._custom(skill_id)
        if version == LATEST:
            raise _latest_refused("downloading a skill version")
        found = self.retrieve_version(skill_id, version)
        files = {path: self._blobs.get(digest) for path, digest in self._files[found.id].items()}
        return found.name, zipped(found.name, files)

    def _custom(self, skill_id: str) -> SkillRecord:
        """A skill that can be changed. Raises ServiceError (400) for those from the start."""
        if skill_id in PREBUILT:
            raise _no_skill_id(skill_id)
        return self.retrieve(skill_id)

    def _add(self, skill_id: str, bundle: Bundle) -> SkillVersion:
        table = self._versions[skill_id]
        version = SkillVersion(
            id=self._context.ids.mint("skver"),
            skill_id=skill_id,
            name=bundle.name,
            description=bundle.description,
            created_at=table.next_time(self._context.clock.time),
        )
        self._files[version.id] = {path: self._blobs.add(content) for path, content in bundle.files.items()}
        return table.put(version)

    def _release(self, version: SkillVersion) -> None:
        for digest in self._files.pop(version.id).values():
            self._blobs.release(digest)

    def _touch(self, skill: SkillRecord, latest: str) -> None:
        now = strictly_after(self._context.clock.time, skill.updated_at)
        self.table.put(skill.replace(latest_version_id=latest, updated_at=now))


def _check_display_name(name: str) -> None:
    if len(name) > MAX_DISPLAY_NAME:
        raise invalid(
            f"display_name must be at most {MAX_DISPLAY_NAME} characters long",
            retry=False,
            rule="skill-display-name-400",
        )
    if not name.strip() or len(name.splitlines()) > 1 or not name.isprintable():
        raise invalid("display_name must be a single line of text", retry=False, rule="skill-display-name-400")


def _no_skill_id(skill_id: str) -> ServiceError:
    return invalid(
        f"Invalid skill_id format: {shortened(skill_id)}", retry=False, rule="skill-malformed-400 skill-prebuilt-400"
    )


def _latest_refused(doing: str) -> ServiceError:
    return invalid(
        f"'latest' is not accepted when {doing}. Address a specific version id: read the skill's latest_version_id, "
        "or GET /v1/skills/{skill_id}/versions/latest, and use that id.",
        retry=False,
        rule="skill-version-latest-400",
    )
