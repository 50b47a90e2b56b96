"""/v1/skills and their versions."""

from urllib.parse import quote

from mockdreams.http.auth import SKILLS, SKILLS_OF_WORK
from mockdreams.http.pagination import body, cursor, render_page
from mockdreams.http.piecewise import Piecewise
from mockdreams.http.query_params import LONG_LIMIT, Query
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.errors import ServiceError, invalid
from mockdreams.wire.pages import page
from mockdreams.world.skills.bundles import Bundle, read_bundle, too_large

LISTING = "skills"
SOURCES = ("custom", "anthropic")


def create_skill(call: Request) -> bytes:
    return call.world.skills.create(_bundle(call), call.form.text("display_name")).body


def list_skills(call: Request) -> bytes:
    query, skills = call.query, call.world.skills
    source = query.text("source")
    if source is not None and source not in SOURCES:
        raise _refused(f"source must be one of {', '.join(SOURCES)}")
    listing = f"{LISTING} {source or ''}"
    records, more = skills.page(limit=_limit(query), after=_place(query, listing), source=source)
    following = cursor(listing, more, lambda: skills.position(records[-1].id))
    return page(map(body, records), following, null_when_last=True)


def retrieve_skill(call: Request, skill_id: str) -> bytes:
    return call.world.skills.retrieve(skill_id).body


def delete_skill(call: Request, skill_id: str) -> bytes:
    return call.world.skills.delete(skill_id).body


def create_version(call: Request, skill_id: str) -> bytes:
    call.world.skills.versions(skill_id)
    return call.world.skills.create_version(skill_id, _bundle(call)).body


def list_versions(call: Request, skill_id: str) -> bytes:
    query, skills, listing = call.query, call.world.skills, f"versions of {skill_id}"
    records, more = skills.page_of_versions(skill_id, limit=_limit(query), after=_place(query, listing))
    return render_page(listing, skills.versions(skill_id), records, more, body, null=True)


def retrieve_version(call: Request, skill_id: str, version: str) -> bytes:
    return call.world.skills.retrieve_version(skill_id, version).body


def delete_version(call: Request, skill_id: str, version: str) -> bytes:
    return call.world.skills.delete_version(skill_id, version).body


def download_version(call: Request, skill_id: str, version: str) -> Piecewise:
    name, archive = call.world.skills.download(skill_id, version)
    kind = [
        (b"content-type", b"application/zip"),
        (b"content-disposition", f"attachment; filename*=utf-8''{quote(name)}.zip".encode()),
        (b"content-length", str(len(archive)).encode()),
    ]
    return Piecewise(kind, [archive])


def _bundle(call: Request) -> Bundle:
    """The skill in the form of a request."""
    parts = [(part.filename, part.content) for part in call.form.files if part.name == "files[]"]
    if not parts:
        raise invalid("files[]: Field required", retry=False, rule="skill-files-required-400")
    most = call.world.policy.skill_max_bytes
    if sum(len(part.content) for part in call.form.files) > most:
        raise too_large(most)
    return read_bundle(parts, most)


def _limit(query: Query) -> int:
    try:
        return query.limit(most=LONG_LIMIT)
    except ServiceError:
        raise _refused(f"limit must be between 1 and {LONG_LIMIT}") from None


def _place(query: Query, listing: str) -> int | None:
    try:
        return query.place(listing)
    except ServiceError:
        raise _refused("page is not a valid page token.") from None


def _refused(message: str) -> ServiceError:
    return invalid(message, retry=False, rule="skill-list-limit-400 skill-list-source-400 skill-list-page-400")


_SKILL = "/v1/skills/{skill_id}"
_VERSIONS = _SKILL + "/versions"
_VERSION = _VERSIONS + "/{version}"

ROUTES = (
    Route("POST", "/v1/skills", create_skill, SKILLS, multipart=True),
    Route("GET", "/v1/skills", list_skills, SKILLS),
    Route("GET", _SKILL, retrieve_skill, SKILLS),
    Route("DELETE", _SKILL, delete_skill, SKILLS),
    Route("POST", _VERSIONS, create_version, SKILLS, multipart=True),
    Route("GET", _VERSIONS, list_versions, SKILLS_OF_WORK),
    Route("GET", _VERSION, retrieve_version, SKILLS_OF_WORK),
    Route("DELETE", _VERSION, delete_version, SKILLS),
    Route("GET", _VERSION + "/content", download_version, SKILLS_OF_WORK),
)
