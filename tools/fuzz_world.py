"""A world with some of everything, so that what fuzzing asks for is there, and some more to be spoilt."""

from dataclasses import dataclass, field
from typing import Any

import httpx2
from anthropic import Anthropic
from anthropic.resources.beta import Beta

from tests.support.helpers import MODEL

KEY = "sk-ant-fuzzed"
SPARE = range(3)
TASK: Any = {"delegate": "Helper", "message": "Look.", "turn": ["Found."]}
MESSAGE: Any = {"type": "user.message", "content": [{"type": "text", "text": "Go."}]}
REPOSITORY: Any = {"type": "github_repository", "url": "https://github.com/acme/harbor"}


@dataclass
class FuzzWorld:
    """Ids by the path parameter that takes them; and, for operations that need or spoil some, which these are."""

    kept: dict[str, list[str]] = field(default_factory=dict)
    doomed: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def one_of(self, name: str) -> dict[str, Any]:
        """The schema of ids that are kept."""
        return {"enum": self.kept[name]}


def build_world(url: str) -> FuzzWorld:
    with (
        Anthropic(api_key=KEY, base_url=url, max_retries=0) as client,
        httpx2.Client(base_url=url, headers={"x-api-key": KEY}) as http,
    ):
        stage = FuzzWorld()
        _files(stage, client.beta)
        _stores(stage, client.beta)
        _agents_and_environments(stage, client.beta)
        _vaults(stage, client.beta)
        _skills(stage, client.beta)
        _sessions(stage, client.beta, http)
        _deployments(stage, client.beta)
        _work(stage, client.beta)
        _dreams(stage, client.beta, http)
    return stage


def _files(stage: FuzzWorld, beta: Beta) -> None:
    stage.kept["file_id"] = [beta.files.upload(file=("a.md", b"The sky is blue.", "text/markdown")).id]
    spoilt = [beta.files.upload(file=("old.md", b"", "text/markdown")).id for _ in SPARE]
    stage.doomed["deleteFile"] = ("file_id", spoilt)
    stage.kept["model_id"] = [MODEL]


def _stores(stage: FuzzWorld, beta: Beta) -> None:
    stores, memories = beta.memory_stores, beta.memory_stores.memories
    store = stores.create(name="Notes").id
    stage.kept["memory_store_id"] = [store]
    for name in ("deleteMemoryStore", "archiveMemoryStore"):
        stage.doomed[name] = ("memory_store_id", [stores.create(name="Old").id for _ in SPARE])
    paths = ("/a.md", "/b/c.md", *(f"/old/{number}.md" for number in SPARE))
    made = [memories.create(store, path=path, content="The sky is blue.") for path in paths]
    stage.kept["memory_id"] = [memory.id for memory in made[:2]]
    stage.kept["memory_version_id"] = [memory.memory_version_id for memory in made[:2]]
    stage.doomed["deleteMemory"] = ("memory_id", [memory.id for memory in made[2:]])
    for memory in made[:2]:
        memories.update(memory.id, memory_store_id=store, content="It is grey.")


def _agents_and_environments(stage: FuzzWorld, beta: Beta) -> None:
    stage.kept["agent_id"] = [beta.agents.create(name=name, model=MODEL).id for name in ("Helper", "Tidy")]
    for name in ("updateAgent", "archiveAgent"):
        stage.doomed[name] = ("agent_id", [beta.agents.create(name="Old", model=MODEL).id for _ in SPARE])
    stage.kept["environment_id"] = [beta.environments.create(name=name).id for name in ("Cloud", "Sky")]
    for name in ("deleteEnvironment", "archiveEnvironment"):
        stage.doomed[name] = ("environment_id", [beta.environments.create(name="Old").id for _ in SPARE])


def _vaults(stage: FuzzWorld, beta: Beta) -> None:
    def oauth(number: int) -> Any:
        return {"type": "mcp_oauth", "mcp_server_url": f"https://{number}.example", "access_token": "x"}

    vault = beta.vaults.create(display_name="Alice").id
    stage.kept["vault_id"] = [vault]
    for name in ("deleteVault", "archiveVault"):
        stage.doomed[name] = ("vault_id", [beta.vaults.create(display_name="Old").id for _ in SPARE])
    ids = [beta.vaults.credentials.create(vault, auth=oauth(number)).id for number in range(2 + 2 * len(SPARE))]
    stage.kept["credential_id"] = ids[:2]
    stage.doomed["deleteCredential"] = ("credential_id", ids[2 : 2 + len(SPARE)])
    stage.doomed["archiveCredential"] = ("credential_id", ids[2 + len(SPARE) :])


