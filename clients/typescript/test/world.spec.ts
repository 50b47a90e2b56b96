import Anthropic from "@anthropic-ai/sdk";
import { withWorld } from "mockdreams";
import { expect, test, vi } from "vitest";

test("a world per test, on the one server of the run", withWorld({ load: "messy-store" }, async (mock) => {
  expect(mock.baseURL).toBe(process.env["MOCKDREAMS_URL"]);
  const stores = await new Anthropic().beta.memoryStores.list();
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
