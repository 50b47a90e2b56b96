/** A world of one's own on a server, and its levers. */

import { ControlApi } from "./control.js";
import type { ClockState, DreamScript, ExchangeState, Fault, MessageScript, ResetOptions, SessionScript, Stub } from "./control.js";
import { serverUrl, type ServerOptions } from "./server.js";

const KEYS = { count: 0, run: Math.random().toString(36).slice(2) };

/** A lever was used wrongly; nothing was changed. */
export class ControlRefusal extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
    this.name = "ControlRefusal";
  }
}

/** What waits to be used: `add` another, `list` what is left, `clear` it. */
export interface Queue<T> {
  add(entry: T): Promise<void>;
  list(): Promise<Array<Record<string, unknown>>>;
  clear(): Promise<void>;
}

export class World {
  /** Every operation of the control API. */
  readonly control: ControlApi;
  readonly faults: Queue<Fault>;
  readonly stubs: Queue<Stub>;
  readonly dreams: Queue<DreamScript>;
  readonly sessions: Queue<SessionScript>;
  readonly messages: Queue<MessageScript>;

  constructor(readonly baseURL: string, readonly apiKey: string) {
    const control = (this.control = new ControlApi((...call) => this.send(...call)));
    this.faults = queue((entry) => control.addFaults(entry), () => control.showFaults(), () => control.clearFaults());
    this.stubs = queue((entry) => control.addStubs(entry), () => control.showStubs(), () => control.clearStubs());
    this.dreams = queue(
      (entry) => control.addDreamsScripts(entry),
      () => control.showDreamsScripts(),
      () => control.clearDreamsScripts(),
    );
    this.sessions = queue(
      (entry) => control.addSessionsScripts(entry),
      () => control.showSessionsScripts(),
      () => control.clearSessionsScripts(),
    );
    this.messages = queue(
      (entry) => control.addMessagesScripts(entry),
      () => control.showMessagesScripts(),
      () => control.clearMessagesScripts(),
    );
  }

  /** For the constructor of the official SDK: `new Anthropic(mock.options)`. */
  get options(): { baseURL: string; apiKey: string } {
    return { baseURL: this.baseURL, apiKey: this.apiKey };
  }

  /** Moves the world's clock forward by virtual seconds. */
  advance(seconds: number): Promise<ClockState> {
    return this.control.updateClock({ advance: seconds });
  }

  /** Runs everything that waits for the clock. */
  runUntilIdle(): Promise<ClockState> {
    return this.control.updateClock({ run_until_idle: true });
  }

  /** What was asked and answered, oldest first. */
  async requests(match?: string): Promise<ExchangeState[]> {
    return (await this.control.showRequests(match === undefined ? {} : { match })).data;
  }

  /** What happened, for people: hints, dreams, the last requests. */
  async story(): Promise<string> {
    return (await this.control.showReport()).story;
  }

  /** Forgets the world. */
  async close(): Promise<void> {
    await this.control.forget();
  }

  private async send(method: string, path: string, body?: unknown, query: Record<string, unknown> = {}): Promise<any> {
    const url = new URL(path, this.baseURL);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { "x-api-key": this.apiKey };
    const token = process.env["MOCKDREAMS_CONTROL_TOKEN"];
    if (token) headers["x-mockdreams-control-token"] = token;
    const answer = await fetch(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const told: any = await answer.json();
    if (!answer.ok) throw new ControlRefusal(told.error.message, answer.status);
    return told;
  }
}

/** A fresh world, with a key that nobody else has. */
export async function createWorld(begin: ResetOptions = {}, server: ServerOptions = {}): Promise<World> {
  const world = new World(await serverUrl(server), `sk-ant-mockdreams-${KEYS.run}-${++KEYS.count}`);
  await world.control.reset({ clock: "auto", ...begin });
  return world;
}

function queue<T>(
  add: (entry: T) => Promise<unknown>,
  list: () => Promise<{ data: Array<Record<string, unknown>> }>,
  clear: () => Promise<unknown>,
): Queue<T> {
  return {
    add: async (entry) => void (await add(entry)),
    list: async () => (await list()).data,
    clear: async () => void (await clear()),
  };
}
