"""What is uploaded as a skill: one folder with a SKILL.md at its root, as files or as a zip, read and written."""

import re
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, NamedTuple

from mockdreams.patterns import lazy_pattern
from mockdreams.wire.errors import ServiceError, invalid, shortened

MANIFEST = "SKILL.md"
MAX_FILES = 1000
MAX_FRONTMATTER = 64 * 1024
_NAME = lazy_pattern(r"[a-z0-9-]{1,64}")
_RESERVED = ("anthropic", "claude")
_FRONTMATTER = lazy_pattern(r"---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|\Z)", re.DOTALL)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


class Bundle(NamedTuple):
    """A skill as it was uploaded. `files` are by their paths within the folder."""

    name: str
    description: str
    files: dict[str, bytes]


def read_bundle(parts: Iterable[tuple[str, bytes]], max_bytes: int) -> Bundle:
    """The skill in parts, each a path and what is in it. Raises ServiceError (400, 413) for what is none."""
    listed = list(parts)
    if len(listed) == 1 and listed[0][1].startswith(_ZIP_MAGIC):
        folder, files = _rooted(_unzipped(listed[0][1], max_bytes), zipped=True)
    else:
        folder, files = _rooted(listed, zipped=False)
    if len(files) > MAX_FILES:
        raise refused(f"A skill can have at most {MAX_FILES} files.")
    if sum(map(len, files.values())) > max_bytes:
        raise too_large(max_bytes)
    name, description = _described(files[MANIFEST])
    if folder and folder != name:
        # rule: skill-folder-name-400
        raise refused(f"The folder name '{shortened(folder)}' must match the skill name '{name}' in SKILL.md.")
    return Bundle(name, description, files)


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """The files in a folder of this name; the same bytes for the same files."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo  # few worlds have a skill, and it takes a while to import

    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(ZipInfo(f"{folder}/{path}"), files[path], ZIP_DEFLATED)
    return whole.getvalue()


def too_large(max_bytes: int) -> ServiceError:
    return ServiceError(
        "request_too_large",
        f"Request exceeds the maximum size. The Skills API accepts requests up to {max_bytes // (1024 * 1024)}MBs.",
        retry=False,
        rule="skill-too-large-413",
    )


def refused(message: str) -> ServiceError:
    return invalid(message, retry=False, rule="skill-bundle-400")


def _unzipped(content: bytes, max_bytes: int) -> list[tuple[str, bytes]]:
    """The files of a zip; nothing of it is unpacked beyond what a skill may have."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_FILES:
                raise refused(f"A skill can have at most {MAX_FILES} files.")
            if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
                raise BadZipFile
            if sum(entry.file_size for entry in entries) > max_bytes:
                raise too_large(max_bytes)
            return [(entry.filename, archive.read(entry)) for entry in entries]
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise refused("The uploaded file is not a valid zip archive.") from None


def _rooted(listed: list[tuple[str, bytes]], *, zipped: bool) -> tuple[str, dict[str, bytes]]:
    """The one top folder, and the files by their paths in it. A SKILL.md alone needs no folder."""
    if not zipped and [path for path, _ in listed] == [MANIFEST]:
        return "", dict(listed)
    files: dict[str, bytes] = {}
    folders = set()
    for path, content in listed:
        folder, _, inner = path.partition("/")
        parts = inner.split("/")
        if not folder or not inner or "\\" in path or "\0" in path or {"", ".", ".."} & {folder, *parts}:
            raise _no_folder(zipped)
        if inner in files:
            raise refused(f"The file '{shortened(path)}' is there twice.")
        folders.add(folder)
        files[inner] = content
    if len(folders) != 1 or MANIFEST not in files:
        raise _no_folder(zipped)
    return folders.pop(), files


def _no_folder(zipped: bool) -> ServiceError:
    if zipped:
        # rule: skill-zip-folder-400
        return refused("Zip must contain a top-level folder with all files inside it, including SKILL.md")
    # rule: skill-folder-400
    return refused("All files must be in the same top-level folder, with a SKILL.md at its root.")


def _described(manifest: bytes) -> tuple[str, str]:
    """Name and description, from the frontmatter of a SKILL.md."""
    fields = _frontmatter(manifest)
    name, description = fields.get("name"), fields.get("description")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or any(word in name for word in _RESERVED):
        raise refused(
            "SKILL.md: name must be 1 to 64 lower-case letters, digits and hyphens, without 'anthropic' or 'claude'"
        )
    if not isinstance(description, str) or not 1 <= len(description.strip()) <= 1024:
        raise refused("SKILL.md: description must be 1 to 1024 characters long")
    return name, description.strip()


def _frontmatter(manifest: bytes) -> dict[str, Any]:
    import yaml

    try:
        found = _FRONTMATTER.match(manifest[:MAX_FRONTMATTER].decode("utf-8-sig", "replace"))
        fields = yaml.safe_load(found[1]) if found else None
    except (yaml.YAMLError, ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise refused("SKILL.md must begin with YAML frontmatter that has a name and a description")
    return fields
