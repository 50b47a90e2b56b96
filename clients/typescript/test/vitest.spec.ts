import Anthropic from "@anthropic-ai/sdk";
import { beforeAll, expect, test, vi } from "vitest";

import { serverUrl, withWorld } from "../src/index.js";

beforeAll(() => serverUrl(), 60_000);

test("a world per test", withWorld({ load: "messy-store" }, async (mock) => {
  const stores = await new Anthropic(mock.options).beta.memoryStores.list();
  expect(stores.data).toHaveLength(1);
}));

test("fake timers do not touch the world's clock", withWorld({ clock: "manual" }, async (mock) => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    vi.setSystemTime(new Date("2030-01-01"));
    expect((await mock.advance(60)).now).toBe("2026-01-01T00:01:00Z");
  } finally {
    vi.useRealTimers();
  }
}));
