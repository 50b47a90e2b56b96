"""Profiles: the service as it was at a time, and the policies that say what a world's service is like."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anthropic
import pytest

from mockdreams import ControlError, MockDreams, Policy
from mockdreams.http.workspaces import Workspaces
from mockdreams.world.core.profiles import PROFILES, Profile
from tests.support.helpers import Scene, refused

LAUNCH = "launch-2026-05"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_every_difference_is_one_and_has_its_evidence(profile: Profile) -> None:
    today = Policy()
    for each in profile.differences:
        assert getattr(today, each.field) != each.value
        assert each.source
    with MockDreams(profile=profile.name) as mock:
        told = mock.policy.model_dump()
    assert told == {**today.model_dump(), **profile.values}


def test_a_handle_has_a_profile_and_fields_in_its_place() -> None:
    with MockDreams(profile=LAUNCH, policy={"dreams_per_day": 1}) as mock:
        policy = mock.policy
        assert (policy.profile, policy.dreams_per_day) == (LAUNCH, 1)
        assert policy.supported_models == ("claude-opus-4-7", "claude-sonnet-4-6")
        mock.reset()
        assert mock.policy.profile == LAUNCH


@pytest.mark.mockdreams(profile=LAUNCH)
def test_the_service_of_the_launch(scene: Scene) -> None:
    for model, status in (("claude-opus-4-7", 200), ("claude-opus-4-8", 400)):
        assert scene.http.post("/v1/dreams", json=scene.body(model=model)).status_code == status
    body = scene.body(model="claude-sonnet-4-6")
    update = {"type": "update_existing", "memory_store_id": body["inputs"][0]["memory_store_id"]}
    answer = scene.http.post("/v1/dreams", json={**body, "output_behavior": update})
    assert refused(answer, 400, "invalid_request_error").endswith('unknown field "output_behavior"')
    made = [scene.http.post("/v1/dreams", json=body).status_code for _ in range(20)]
    assert made == [200] * 19 + [429]


@pytest.mark.mockdreams(profile="docs-2026-09")
def test_the_guide_of_september_guards_no_store(scene: Scene) -> None:
    dream = scene.dream()
    output = scene.until(dream.id, "running", output=True).outputs[0].memory_store_id
    assert scene.http.delete(f"/v1/memory_stores/{output}").status_code == 200


def test_a_profile_is_set_over_http_and_kept_by_a_snapshot(scene: Scene) -> None:
    told = scene.http.patch("/_mockdreams/policy", json={"profile": LAUNCH, "tools_per_agent": 3}).json()
    assert (told["profile"], told["dreams_per_day"], told["tools_per_agent"]) == (LAUNCH, 20, 3)
    saved = scene.mock.snapshot()
    scene.mock.policy.profile = "current"
    assert (scene.mock.policy.dreams_per_day, scene.mock.policy.tools_per_agent) == (None, 256)
    scene.mock.restore(saved)
    assert (scene.mock.policy.profile, scene.mock.policy.dreams_per_day) == (LAUNCH, 20)


def test_a_server_has_a_profile_for_worlds_that_choose_none() -> None:
    places = Workspaces(profile=LAUNCH)
    place = places.get_or_create("sk-any")
    assert place.world.policy.profile == LAUNCH
    assert place.make_policy({}).dreams_per_day == 20
    assert place.make_policy({"profile": "current"}).dreams_per_day is None


@pytest.mark.parametrize("name", ["launch-2026-06", "yesterday", ""])
def test_there_is_no_such_profile(scene: Scene, name: str) -> None:
    with pytest.raises(ControlError, match="there is no profile"):
        MockDreams(profile=name)
    refused(scene.http.patch("/_mockdreams/policy", json={"profile": name}), 400, "invalid_request_error")
    refused(scene.http.post("/_mockdreams/reset", json={"policy": {"profile": name}}), 400, "invalid_request_error")
    assert scene.mock.policy.profile == "current"


def test_an_organization_that_is_not_enrolled(scene: Scene) -> None:
    body = scene.body()
    scene.mock.policy.enrolled = False
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/v1/dreams", body),
        ("GET", "/v1/dreams", None),
        ("GET", "/v1/dreams/drm_1", None),
        ("POST", "/v1/dreams/drm_1/cancel", None),
        ("POST", "/v1/dreams/drm_1/archive", None),
    ]
    for method, path, sent in calls:
        answer = scene.http.request(method, path, json=sent)
        refused(answer, 404, "not_found_error")
        assert answer.headers["x-should-retry"] == "false"
    with pytest.raises(anthropic.NotFoundError):
        scene.beta.dreams.list()
    assert "enrolled" in str(scene.mock.requests[-1].hint)
    assert scene.http.get("/v1/memory_stores").status_code == 200
    assert scene.http.get("/_mockdreams/health").json()["profile"] == "current"


@pytest.mark.mockdreams(policy={"reads_per_minute": 2, "rate_limit_reset": "wall"})
def test_a_limit_begins_anew_in_wall_time(scene: Scene) -> None:
    before = datetime.now(UTC)
    answer = scene.http.get("/v1/dreams")
    reset = datetime.fromisoformat(answer.headers["anthropic-ratelimit-requests-reset"])
    assert before + timedelta(seconds=59) < reset <= datetime.now(UTC) + timedelta(seconds=60)
    scene.mock.policy.rate_limit_reset = "virtual"
    answer = scene.http.get("/v1/dreams")
    assert answer.headers["anthropic-ratelimit-requests-reset"] == "2026-01-01T00:01:00Z"


def test_the_plugin_and_the_command_line_name_every_profile(pytestconfig: pytest.Config) -> None:
    from mockdreams.serve_command import serve

    (option,) = [each for each in serve.params if each.name == "profile"]
    assert list(option.type.choices) == list(PROFILES)  # type: ignore[attr-defined]
    assert pytestconfig.getoption("--mockdreams-profile") is None
    assert pytestconfig.getini("mockdreams_profile") == ""


def test_a_world_shares_no_policy_with_others_nor_with_its_own_beginning() -> None:
    places = Workspaces()
    world, other = (places.create(key).world for key in ("sk-ant-one", "sk-ant-other"))
    prices = dict(other.policy.list_prices)
    world.policy.memories_per_store = 1
    world.policy.list_prices.clear()
    assert (other.policy.memories_per_store, other.policy.list_prices) == (10_000, prices)
    assert Policy().list_prices == prices
    world.reset()
    assert (world.policy.memories_per_store, world.policy.list_prices) == (10_000, prices)
