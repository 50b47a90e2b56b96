"""Bodies that are forms: their files and fields.

`python-multipart` parses them, as it does for Starlette's own forms. Those are not used, because they parse on the
event loop and keep what is large in temporary files.
"""

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from mockdreams.http.threads import run_in_thread
from mockdreams.wire.errors import ServiceError, invalid

ENVELOPE_BYTES = 64 * 1024
"""What a form may have beside its file."""
AT_ONCE_BYTES = 64 * 1024
"""A form of this size is parsed on the event loop: a thread of its own would take longer."""
FILE_PARTS = ("file", "files[]")
"""Parts that are files though they have no file name: SDKs send none for bytes."""
MOST_PARTS = 1000
_SLICE = 256 * 1024
"""What is parsed at a stroke; meanwhile no other thread runs."""


class FormFile(NamedTuple):
    """A part that is a file. `filename` and `content_type` are empty if the part does not say."""

    name: str
    filename: str
    content_type: str
    content: bytes
    sha256: str


@dataclass
class Form:
    """What a form holds, in its order."""

    files: list[FormFile] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)

    def file(self, name: str) -> FormFile | None:
        """The first file of a name."""
        return next((file for file in self.files if file.name == name), None)

    def text(self, name: str) -> str | None:
        """The first field of a name."""
        return next((text for each, text in self.fields if each == name), None)

    def summary(self) -> bytes:
        """What the journal keeps of it: all but what is in the files. Parts of one name are a list."""
        told: dict[str, list[object]] = {}
        for name, text in self.fields:
            told.setdefault(name, []).append(text)
        for file in self.files:
            kept = {"filename": file.filename, "mime_type": file.content_type, "size_bytes": len(file.content)}
            told.setdefault(file.name, []).append(kept)
        once = {name: parts[0] if len(parts) == 1 else parts for name, parts in told.items()}
        return json.dumps(once, ensure_ascii=False).encode(errors="replace")


async def read_form(chunks: list[bytes], content_type: bytes) -> Form:
    """The form that came in `chunks`, which are used up. Raises ServiceError (400) for what is none."""
    if sum(map(len, chunks)) <= AT_ONCE_BYTES:
        return parse_form(chunks, content_type)
    return await run_in_thread(parse_form, chunks, content_type)


def parse_form(chunks: list[bytes], content_type: bytes) -> Form:
    """`read_form`, on the thread of the caller."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise _malformed("the content type must be multipart/form-data with a boundary")
    form, whole = Form(), list[bool]()

    def add_field(part: Field) -> None:
        name = _text(part.field_name)
        if name in FILE_PARTS:
            keep(name, "", part.content_type, part.value or b"")
        else:
            _count(form)
            form.fields.append((name, _text(part.value)))

    def add_file(part: File) -> None:
        assert isinstance(part.file_object, BytesIO)
        content = part.file_object.getvalue()  # which copies nothing
        keep(_text(part.field_name), _text(part.file_name), part.content_type, content)

    def keep(name: str, filename: str, content_type: str | None, content: bytes) -> None:
        _count(form)
        form.files.append(FormFile(name, filename, content_type or "", content, sha256(content).hexdigest()))

    try:
        parser = FormParser(
            kind.decode("latin-1"),
            add_field,
            add_file,
            lambda: whole.append(True),
            boundary=options[b"boundary"],
            config={"MAX_MEMORY_FILE_SIZE": float("inf")},
        )
        for piece in _pieces(chunks):
            parser.write(piece)
        parser.finalize()
    except FormParserError as broken:
        raise _malformed(str(broken)) from None
    if not whole:
        raise _malformed("it has no end")
    return form


def _pieces(chunks: list[bytes]) -> Iterable[bytes]:
    """The chunks in small pieces; each is let go of before the next."""
    waiting = deque(chunks)
    chunks.clear()
    while waiting:
        chunk = waiting.popleft()
        for start in range(0, len(chunk), _SLICE):
            yield chunk[start : start + _SLICE]


def _count(form: Form) -> None:
    if len(form.files) + len(form.fields) >= MOST_PARTS:
        raise _malformed(f"it has more than {MOST_PARTS} parts")


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _malformed(why: str) -> ServiceError:
    return invalid(
        "The request body is not valid multipart/form-data",
        retry=False,
        hint=why,
        rule="file-multipart-400 skill-multipart-400",
    )
