import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";

import { ControlRefusal, createWorld, serverUrl, withWorld, type World } from "mockdreams";

async function dream(client: Anthropic): Promise<Anthropic.Beta.BetaDream> {
  const store = await client.beta.memoryStores.create({ name: "Notes" });
  const agent = await client.beta.agents.create({ name: "Helper", model: "claude-opus-4-8" });
  const environment = await client.beta.environments.create({ name: "Cloud" });
  const session = await client.beta.sessions.create({ agent: agent.id, environment_id: environment.id });
  return client.beta.dreams.create({
    model: "claude-opus-4-8",
    inputs: [
      { type: "memory_store", memory_store_id: store.id },
      { type: "sessions", session_ids: [session.id] },
    ],
  });
}

test("each test has a world of its own, and the environment points there", withWorld(async (mock) => {
  const client = new Anthropic();
  assert.equal(client.baseURL, mock.baseURL);
  await client.beta.memoryStores.create({ name: "Mine" });
  const other = await createWorld();
  const theirs = await new Anthropic(other.options).beta.memoryStores.list();
  assert.equal(theirs.data.length, 0);
  await other.close();
}));

test("the environment is as it was afterwards", async () => {
  await withWorld(async () => undefined)();
  assert.equal(process.env["ANTHROPIC_BASE_URL"], undefined);
});

test("levers are typed, and do what they say", withWorld({ clock: "manual" }, async (mock) => {
  await mock.faults.add({ match: "POST /v1/dreams", status: 529, times: 2 });
  await mock.dreams.add({ fail: "input_memory_store_too_large", at: 0.5 });
  const client = new Anthropic(mock.options);
  const created = await dream(client);
  assert.equal((await mock.requests("POST /v1/dreams")).length, 3);
  await mock.runUntilIdle();
  assert.equal((await client.beta.dreams.retrieve(created.id)).error?.type, "input_memory_store_too_large");
}));

test("a scenario by name", withWorld({ scenario: "not-enrolled" }, async (mock) => {
  await assert.rejects(dream(new Anthropic(mock.options)), Anthropic.NotFoundError);
}));

test("a wrong lever is refused with the server's words", withWorld(async (mock) => {
  const wrong = { match: "nowhere", status: 529 };
  await assert.rejects(mock.faults.add(wrong), (refused: unknown) => {
    assert.ok(refused instanceof ControlRefusal);
    assert.equal(refused.status, 400);
    return refused.message.includes("matches no call");
  });
}));

test("a failing test tells the story of its world", async () => {
  const failing = withWorld(async (mock: World) => {
    await new Anthropic(mock.options).beta.dreams.list();
    throw new Error("that was wrong");
  });
  await assert.rejects(failing(), /that was wrong\n\nmockdreams:\nclock: auto[^]*GET \/v1\/dreams -> 200/);
  const asserting = withWorld(async () => assert.equal("one", "other"));
  await assert.rejects(asserting(), { message: /mockdreams:\nclock: auto/, generatedMessage: false });
});

test("the server ends with its parent, even a killed one", async () => {
  const code = `import { serverUrl } from ${JSON.stringify(import.meta.resolve("mockdreams"))};
    console.log(await serverUrl()); setInterval(() => undefined, 1000);`;
  const env = { ...process.env };
  delete env["MOCKDREAMS_URL"];
  const parent = spawn(process.execPath, ["--input-type=module", "-e", code], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const url = line.toString().trim();
  assert.equal((await fetch(`${url}/_mockdreams/health`)).status, 200);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  for (;;) {
    try {
      await fetch(`${url}/_mockdreams/health`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    } catch {
      return;
    }
  }
});

test("a command that is none is told of", async () => {
  const { start } = await import("mockdreams");
  await assert.rejects(start({ command: "no-such-mockdreams" }), /could not be started as `no-such-mockdreams`/);
  assert.ok((await serverUrl()).startsWith("http://127.0.0.1:"));
});
