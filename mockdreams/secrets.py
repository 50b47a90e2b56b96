"""What is secret: names of headers and fields whose values are, and what a secret looks like in any text.

Whatever shows what somebody sent (journal, log, report, cassette) masks it by this list.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from io import StringIO
from typing import Any, NamedTuple

from mockdreams.patterns import lazy_pattern

Mask = Callable[[str], str]
"""Makes what is shown of a secret."""
SHORT = 12
"""A known secret of fewer characters may be a word; of a longer one the end is shown."""
LONGEST_NAME = 100
PIECE, HEAD = 4 * 1024, 64
"""Characters: a quarter of what is searched at a stroke, and more than a name, a sign and blanks before a secret."""

_WORDS = lazy_pattern(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]")
_NAME = lazy_pattern(
    r"(?:\A|_)(?:authorization|cookie2?|token|secret|secret_value|password|passwd|passphrase|pwd|pat|credentials?"
    r"|(?:api|private|secret|access|signing|encryption)_?key|assertion|code_verifier)\Z"
)
_HOLDERS = ("name", "key", "type", "secret_name")
"""The fields that say what the `value` beside them is."""
_CREDENTIAL_TYPES = ("environment_variable", "static_bearer", "password", "secret", "token", "credential")


_QUOTED = tuple(
    name + quote for name in ("pat", "pwd", "redential", "redentials", "ssertion", "erifier", "ey") for quote in "\"'\\"
)
"""How the names end that are secret only as those of fields: who is called Pat may say so."""


class SecretShape(NamedTuple):
    """A pattern, and texts of which it needs one; the secret is its group, or the whole of it."""

    needs: tuple[str, ...]
    pattern: re.Pattern[str]


_SHAPES = (
    SecretShape(("-----BEGIN",), lazy_pattern(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-(?!----)[^-]*)*(?:-----END [A-Z ]{0,30}-----)?"
    )),
    SecretShape(("sk-",), lazy_pattern(r"sk-ant-[\w-]+|\bsk-[\w-]{20,}")),
    SecretShape(("github_pat_", "gh"), lazy_pattern(r"\bgithub_pat_\w{20,}|\bgh[pousr]_\w{20,}")),
    SecretShape(("whsec_",), lazy_pattern(r"whsec_[\w+/=-]{8,}")),
    SecretShape(("eyJ",), lazy_pattern(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")),
    SecretShape(("xox",), lazy_pattern(r"\bxox[a-z]-[\w-]{10,}")),
    SecretShape(("AIza", "AKIA", "ASIA"), lazy_pattern(r"\bAIza[\w-]{35}|\bA[KS]IA[0-9A-Z]{16}\b")),
    SecretShape(("glpat-", "hf_", "npm_"), lazy_pattern(r"\bglpat-[\w-]{20,}|\bhf_\w{30,}|\bnpm_\w{36}")),
    SecretShape(("://",), lazy_pattern(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")),
    SecretShape(("Bearer ",), lazy_pattern(r"(?<=Bearer )[\w.~+/-]{8,}=*")),
    SecretShape(("asic ",), lazy_pattern(
        r"(?i:authorization)[\"'\\]{0,3}[ \t]{0,3}[:=][ \t]{0,3}[\"'\\]{0,3}[Bb]asic {1,3}([\w.~+/-]{4,}=*)"
    )),
    SecretShape(_QUOTED, lazy_pattern(
        r"(?i:[\"'_](?:pat|pwd|credentials?)|assertion|code_?verifier|(?:access|signing|encryption)_?key)\\{0,2}[\"']"
        r"[ \t]{0,3}[:=][ \t]{0,3}\\{0,2}[\"']([^\s\"'\\,;&}<…]{4,})"
    )),
)  # fmt: skip
_ASSIGNED = lazy_pattern(
    r"(?i:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|secret[_-]?key)[\"'\\]{0,3}[ \t]{0,3}[:=]"
    r"[ \t]{0,3}[\"'\\]{0,3}([^\s\"'\\,;&}<…]{4,})"
)
"""`password: rosebud`, also in JSON that is within a text."""
_SCHEME = lazy_pattern("(?i:bearer|basic|digest|token) +")
_ASSIGNABLE = ("pass", "secret", "token", "key")


def shortened(secret: str) -> str:
    """What is shown of a secret: nothing, or of a long one the end, by which its owner knows it."""
    return f"…{secret[-4:]}" if len(secret) > SHORT else "…"


def is_secret_name(name: str) -> bool:
    """Whether the value of a header or field of this name is secret."""
    return _NAME.search(_WORDS.sub("_", name[-LONGEST_NAME:]).lower()) is not None


def mask_text(text: str, mask: Mask = shortened, known: Collection[str] = ()) -> str:
    """The text without what looks like a secret, and without those that are `known`."""
    for secret in known:
        text = text.replace(secret, mask(secret))
    for shape in _SHAPES:
        for needed in shape.needs:  # not any(): a generator for each shape takes longer than to look
            if needed in text:
                text = _masked(shape.pattern, text, mask)
                break
    lower = text.lower() if ":" in text or "=" in text else ""
    return _masked(_ASSIGNED, text, mask) if any(word in lower for word in _ASSIGNABLE) else text


def mask_json(value: Any, mask: Mask = shortened, *, text: Mask = mask_text, name: str = "") -> Any:
    """A JSON value, that of the field `name`, without its secrets; `text` masks the other texts in it."""
    if isinstance(value, str):
        return mask(value) if value and is_secret_name(name) else text(value)
    if isinstance(value, list | tuple):
        return [mask_json(item, mask, text=text, name=name) for item in value]
    if isinstance(value, Mapping):
        inner = {key: "secret" if key == "value" and _holds_secret(value, name) else str(key) for key in value}
        return {
            text(key) if isinstance(key, str) else key: mask_json(item, mask, text=text, name=inner[key])
            for key, item in value.items()
        }
    return value


def printable(text: str) -> str:
    """The text on one line, without secrets: nobody writes lines or colours of their own into a log."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in mask_text(text))


