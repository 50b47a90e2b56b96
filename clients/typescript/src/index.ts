/**
 * Worlds of mockdreams for tests, with any runner: `test("…", withWorld(async (mock) => { … }))` is the same in Vitest,
 * Jest and node:test.
 */

import { types } from "node:util";

import type { ResetOptions } from "./control.js";
import { createWorld, type World } from "./world.js";

export * from "./control.js";
export { serverUrl, start, type ServerOptions } from "./server.js";
export { ControlRefusal, createWorld, World, type Queue } from "./world.js";

type Body = (mock: World, ...context: any[]) => unknown;

/**
 * The body of a test, with a fresh world for it, which begins as told: a `scenario`, a `clock`, a `policy`, a `load`.
 * While it runs, `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY` point there. If it fails, its error tells what happened.
 */
export function withWorld(begin: ResetOptions, body: Body): (...context: any[]) => Promise<void>;
export function withWorld(body: Body): (...context: any[]) => Promise<void>;
export function withWorld(first: ResetOptions | Body, second?: Body): (...context: any[]) => Promise<void> {
  const [begin, body] = typeof first === "function" ? [{}, first] : [first, second!];
  return async (...context) => {
    const mock = await createWorld(begin);
    const before = { ANTHROPIC_BASE_URL: mock.baseURL, ANTHROPIC_API_KEY: mock.apiKey };
    const kept = Object.fromEntries(Object.keys(before).map((name) => [name, process.env[name]]));
    Object.assign(process.env, before);
    try {
      await body(mock, ...context);
    } catch (failure) {
      await tell(failure, mock);
      throw failure;
    } finally {
      for (const [name, value] of Object.entries(kept)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await mock.close().catch(() => undefined);
    }
  };
}

/** Adds the story of the world to an error; a server that is gone must not hide why the test failed. */
async function tell(failure: unknown, mock: World): Promise<void> {
  if (!types.isNativeError(failure)) return; // Jest has an `Error` of its own, which those of node are no instance of
  const story = await mock.story().catch((lost: unknown) => `its world could not be asked: ${lost}`);
  const told = `\n\nmockdreams:\n${story}`;
  if (failure.stack?.includes(failure.message)) failure.stack = failure.stack.replace(failure.message, failure.message + told);
  try {
    failure.message += told;
    if ("generatedMessage" in failure) failure.generatedMessage = false; // Jest leaves out those that node:assert made
  } catch {
    return; // an error whose message cannot be changed
  }
}