def _skills(stage: FuzzWorld, beta: Beta) -> None:
    files = [("notes/SKILL.md", b"---\nname: notes\ndescription: Takes notes.\n---\n")]
    skill = beta.skills.create(files=files)
    stage.kept["skill_id"], stage.kept["version"] = [skill.id], [skill.latest_version_id]
    stage.doomed["deleteSkill"] = ("skill_id", [beta.skills.create(files=files).id for _ in SPARE])
    spoilt = [beta.skills.versions.create(skill.id, files=files).id for _ in SPARE]
    stage.doomed["deleteSkillVersion"] = ("version", spoilt)


def _sessions(stage: FuzzWorld, beta: Beta, http: httpx2.Client) -> None:
    def create(**fields: Any) -> Any:
        return beta.sessions.create(
            agent=stage.kept["agent_id"][0], environment_id=stage.kept["environment_id"][0], **fields
        )

    for name in ("deleteSession", "archiveSession"):
        stage.doomed[name] = ("session_id", [create().id for _ in SPARE])
    file: Any = {"type": "file", "file_id": stage.kept["file_id"][0]}
    spare: Any = [{**file, "mount_path": f"spare/{number}.md"} for number, _ in enumerate(SPARE)]
    toolset: Any = {"type": "agent_toolset_20260401"}
    beta.agents.update(stage.kept["agent_id"][0], version=1, tools=[toolset])
    session = create(resources=[REPOSITORY, {**file, "mount_path": "kept.md"}, *spare])
    stage.kept["session_id"] = [session.id]
    resources = [resource.id for resource in session.resources]
    stage.kept["resource_id"], stage.doomed["deleteResource"] = resources[:2], ("resource_id", resources[2:])
    stage.doomed["updateResource"] = ("resource_id", resources[:1])  # of a file there is nothing to update
    turn = [*(TASK for _ in SPARE), {"output": {"/done.md": "It is done."}}, "Done."]
    http.post("/_mockdreams/sessions/scripts", json={"turns": [turn]}).raise_for_status()
    beta.sessions.events.send(session.id, events=[MESSAGE])
    http.post("/_mockdreams/clock", json={"run_until_idle": True}).raise_for_status()
    outputs = beta.files.list(scope_id=session.id, betas=["managed-agents-2026-04-01"])
    stage.kept["file_id"] += [file.id for file in outputs if file.downloadable]
    threads = [thread.id for thread in beta.sessions.threads.list(session.id)]
    stage.kept["thread_id"], stage.doomed["archiveThread"] = threads[:2], ("thread_id", threads[2:])


def _deployments(stage: FuzzWorld, beta: Beta) -> None:
    def create() -> str:
        agent, environment = stage.kept["agent_id"][0], stage.kept["environment_id"][0]
        return beta.deployments.create(name="D", agent=agent, environment_id=environment, initial_events=[MESSAGE]).id

    stage.kept["deployment_id"] = [create(), create()]
    stage.doomed["archiveDeployment"] = ("deployment_id", [create() for _ in SPARE])
    stage.kept["deployment_run_id"] = [beta.deployments.run(id).id for id in stage.kept["deployment_id"]]


def _work(stage: FuzzWorld, beta: Beta) -> None:
    """An environment of its own has the queue: paths below `/work` are asked about it."""
    environment = beta.environments.create(name="Ours", config={"type": "self_hosted"}).id
    session = beta.sessions.create(agent=stage.kept["agent_id"][0], environment_id=environment).id
    stage.kept["work_id"] = [session]
    for name in ("getWork", "updateWork", "workStats"):
        stage.doomed[name] = ("environment_id", [environment])


def _dreams(stage: FuzzWorld, beta: Beta, http: httpx2.Client) -> None:
    inputs: Any = [
        {"type": "memory_store", "memory_store_id": stage.kept["memory_store_id"][0]},
        {"type": "sessions", "session_ids": stage.kept["session_id"]},
    ]
    done, old, canceled = (beta.dreams.create(model=MODEL, inputs=inputs).id for _ in range(3))
    beta.dreams.cancel(canceled)
    http.post("/_mockdreams/clock", json={"run_until_idle": True}).raise_for_status()
    coming = beta.dreams.create(model=MODEL, inputs=inputs).id
    stage.kept["dream_id"] = [done, coming]
    stage.doomed["archiveDream"], stage.doomed["cancelDream"] = ("dream_id", [old]), ("dream_id", [canceled])
