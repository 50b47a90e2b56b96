"""/v1/deployments and /v1/deployment_runs."""

from typing import get_args

from mockdreams.http.auth import SESSIONS
from mockdreams.http.body_parsing import parse
from mockdreams.http.pagination import body, render_page
from mockdreams.http.query_params import LONG_LIMIT
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.deployments import (
    CreateDeployment,
    Deployment,
    DeploymentStatus,
    TriggerType,
    UpdateDeployment,
)
from mockdreams.wire.errors import invalid
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.deployments.deployments import DeploymentFilter
from mockdreams.world.deployments.runs import RunFilter

LISTING = "deployments"


def create(call: Request) -> bytes:
    return _body(call, call.world.deployments.create(call.parse_body(CreateDeployment)))


def list_page(call: Request) -> bytes:
    query, deployments = call.query, call.world.deployments
    agent_id, status = query.text("agent_id"), query.choice("status", *get_args(DeploymentStatus))
    if agent_id is not None and not is_valid_id(agent_id, "agent"):
        raise invalid("Invalid agent ID.", rule="deployment-list-agent-malformed-400")
    if status is not None and query.text("include_archived") is not None:
        raise invalid(
            "include_archived: cannot be set together with status", rule="deployment-list-status-archived-400"
        )
    shown = DeploymentFilter(agent_id, status, query.flag("include_archived"), query.window("gte", "lte"))
    records, more = deployments.page(shown, limit=query.limit(), after=query.place(LISTING))
    return render_page(LISTING, deployments.table, records, more, lambda record: _body(call, record))


def retrieve(call: Request, deployment_id: str) -> bytes:
    return _body(call, call.world.deployments.retrieve(deployment_id))


def update(call: Request, deployment_id: str) -> bytes:
    params = parse(UpdateDeployment, call.body)
    return _body(call, call.world.deployments.update(deployment_id, params))


def archive(call: Request, deployment_id: str) -> bytes:
    return _body(call, call.world.deployments.archive(deployment_id))


def pause(call: Request, deployment_id: str) -> bytes:
    return _body(call, call.world.deployments.pause(deployment_id))


def unpause(call: Request, deployment_id: str) -> bytes:
    return _body(call, call.world.deployments.unpause(deployment_id))


def run(call: Request, deployment_id: str) -> bytes:
    return call.world.deployments.run(deployment_id).body


def list_runs(call: Request) -> bytes:
    query, runs = call.query, call.world.deployment_runs
    deployment_id = query.text("deployment_id")
    if deployment_id is not None and not is_valid_id(deployment_id, "depl"):
        raise invalid("Invalid deployment ID.", rule="deployment-run-list-malformed-400")
    shown = RunFilter(
        deployment_id,
        query.optional_flag("has_error"),
        query.choice("trigger_type", *get_args(TriggerType)),
        query.window("gt", "gte", "lt", "lte"),
    )
    listing = "deployment_runs"
    records, more = runs.page(shown, limit=query.limit(most=LONG_LIMIT), after=query.place(listing))
    return render_page(listing, runs.table, records, more, body)


def retrieve_run(call: Request, run_id: str) -> bytes:
    return call.world.deployment_runs.retrieve(run_id).body


def _body(call: Request, deployment: Deployment) -> bytes:
    return call.world.deployments.current(deployment).body


_DEPLOYMENT = "/v1/deployments/{deployment_id}"

ROUTES = (
    Route("POST", "/v1/deployments", create, SESSIONS),
    Route("GET", "/v1/deployments", list_page, SESSIONS),
    Route("GET", _DEPLOYMENT, retrieve, SESSIONS),
    Route("POST", _DEPLOYMENT, update, SESSIONS),
    Route("POST", _DEPLOYMENT + "/archive", archive, SESSIONS),
    Route("POST", _DEPLOYMENT + "/pause", pause, SESSIONS),
    Route("POST", _DEPLOYMENT + "/unpause", unpause, SESSIONS),
    Route("POST", _DEPLOYMENT + "/run", run, SESSIONS),
    Route("GET", "/v1/deployment_runs", list_runs, SESSIONS),
    Route("GET", "/v1/deployment_runs/{deployment_run_id}", retrieve_run, SESSIONS),
)
