import assert from "node:assert/strict";

import { expect, jest, test } from "@jest/globals";
import Anthropic from "@anthropic-ai/sdk";
import { withWorld } from "mockdreams";

test("a world per test, on the one server of the run", withWorld({ load: "messy-store" }, async (mock) => {
  expect(mock.baseURL).toBe(process.env["MOCKDREAMS_URL"]);
  const stores = await new Anthropic().beta.memoryStores.list();
  expect(stores.data).toHaveLength(1);
}));

test("fake timers do not touch the world's clock", withWorld({ clock: "manual" }, async (mock) => {
  jest.useFakeTimers({ now: new Date("2030-01-01"), doNotFake: ["nextTick", "setImmediate", "setTimeout"] });
  try {
    expect((await mock.advance(60)).now).toBe("2026-01-01T00:01:00Z");
  } finally {
    jest.useRealTimers();
  }
}));

test("the errors of node's own modules have the story too", async () => {
  const failing = withWorld(async () => assert.equal("one", "other"));
  await expect(failing()).rejects.toMatchObject({ message: expect.stringContaining("mockdreams:\nclock: auto") });
});
