"""docs/story.md, line for line."""

import re
from pathlib import Path
from typing import Any

import pytest

from mockdreams import MockDreams

STORY = Path(__file__).parents[1] / "docs" / "story.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("key", ["sk-ant-one", "sk-ant-two", "sk-ant-three"])
def test_the_story_is_true(key: str) -> None:
    code = "\n".join(BLOCK.findall(STORY.read_text("utf-8")))
    assert code.count("assert") > 10
    with MockDreams(api_key=key) as mock:
        scope: dict[str, Any] = {"mockdreams": mock}
        exec(compile(code, str(STORY), "exec"), scope)
