"""Templates, and the words in which they show times, sizes and money. Everything that is shown is escaped."""

import json
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from mockdreams.http.board.page_views import ROOT

HERE = Path(__file__).parent
STATIC = HERE / "static"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates, with their filters."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "moment": moment,
        "time": short_time,
        "number": number,
        "bytes": size,
        "usd": usd,
        "pretty": pretty,
        "short": short_id,
    }
    made.globals |= {"root": ROOT, "static": static_url}
    return made


def render(template: str, **data: Any) -> str:
    """A template as HTML."""
    return environment().get_template(template).render(**data)


@lru_cache(maxsize=1)
def static_url(name: str) -> str:
    """The address of a file, which is another when the file is."""
    return f"{ROOT}/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def moment(at: datetime) -> Markup:
    """A whole moment."""
    return Markup('<time datetime="{}">{}</time>').format(_rfc3339(at), f"{at:%Y-%m-%d %H:%M:%S}")


def short_time(at: datetime | None) -> Markup:
    """The time of day; the whole moment when it is pointed at."""
    if at is None:
        return Markup("-")
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(_rfc3339(at), f"{at:%H:%M:%S}")


def number(value: int) -> str:
    return f"{value:,}"


def size(count: int) -> str:
    """Bytes, kB or MB."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:,.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def usd(amount: Decimal | None) -> str:
    """US dollars; of small amounts four places."""
    if amount is None:
        return "no price"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def pretty(value: Any) -> str:
    """JSON on several lines; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)


def short_id(id: str) -> Markup:
    """An id by its kind and its end."""
    kind, _, body = id.partition("_")
    return Markup('<span title="{}">{}…{}</span>').format(id, f"{kind}_", body[-6:]) if body else escape(id)


def _rfc3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