def secrets_of(headers: Mapping[str, str]) -> list[str]:
    """The secrets that headers bring, where they are long enough to be known again in a text."""
    values = (value for name, value in headers.items() if is_secret_name(name))
    return [secret for value in values if len(secret := _SCHEME.sub("", value, count=1)) >= SHORT]


def _holds_secret(value: Mapping[str, Any], name: str) -> bool:
    """Whether what an object has under `value` is secret, as in `{"name": "GITHUB_TOKEN", "value": …}`."""
    if "value" not in value:
        return False
    told = [each for holder in _HOLDERS if isinstance(each := value.get(holder), str)]
    return is_secret_name(name) or any(is_secret_name(each) or each in _CREDENTIAL_TYPES for each in told)


def _masked(pattern: re.Pattern[str], text: str, mask: Mask) -> str:
    masked = StringIO(newline="")
    group, at = 1 if pattern.groups else 0, 0
    for found in _found(pattern, text):
        masked.write(text[at : found.start(group)])
        masked.write(mask(found[group]))
        at = found.end(group)
    if not at:
        return text
    masked.write(text[at:])
    return masked.getvalue()


def _found(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """What `finditer` finds, searched for in pieces: a search holds the interpreter as long as it lasts.

    No secret has whitespace in it, and what it is known by ends within `HEAD` characters: so one that begins before the
    last blank of a piece is whole, or goes on at its end. Where there is no blank, one of more than `PIECE` may be cut.
    """
    at, size = 0, 4 * PIECE
    while at < len(text):
        end = min(at + size, len(text))
        sure = end if end == len(text) else max(text.rfind(" ", at, end - HEAD), text.rfind("\n", at, end - HEAD))
        if sure <= at:
            sure = end - PIECE
        at, size, before = max(at, sure), 4 * PIECE, at
        for found in pattern.finditer(text, before, end):
            if found.start() >= sure:
                break
            if found.end() == end < len(text):
                at, size = found.start(), 2 * (end - found.start()) + 4 * PIECE
                break
            yield found
            at = max(at, found.end())
