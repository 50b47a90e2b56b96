"""The files of `deploy/`: what they say is what mockdreams and HAProxy understand."""

import re
from configparser import ConfigParser
from typing import Any

import pytest
import yaml

from mockdreams.serve_command import serve
from tests.support.examples import ROOT, parse

DEPLOY = ROOT / "deploy"
OPTIONS = {str(option.envvar) for option in serve.params if getattr(option, "envvar", None)}
CONFIG = (DEPLOY / "haproxy.cfg").read_text("utf-8")
REPLICAS = dict(re.findall(r'server (replica\d+) "\$\{(REPLICA\d+)-', CONFIG))


def documents() -> list[dict[str, Any]]:
    return [
        document
        for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text("utf-8"))
    ]


class UnitFile(ConfigParser):
    """A file of systemd, in whose names case matters."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {document["metadata"]["name"]: document for document in documents() if document["kind"] == kind}


def container(document: dict[str, Any]) -> dict[str, Any]:
    only: dict[str, Any]
    (only,) = document["spec"]["template"]["spec"]["containers"]
    return only


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return document


class TestSystemd:
    def unit(self) -> ConfigParser:
        unit = UnitFile(interpolation=None)
        unit.read(DEPLOY / "mockdreams.service", "utf-8")
        return unit

    def test_it_starts_a_command_that_there_is(self) -> None:
        command = self.unit()["Service"]["ExecStart"].split()
        assert command[0] == "/opt/mockdreams/bin/mockdreams"
        parse(command[1:])
        assert command[command.index("--data") + 1] == "/var/lib/" + self.unit()["Service"]["StateDirectory"]

    def test_its_workers_are_ended_by_their_parent(self) -> None:
        assert self.unit()["Service"]["KillMode"] == "mixed"


class TestCompose:
    @pytest.mark.parametrize("name", REPLICAS)
    def test_every_replica_of_the_balancer_is_there(self, name: str) -> None:
        environment = compose()["services"][name]["environment"]
        assert environment.keys() <= OPTIONS
        assert environment["MOCKDREAMS_ADVERTISE"] == f"{name}:4010"
        assert f'server {name} "${{{REPLICAS[name]}-{environment["MOCKDREAMS_ADVERTISE"]}}}"' in CONFIG

    def test_there_is_no_other_replica(self) -> None:
        assert compose()["services"].keys() == {*REPLICAS, "haproxy", "database"}

    def test_the_balancer_listens_where_it_is_published(self) -> None:
        balancer = compose()["services"]["haproxy"]
        assert balancer["ports"] == ["127.0.0.1:4010:4010"]
        assert "bind :4010\n" in CONFIG
        assert balancer["volumes"] == ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]

    def test_no_secret_is_in_it(self) -> None:
        text = (DEPLOY / "compose.yaml").read_text("utf-8")
        assert set(re.findall(r"(?:PASSWORD|TOKEN): \"([^\"]*)\"", text)) == {
            "${POSTGRES_PASSWORD:?}",
            "${MOCKDREAMS_CONTROL_TOKEN:?}",
        }


class TestKubernetes:
    def test_a_replica_is_told_its_own_address(self) -> None:
        replica = of_kind("StatefulSet")["mockdreams"]
        env = {each["name"]: each for each in container(replica)["env"]}
        assert env.keys() - {"POD", "NAMESPACE"} <= OPTIONS
        service = of_kind("Service")[replica["spec"]["serviceName"]]
        assert env["MOCKDREAMS_ADVERTISE"]["value"] == f"$(POD).{service['metadata']['name']}:4010"
        assert service["spec"]["clusterIP"] == "None"

    def test_the_balancer_knows_every_replica(self) -> None:
        replica, balancer = of_kind("StatefulSet")["mockdreams"], of_kind("Deployment")["haproxy"]
        env = {each["name"]: each.get("value") for each in container(balancer)["env"]}
        assert {name: env[name] for name in REPLICAS.values()} == {
            f"REPLICA{n + 1}": f"mockdreams-{n}.replicas.$(NAMESPACE).svc.cluster.local:4010"
            for n in range(replica["spec"]["replicas"])
        }

    def test_clients_may_ask_by_the_name_of_the_service(self) -> None:
        replica = of_kind("StatefulSet")["mockdreams"]
        env = {each["name"]: each.get("value") for each in container(replica)["env"]}
        (name,) = (
            name for name, service in of_kind("Service").items() if service["spec"]["selector"]["app"] == "haproxy"
        )
        below = ["", ".$(NAMESPACE)", ".$(NAMESPACE).svc", ".$(NAMESPACE).svc.cluster.local"]
        assert env["MOCKDREAMS_ALLOW_HOST"].split() == [f"{name}{each}" for each in below]
        assert list(env).index("NAMESPACE") < list(env).index("MOCKDREAMS_ALLOW_HOST")

    def test_selectors_find_what_they_select(self) -> None:
        labels = {
            document["spec"]["template"]["metadata"]["labels"]["app"]
            for document in documents()
            if "template" in document["spec"]
        }
        selected = {
            selector.get("matchLabels", selector)["app"]
            for document in documents()
            if (selector := document["spec"]["selector"])
        }
        assert selected == labels

    def test_probes_ask_what_is_served(self) -> None:
        probes = container(of_kind("StatefulSet")["mockdreams"])
        assert probes["readinessProbe"]["httpGet"]["path"] == "/_mockdreams/ready"
        assert probes["livenessProbe"]["httpGet"]["path"] == "/_mockdreams/health"
