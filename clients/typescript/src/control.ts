// Made by scripts/reference from the control API's own OpenAPI description; do not edit.

/** Sends a request to the control API, and gives the JSON of its answer. */
export type Send = (method: string, path: string, body?: unknown, query?: Record<string, unknown>) => Promise<any>;

/** When a world is to dream of a memory store by itself; one of `every`, `cron` and `after_sessions`. */
export type AddSchedule = {
  /** Virtual seconds from one dream to the next. */
  every?: number | null;
  /** Five fields, matched by the wall clock of `timezone`. */
  cron?: string | null;
  /** An IANA time zone; UTC if it is left out. */
  timezone?: string | null;
  /** How many sessions have to finish their work before the next dream. */
  after_sessions?: number | null;
  /** `automatic`: what is completed is adopted. `review`: it waits for somebody's yes. */
  mode?: "automatic" | "review";
  /** The model of the dreams; the first that dreams support if it is left out. */
  model?: string | null;
  /** The instructions of the dreams. */
  instructions?: string | null;
  /** How many of the newest sessions a dream reads. */
  sessions?: number;
  /** The store that is dreamt of, and adopted to. */
  memory_store_id: string;
};

/** Which changes are written onto the input store. */
export type AdoptOptions = {
  /** `all`, `none`, or the paths of some. */
  only?: "all" | "none" | Array<string>;
};

/** Events whose answers a session says it waits for, whether there are such events or not. */
export type AwaitedEvents = {
  event_ids?: Array<string>;
};

/** The clock. */
export type ClockState = {
  mode: "real" | "auto" | "manual";
  now: string;
  speed: number;
  due: Array<DueState>;
};

/** What to do with the clock; several orders of one request are carried out in this order. */
export type ClockUpdate = {
  /** How time moves from now on. */
  mode?: "real" | "auto" | "manual" | null;
  /** Virtual seconds per wall second in `real` mode. */
  speed?: number | null;
  /** Virtual seconds to move forward. */
  advance?: number | null;
  /** The moment to move forward to, RFC 3339 with a time zone. */
  move_to?: string | null;
  /** True: stop time until it is resumed, or a mode is set. False: let it go on as before. */
  freeze?: boolean | null;
  /** Run everything that is waiting, and what that makes wait. */
  run_until_idle?: boolean;
};

export type ControlError = {
  type: "error";
  error: {
  type: string;
  message: string;
};
  request_id?: string | null;
};

/** US dollars, null where there is no price. */
export type Cost = {
  usd: string | null;
};

/** Which credentials a script is for; what is left out matches every credential. */
export type CredentialMatch = {
  /** The credential. */
  credential_id?: string | null;
  /** Its vault. */
  vault_id?: string | null;
  /** The server that it is for, as its credential spells it. */
  mcp_server_url?: string | null;
};

/** What the next validations of the credentials that `match` find; `times` of them, or all of them. */
export type CredentialScript = {
  /** What the other side says. */
  outcome: "valid" | "expired" | "refused" | "unreachable";
  /** Which credentials. */
  match?: CredentialMatch;
  /** How many validations; None: all that come. */
  times?: number | null;
};

/** Put an agent of the roster to work in a thread of its own, and wait for its report, its last words. `advisor` is the one that the agent's configuration has, if it has one: its thread ends with its answer. */
export type Delegate = {
  delegate: string;
  message?: string;
  turn?: Array<string | SayAction | ThinkAction | UseTool | UseMcpTool | UseCustomTool | WriteOutput | Fail | Slow | SpendAction | Refuse | Terminate | Delegate | IdleAction | RepeatTurn>;
};

/** It is done. */
export type Done = {
  status: "ok";
};

/** Which dreams a script is for; what is left out matches every dream. */
export type DreamMatch = {
  /** Its input store. */
  memory_store_id?: string | null;
  /** The id of its model. */
  model?: string | null;
  /** A part of the dream's instructions. */
  instructions?: string | null;
};

/** What becomes of the next `times` dreams that `match`. A dream that is told to `write`, `delete` or `say` something does that and nothing else; otherwise it thinks for itself. It completes, unless it is told to `fail` or to `hang`. */
export type DreamScript = {
  /** Which dreams. */
  match?: DreamMatch;
  /** How many of them. */
  times?: number;
  /** Virtual seconds from creation to the end. */
  duration?: number | null;
  /** Memories of the output store to create or overwrite: contents by path. */
  write?: Record<string, string>;
  /** Memories of the output store to delete, by path. */
  delete?: Array<string>;
  /** What to say in the dream's session. */
  say?: Array<string>;
  /** The tokens to have spent at the end. */
  usage?: ScriptedUsage | null;
  /** The `error.type` to fail with; any text, because the service may add some; if it is much like a known one, as `{"unknown": …}`. */
  fail?: string | UnknownError | null;
  /** Beside `fail`: the message of the error. */
  message?: string | null;
  /** Beside `fail`: when in its run. 0: before the output store exists. 1: after its last write. */
  at?: number;
  /** Stay so until the runtime budget is used up, and the dream fails with `timeout`. */
  hang?: "pending" | "running" | null;
};

/** A task that waits for the clock. */
export type DueState = {
  at: string;
  what: string;
};

/** Something to tell, whether it has happened or not. */
export type EmitParams = {
  /** A type of event, known or not. */
  type: string;
  /** The resource that it is about. */
  id: string;
  /** What else its `data` has. */
  data?: Record<string, unknown>;
};

/** A request and its answer. */
export type ExchangeState = {
  method: string;
  path: string;
  query: Record<string, string | Array<string>>;
  headers: Record<string, string>;
  body: unknown;
  status: number | null;
  response: unknown;
  hint: string | null;
  by: "world" | "stub" | "fault" | "upstream";
  at: string;
};

/** Meet an error. `retrying`: the session is rescheduled and goes on; `exhausted`: the turn ends; `terminal`: all. An error of an MCP server or a repository is `retrying` where nothing is said, and the turn goes on without it and without being rescheduled; that of a repository is never anything else. Any other is `exhausted`. `details` are further keys of the error, such as `mcp_server_name`. */
export type Fail = {
  error: "unknown_error" | "model_overloaded_error" | "model_rate_limited_error" | "model_request_failed_error" | "mcp_connection_failed_error" | "mcp_authentication_failed_error" | "billing_error" | "credential_host_unreachable_error" | "tool_use_limit_reached_error" | "compaction_limit_reached_error" | "repository_authentication_error" | "repository_forbidden_error" | "repository_not_found_error" | "repository_checkout_error" | "repository_clone_error";
  message?: string | null;
  retry?: "retrying" | "exhausted" | "terminal" | null;
  details?: Record<string, unknown>;
};

/** What the next `times` calls that `match` meet, after `after` calls that were let through. One or more effects: `status` (with `body` and `headers`), `latency`, `drop`; of a stream `cut_after_events`, `end_after_events` or `stall_after_events`, `lose`, `repeat`, `swap`, `insert` and `event_delay`; and `lag`. */
export type Fault = {
  /** `"METHOD /path/with/*"`, served or not; `*` stands for one segment or any method, `**` for any segments. */
  match: string;
  /** The answer's status, with the body that the service has for it; below 400 it needs a `body`. */
  status?: number | null;
  /** Beside `status`: another body, a text or JSON. */
  body?: unknown;
  /** Beside `status`: further headers, before ours. With a `retry-after` the SDKs wait that long, in wall time. */
  headers?: Record<string, string>;
  /** Wall seconds before the answer; or `{"p50": …, "p99": …}`, percentiles of what they are each time. */
  latency?: number | LatencySpread | null;
  /** The connection breaks before the request has done anything, or during the body of the answer to one that has. */
  drop?: "before" | "during" | null;
  /** A stream breaks after so many events, in the middle of the next. */
  cut_after_events?: number | null;
  /** A stream ends after so many events, as if all were said. */
  end_after_events?: number | null;
  /** A stream says nothing more after so many events, and stays open. */
  stall_after_events?: number | null;
  /** Events of a stream that are not sent: by index, or every one of a type. */
  lose?: number | string | Array<number | string>;
  /** Events that are sent twice. */
  repeat?: number | string | Array<number | string>;
  /** Events that change places with the next. */
  swap?: number | string | Array<number | string>;
  /** Events that a stream has besides, by the index of the event that they come before: JSON, sent under its `type`, or a text, the lines of an event as they are. */
  insert?: Record<string, Record<string, unknown> | string>;
  /** Wall seconds between the events of a stream. */
  event_delay?: number | null;
  /** Virtual seconds by which the status of a session, a thread or a dream, what it allows, and the events in a list trail the stream. */
  lag?: number | null;
  /** How often it strikes; None: for ever. */
  times?: number | null;
  /** Matching calls that are let through first. */
  after?: number;
  /** How likely it is to strike a matching call; those that it spares do not count. */
  probability?: number;
  /** Of the dice: the same seed strikes the same calls, and has the same latencies. */
  seed?: number;
};

/** A server that is up, and the profile with which worlds begin. */
export type Health = {
  status: "ok";
  profile: string;
};

/** End the turn, and let the session say that it waits for answers to these events, or to none. It does not wait: what is sent next begins a turn. */
export type IdleAction = {
  idle: AwaitedEvents;
};

/** Exchanges, oldest first. */
export type JournalState = {
  data: Array<ExchangeState>;
};

/** A lognormal distribution, as the latencies of a service have it, by two of its percentiles. */
export type LatencySpread = {
  /** Wall seconds that half of the answers take at most. */
  p50: number;
  /** Wall seconds that all but one in a hundred take at most. */
  p99: number;
};

/** US dollars for a million tokens of each kind; cache writes are those that live for five minutes. */
export type ListPrice = {
  input: string;
  output: string;
  cache_write: string;
  cache_read: string;
};

/** Which requests a reply is for; what is left out matches every request. */
export type MessageMatch = {
  /** The model that is asked. */
  model?: string | null;
  /** A part of what the user said last, tool results included. */
  message?: string | null;
};

/** What the next `times` requests that `match` are answered with. */
export type MessageScript = {
  /** Content blocks; a bare text is the only one. */
  content: string | ReplyText | ReplyToolUse | ReplyThinking | Array<ReplyText | ReplyToolUse | ReplyThinking>;
  /** Why the model stopped; by default `tool_use` if it calls a tool, else `end_turn`. */
  stop_reason?: "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "pause_turn" | "refusal" | "model_context_window_exceeded" | null;
  /** The tokens of the request. */
  usage?: ReplyUsage;
  /** Which requests; a bare text is a part of what the user said last. */
  match?: string | MessageMatch;
  /** How many of them; None: all. */
  times?: number | null;
};

export type NewKey = {
  environment_id: string;
};

/** Limits, sizes, durations and guards of one world; the defaults are the documented values of today. Durations are virtual seconds. Those of a dream are chosen, not documented: the service says "minutes to a few hours". */
export type Policy = {
  /** The profile that the other fields began with: `current`, `docs-2026-09` or `launch-2026-05`. To set it sets the fields in which that differs. */
  profile?: string;
  /** Whether the organization takes part in the preview of dreams; if not, every dreams route is 404. */
  enrolled?: boolean;
  /** Models that a dream may run on: the six that the guide of September lists, then newer ones that are current, of which nothing public says so yet. */
  supported_models?: Array<string>;
  /** Models that `/v1/models` lists and `/v1/messages` runs, newest first. */
  models?: Array<string>;
  /** Models that take no `system.message`: users report that `claude-opus-4-8` was the first to take one. */
  models_without_system_messages?: Array<string>;
  /** Values of `anthropic-beta` that the service knows beside those of the schema and of the installed SDK. */
  extra_betas?: Array<string>;
  /** What an unknown value of `anthropic-beta` does beside a good one: as recorded by route, it is passed over or, on environments, 400; `refused` is 400 on every route, as a general page of the guide says. */
  unknown_betas?: "by_route" | "refused";
  /** Whether environments are 404 without a beta, as recorded in May; in September they were served. */
  environments_need_beta?: boolean;
  /** Refuse (409) an environment whose name another has. Reported once; the guide only advises it. */
  unique_environment_names?: boolean;
  /** Accept further keywords in the `input_schema` of a custom tool, as documented; a recording of May has 400. */
  extra_schema_keywords?: boolean;
  /** Whether `output_behavior` can be sent, so that a dream may write into its input store. */
  update_existing?: boolean;
  /** Sessions that one dream may read. */
  dream_max_sessions?: number;
  /** Refuse (400) to archive or delete the output store of a pending or running dream. */
  guard_output_store?: boolean;
  /** Refuse (400) to send to, archive or delete the session of a pending or running dream. */
  guard_dream_session?: boolean;
  /** How long a dream stays `pending`. */
  dream_queue_seconds?: number;
  /** From `running` to the output store being named in `outputs`. */
  dream_provision_seconds?: number;
  /** The run of a dream that reads no session. */
  dream_base_seconds?: number;
  /** What each input session adds to the run. */
  dream_seconds_per_session?: number;
  /** What each message in an input session adds to the run. */
  dream_seconds_per_message?: number;
  /** A dream that has not ended so long after its creation fails with `timeout`. */
  dream_runtime_budget_seconds?: number;
  /** How long after a cancel the last write lands and the session is archived, and for how long a dream that has ended still holds the store that it updates. */
  dream_wind_down_seconds?: number;
  /** A dream over a larger input store fails with `input_memory_store_too_large`; None: no limit. */
  dream_input_max_bytes?: number | null;
  /** Beyond it creating a store is 400 and a dream fails with `memory_store_org_limit_exceeded`; None: no limit. */
  memory_stores_per_organization?: number | null;
  /** Dreams that may be created in 24 hours, else 429; None: no limit. */
  dreams_per_day?: number | null;
  /** Requests that write, else 429. Documented are 300; None, no limit, because virtual minutes are long. */
  creates_per_minute?: number | null;
  /** Requests that read, else 429. Documented are 1,200; None, no limit. */
  reads_per_minute?: number | null;
  /** The time in which answers say when a limit begins anew: the world's, or the wall clock's for code that computes with that. */
  rate_limit_reset?: "virtual" | "wall";
  /** What each model's tokens cost. What a model costs that is not here is unknown; it cannot have a budget. */
  list_prices?: Record<string, ListPrice>;
  /** From a sent message to the session running. */
  turn_queue_seconds?: number;
  /** The least of it that is wall time under the real clock, however fast: so that a stream which is opened just after a message was sent sees the whole turn. */
  turn_queue_wall_seconds?: number;
  /** From a sent interrupt to what is under way being stopped. Recorded of August; in July it was 30 s and more. */
  interrupt_seconds?: number;
  /** How long the agent takes over one model request; a turn is one, and one more after each round of tool calls. */
  turn_seconds?: number;
  /** How long a session stays `rescheduling` before it tries again. */
  retry_seconds?: number;
  /** How long the grader of an outcome takes over one evaluation. */
  grading_seconds?: number;
  /** A session that has more in its context than this is terminated. */
  context_window_tokens?: number;
  /** Threads of one session that may be there at one time, without those that are terminated. */
  threads_per_session?: number;
  /** What an hour of a running session costs beside its tokens. */
  session_hour_cents?: number;
  /** Deployments with a schedule that a workspace may have. */
  scheduled_deployments?: number;
  /** How long after its listed time a scheduled run begins; documented: 5 to 540 seconds, the same for a schedule. */
  deployment_jitter_seconds?: number;
  /** Under the real clock, the runs that a schedule, of dreams too, still has when nobody has looked for longer. */
  deployment_catch_up_seconds?: number;
  /** Queue an item of work again when the heartbeats of its worker stop. Recorded: the service does not, and the session waits until somebody answers its calls. */
  work_requeued_without_heartbeats?: boolean;
  /** Beyond it creating a memory is 400; those that are there can still be changed. */
  memories_per_store?: number;
  /** The size of one memory's content in UTF-8 bytes. */
  memory_max_bytes?: number;
  /** How long every version is kept. */
  version_retention_days?: number;
  /** How many of a live memory's newest versions are kept however old they are: documented as "recent versions", the number is inferred. */
  versions_always_kept?: number;
  /** Memory stores that one session may attach. */
  memory_stores_per_session?: number;
  /** How hard the model of an agent works that names no effort. */
  default_effort?: "low" | "medium" | "high" | "xhigh" | "max";
  /** Tools of an agent, the agent toolset counted as its eight; the guide of August says 128, the SDK 256. */
  tools_per_agent?: number;
  /** Entries of an agent's `mcp_servers`. */
  mcp_servers_per_agent?: number;
  /** Entries of an agent's `skills`. */
  skills_per_agent?: number;
  /** Credentials of one vault that may be unarchived at one time. */
  credentials_per_vault?: number;
  /** How long the access token lasts that a refresh of a credential gets. */
  oauth_token_seconds?: number;
  /** What the files of one upload of a skill may hold together, zipped or not; a larger one is refused with 413. */
  skill_max_bytes?: number;
  /** Agents that one list of a multiagent configuration may name. */
  agents_per_roster?: number;
  /** The size of one file; a larger upload is refused with 413. */
  file_max_bytes?: number;
  /** What all uploads together may hold, else 400; copies of sessions do not count. */
  file_storage_max_bytes?: number;
  /** How long a file that has expired can still be looked up. */
  file_retention_days?: number;
  /** Files that one session may attach. */
  files_per_session?: number;
  /** From a session's coming to rest to its outputs being listed as files: documented as a few seconds. */
  session_output_seconds?: number;
  /** How often a delivery to a webhook is attempted. */
  webhook_attempts?: number;
  /** The least time between two attempts. */
  webhook_retry_min_seconds?: number;
  /** The most time between two attempts. */
  webhook_retry_max_seconds?: number;
  /** Wall seconds within which a receiver has to answer; inferred. */
  webhook_timeout_seconds?: number;
  /** A webhook is disabled by a failure so long after the first since its last success; the number is inferred. */
  webhook_disable_seconds?: number;
  /** Whether webhooks are also told `session.created`, `.running`, `.idled`, `.requires_action` and `.archived`, which the SDK has and no guide lists. */
  webhook_older_types?: boolean;
  /** A larger request body is refused with 413. */
  body_max_bytes?: number;
  /** Pairs in the `metadata` of anything. */
  metadata_max_pairs?: number;
  /** Characters of a key of it. */
  metadata_max_key?: number;
  /** Characters of a value of it. */
  metadata_max_value?: number;
};

/** How often what was prepared under a name was used, and what was never used. */
export type PreparedState = {
  hits: Record<string, number>;
  unused: Array<string>;
};

/** End the turn with a refusal of this category, or of none. */
export type Refuse = {
  refuse: "cyber" | "bio" | "frontier_llm" | "reasoning_extraction" | "general_harms" | null;
  explanation?: string | null;
};

/** Let the whole turn come again so many times by itself, once it is over; what is sent meanwhile waits. */
export type RepeatTurn = {
  repeat_turn: number;
};

/** Something to say. */
export type ReplyText = {
  type: "text";
  text: string;
};

/** Something to think. */
export type ReplyThinking = {
  type: "thinking";
  thinking: string;
  signature?: string;
};

/** A tool call; an id is made up if it has none. */
export type ReplyToolUse = {
  type: "tool_use";
  name: string;
  input?: Record<string, unknown>;
  id?: string | null;
};

/** Tokens by kind; what is left out is counted or 0. */
export type ReplyUsage = {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_creation_input_tokens?: number;
  cache_read_input_tokens?: number;
};

/** How the world begins, now and at later resets, where that is not to be as before. */
export type ResetOptions = {
  /** How time moves. */
  clock?: "real" | "auto" | "manual" | null;
  /** Virtual seconds per wall second in `real` mode. */
  speed?: number | null;
  /** The fields of the policy that differ from those of the profile: the one that they name, or the server's. */
  policy?: Record<string, unknown> | null;
  /** A seed by the name of one that is shipped, or a seed or snapshot as JSON. */
  load?: string | Record<string, unknown> | null;
  /** When it begins: a time, RFC 3339 with a time zone, or `wall` for that of the server's wall clock. */
  now?: string | null;
  /** A scenario by the name of one that is shipped, or as JSON; what is given beside it overrides it. */
  scenario?: string | Record<string, unknown> | null;
};

export type RevokedKey = {
  key: string;
};

/** Say something. */
export type SayAction = {
  say: string;
};

/** The tokens that a dream will have reported at its end; what is left out is 0. */
export type ScriptedUsage = {
  input_tokens?: number;
  output_tokens?: number;
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
};

/** What the grader says of an outcome. */
export type ScriptedVerdict = {
  result: "pending" | "running" | "evaluating" | "needs_revision" | "satisfied" | "max_iterations_reached" | "failed" | "interrupted";
  explanation?: string;
};

/** Which sessions a script is for; what is left out matches every session. */
export type SessionMatch = {
  /** The session. */
  session_id?: string | null;
  /** Its agent. */
  agent_id?: string | null;
  /** A store that is attached to it. */
  memory_store_id?: string | null;
  /** A part of what was just said to it. */
  message?: string | null;
};

/** The next `turns` of the sessions that `match`, turn by turn, and what the grader will say of their outcomes. A script is taken by the first session that begins a turn, matches, and has no scripted turns left; `times` of them may. After the last turn the agent decides for itself again. */
export type SessionScript = {
  /** Which sessions. */
  match?: SessionMatch;
  /** How many of them. */
  times?: number;
  /** What is done turn by turn, in acts. */
  turns?: Array<Array<string | SayAction | ThinkAction | UseTool | UseMcpTool | UseCustomTool | WriteOutput | Fail | Slow | SpendAction | Refuse | Terminate | Delegate | IdleAction | RepeatTurn> | string | SayAction | ThinkAction | UseTool | UseMcpTool | UseCustomTool | WriteOutput | Fail | Slow | SpendAction | Refuse | Terminate | Delegate | IdleAction | RepeatTurn>;
  /** What the grader says, one by one; a bare text is the `result`. */
  verdicts?: Array<ScriptedVerdict | "pending" | "running" | "evaluating" | "needs_revision" | "satisfied" | "max_iterations_reached" | "failed" | "interrupted">;
};

/** Take so many virtual seconds more over the model request that this belongs to. */
export type Slow = {
  slow: number;
};

/** Spend tokens, beside those that the words amount to. */
export type SpendAction = {
  spend: TokensAction;
};

/** What happened, for people. */
export type Story = {
  story: string;
};

/** What calls that `match` are answered instead of asking the world, `times` of them, after `after` let through. At most one body: `json`, `body` or `events`. Without one a status from 400 on has the service's own. */
export type Stub = {
  /** `"METHOD /path/with/*"`, served or not; `*` stands for one segment or any method, `**` for any segments. */
  match: string;
  /** The answer's status. */
  status?: number;
  /** A JSON body. */
  json?: unknown;
  /** A text. */
  body?: string | null;
  /** Further headers, before ours. */
  headers?: Record<string, string>;
  /** A stream: events as JSON, each sent under its `type`; or texts, each the lines of an event as they are. */
  events?: Array<Record<string, unknown> | string> | null;
  /** Wall seconds before the answer; or `{"p50": …, "p99": …}`, percentiles of what they are each time. */
  latency?: number | LatencySpread | null;
  /** How often it answers; None: for ever. */
  times?: number | null;
  /** Matching calls that are let through first. */
  after?: number;
};

/** End the session. */
export type Terminate = {
  terminate?: true;
};

/** Think; the transcript shows that it happened, not what was thought. */
export type ThinkAction = {
  think?: true;
};

/** Tokens by kind; what is left out is 0. */
export type TokensAction = {
  input_tokens?: number;
  output_tokens?: number;
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
};

/** An `error.type` that the service may come to use, though it is much like a known one. */
export type UnknownError = {
  unknown: string;
};

/** Call a tool that the caller runs, and wait for its result. */
export type UseCustomTool = {
  custom_tool: string;
  input?: Record<string, unknown>;
};

/** Call a tool of an MCP server; `permission` and `reason_code` as for the service's own tools. */
export type UseMcpTool = {
  mcp_tool: string;
  server: string;
  input?: Record<string, unknown>;
  result?: string | null;
  is_error?: boolean;
  permission?: "allow" | "ask" | "deny" | null;
  reason_code?: string | null;
};

/** Call one of the service's own tools. Without a `result`, a file tool works on the memory stores of the session, and any other tool has none to show. `permission` overrides the agent's configuration; `reason_code` is why the automatic policy did not allow the call. */
export type UseTool = {
  tool: string;
  input?: Record<string, unknown>;
  result?: string | null;
  is_error?: boolean;
  permission?: "allow" | "ask" | "deny" | null;
  reason_code?: string | null;
};

/** How long to wait. */
export type WaitParams = {
  /** Wall seconds. */
  timeout?: number;
};

/** What waits to be used, each as it was sent, with how often it was used or is left. */
export type Waiting = {
  data: Array<Record<string, unknown>>;
};

/** An endpoint to tell: where, of what, and what goes wrong on the way. */
export type WebhookParams = {
  /** Where: `http` or `https`, on the loopback interface unless the server was told otherwise. */
  url: string;
  /** Types of events; without it all. */
  events?: Array<string> | null;
  /** What deliveries are signed with, `whsec_…`; made, if it is left out. */
  secret?: string | null;
  /** How often each event is delivered. */
  duplicate?: number;
  /** Events that come after the next one, or a minute late if there is none: by index, or every one of a type. */
  reorder?: number | string | Array<number | string>;
  /** Events that are never delivered. */
  lose?: number | string | Array<number | string>;
  /** Virtual seconds by which every event is late. */
  delay?: number;
  /** Whether deliveries are signed with another secret. */
  wrong_signature?: boolean;
  /** Wall seconds by which the timestamp of a delivery is old; the SDK refuses more than 300, also ahead of time. */
  timestamp_age?: number;
};

/** Write files below `/mnt/session/outputs`: contents by path. Once the session rests they are files of it. */
export type WriteOutput = {
  output: Record<string, string>;
};

export class ControlApi {
  constructor(readonly send: Send) {}

  /** Whether the server is up, and the profile with which worlds begin: `{"status", "profile"}`. Needs no key. */
  health(): Promise<Health> {
    return this.send("GET", `/_mockdreams/health`, undefined);
  }


  /** Whether the server takes requests: `{"status": "ready"}` from the moment it serves. Needs no key. */
  ready(): Promise<Record<string, unknown>> {
    return this.send("GET", `/_mockdreams/ready`, undefined);
  }


  /** Mode, time, speed, and what is waiting: `{"mode", "now", "speed", "due": [{"at", "what"}]}`. */
  showClock(): Promise<ClockState> {
    return this.send("GET", `/_mockdreams/clock`, undefined);
  }


  /** Move the clock, or change how it goes; answers as `GET`. */
  updateClock(body: ClockUpdate): Promise<ClockState> {
    return this.send("POST", `/_mockdreams/clock`, body);
  }


  /** Every field of the policy. */
  showPolicy(): Promise<Policy> {
    return this.send("GET", `/_mockdreams/policy`, undefined);
  }


  /** Change the fields that are given; with a `profile` all others are its own. Answers as `GET`. */
  changePolicy(body: Policy): Promise<Policy> {
    return this.send("PATCH", `/_mockdreams/policy`, body);
  }


  /** The faults that are left, each with how often it has struck. */
  showFaults(): Promise<Waiting> {
    return this.send("GET", `/_mockdreams/faults`, undefined);
  }


  /** Add a fault: the fields of `faults.add`. */
  addFaults(body: Fault, query: { name?: string } = {}): Promise<Waiting> {
    return this.send("POST", `/_mockdreams/faults`, body, query);
  }


  /** Forget the faults that are left. */
  clearFaults(): Promise<Waiting> {
    return this.send("DELETE", `/_mockdreams/faults`, undefined);
  }


  /** The stubs that are left, in the order in which they answer, each with how often it has. */
  showStubs(): Promise<Waiting> {
    return this.send("GET", `/_mockdreams/stubs`, undefined);
  }


  /** Add a stub: the fields of `stubs.add`. */
  addStubs(body: Stub, query: { name?: string } = {}): Promise<Waiting> {
    return this.send("POST", `/_mockdreams/stubs`, body, query);
  }


  /** Forget the stubs that are left. */
  clearStubs(): Promise<Waiting> {
    return this.send("DELETE", `/_mockdreams/stubs`, undefined);
  }


  /** The scripts that no dream has taken. */
  showDreamsScripts(): Promise<Waiting> {
    return this.send("GET", `/_mockdreams/dreams/scripts`, undefined);
  }


  /** Tell the next dream what to do: the fields of `dreams.script`. */
  addDreamsScripts(body: DreamScript, query: { name?: string } = {}): Promise<Waiting> {
    return this.send("POST", `/_mockdreams/dreams/scripts`, body, query);
  }


  /** Forget the scripts that no dream has taken. */
  clearDreamsScripts(): Promise<Waiting> {
    return this.send("DELETE", `/_mockdreams/dreams/scripts`, undefined);
  }


  /** The scripts that no session has taken. */
  showSessionsScripts(): Promise<Waiting> {
    return this.send("GET", `/_mockdreams/sessions/scripts`, undefined);
  }


  /** Tell a session what to do in its next turns: the fields of `sessions.script`. */
  addSessionsScripts(body: SessionScript, query: { name?: string } = {}): Promise<Waiting> {
    return this.send("POST", `/_mockdreams/sessions/scripts`, body, query);
  }


  /** Forget the scripts that no session has taken. */
  clearSessionsScripts(): Promise<Waiting> {
    return this.send("DELETE", `/_mockdreams/sessions/scripts`, undefined);
  }


  /** The scripts that no validation has used up. */
  showVaultsScripts(): Promise<Waiting> {
    return this.send("GET", `/_mockdreams/vaults/scripts`, undefined);
  }


  /** Tell the next validation of a credential what to find: the fields of `vaults.script`. */
  addVaultsScripts(body: CredentialScript, query: { name?: string } = {}): Promise<Waiting> {
    return this.send("POST", `/_mockdreams/vaults/scripts`, body, query);
  }


  /** Forget the scripts that no validation has used up. */
  clearVaultsScripts(): Promise<Waiting> {
    return this.send("DELETE", `/_mockdreams/vaults/scripts`, undefined);
  }


  /** The replies that are left. */
  showMessagesScripts(): Promise<Waiting> {
    return this.send("GET", `/_mockdreams/messages/scripts`, undefined);
  }


  /** Prepare an answer of `/v1/messages`: the fields of `messages.reply`. */
  addMessagesScripts(body: MessageScript, query: { name?: string } = {}): Promise<Waiting> {
    return this.send("POST", `/_mockdreams/messages/scripts`, body, query);
  }


  /** Forget the replies that are left. */
  clearMessagesScripts(): Promise<Waiting> {
    return this.send("DELETE", `/_mockdreams/messages/scripts`, undefined);
  }


  /** What was prepared: `{"hits": {name: how often it was used}, "unused": [what was never used, and why]}`. Named is what was added with `?name=`. */
  showPrepared(): Promise<PreparedState> {
    return this.send("GET", `/_mockdreams/prepared`, undefined);
  }


  /** The journal, oldest first; `?match=` and `?status=` select. */
  showRequests(query: { match?: string; status?: number } = {}): Promise<JournalState> {
    return this.send("GET", `/_mockdreams/requests`, undefined, query);
  }


  /** Forget the journal. */
  clearRequests(): Promise<JournalState> {
    return this.send("DELETE", `/_mockdreams/requests`, undefined);
  }


  /** The whole world as one JSON document. */
  showSnapshot(): Promise<Record<string, unknown>> {
    return this.send("GET", `/_mockdreams/snapshot`, undefined);
  }


  /** Make the world what it was in the snapshot that is the body. */
  restoreSnapshot(body: Record<string, unknown>): Promise<Done> {
    return this.send("POST", `/_mockdreams/snapshot`, body);
  }


  /** Make the world as it was at first, faults, stubs, scripts and journal too; or let it begin otherwise. */
  reset(body: ResetOptions = {}): Promise<Done> {
    return this.send("POST", `/_mockdreams/reset`, body);
  }


  /** Forget the world; the next request of the key makes another. */
  forget(): Promise<Done> {
    return this.send("DELETE", `/_mockdreams/world`, undefined);
  }


  /** What the report of a failing test tells: `{"story"}`. */
  showReport(): Promise<Story> {
    return this.send("GET", `/_mockdreams/story`, undefined);
  }


  /** What a dream has cost so far, at list price: `{"usd"}`, null for a model that has no price. */
  showCost(dreamId: string): Promise<Cost> {
    return this.send("GET", `/_mockdreams/dreams/${encodeURIComponent(dreamId)}/cost`, undefined);
  }


  /** A key with which workers poll an environment. */
  createKey(body: NewKey): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/environment_keys`, body);
  }


  /** Let a key be good for nothing any more. */
  revokeKey(body: RevokedKey): Promise<Record<string, unknown>> {
    return this.send("DELETE", `/_mockdreams/environment_keys`, body);
  }


  /** What a dream made of its input store: per memory kept, merged, changed, dropped, added or moved, and why. */
  showReview(dreamId: string): Promise<Record<string, unknown>> {
    return this.send("GET", `/_mockdreams/dreams/${encodeURIComponent(dreamId)}/review`, undefined);
  }


  /** Write the changes of a dream, or those at the paths in `only`, onto its input store; conflicts are told. */
  adoptDream(dreamId: string, body: AdoptOptions = {}): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/dreams/${encodeURIComponent(dreamId)}/adopt`, body);
  }


  /** The schedules, oldest first. */
  showSchedules(): Promise<Record<string, unknown>> {
    return this.send("GET", `/_mockdreams/schedules`, undefined);
  }


  /** Dream of a memory store by itself: the fields of `schedules.add`. Answers with the schedule. */
  addSchedule(body: AddSchedule): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/schedules`, body);
  }


  /** Forget all schedules; the dreams that they began stay. */
  clearSchedules(): Promise<Record<string, unknown>> {
    return this.send("DELETE", `/_mockdreams/schedules`, undefined);
  }


  /** The dreams that schedules began, oldest first, failures and conflicts too; `?status=` selects. */
  showRuns(query: { status?: string } = {}): Promise<Record<string, unknown>> {
    return this.send("GET", `/_mockdreams/schedules/runs`, undefined, query);
  }


  /** Adopt a dream that waits, by its id or that of its run: all changes, or those at the paths in `only`. */
  approveRun(runId: string, body: AdoptOptions = {}): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/schedules/runs/${encodeURIComponent(runId)}/approve`, body);
  }


  /** Adopt nothing of a dream that waits, by its id or that of its run. */
  rejectRun(runId: string): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/schedules/runs/${encodeURIComponent(runId)}/reject`, undefined);
  }


  /** Forget a schedule; the dreams that it began stay. */
  removeSchedule(scheduleId: string): Promise<Record<string, unknown>> {
    return this.send("DELETE", `/_mockdreams/schedules/${encodeURIComponent(scheduleId)}`, undefined);
  }


  /** The webhooks, each with whether it is enabled; without their secrets. */
  showWebhooks(): Promise<Record<string, unknown>> {
    return this.send("GET", `/_mockdreams/webhooks`, undefined);
  }


  /** Add a webhook: the fields of `webhooks.add`. Only this answer has its `secret`. */
  addWebhook(body: WebhookParams): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/webhooks`, body);
  }


  /** Forget all webhooks. */
  clearWebhooks(): Promise<Record<string, unknown>> {
    return this.send("DELETE", `/_mockdreams/webhooks`, undefined);
  }


  /** Each attempt that was made, oldest first, with its request and its answer. */
  showDeliveries(): Promise<Record<string, unknown>> {
    return this.send("GET", `/_mockdreams/webhooks/deliveries`, undefined);
  }


  /** Attempt a delivery that is over once more, at once. */
  redeliver(id: string): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/webhooks/deliveries/${encodeURIComponent(id)}/redeliver`, undefined);
  }


  /** Send an event that a test makes up: `{"id"}`, null if nobody wants it. One of an unknown type goes to all. */
  emit(body: EmitParams): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/webhooks/events`, body);
  }


  /** Let the world go on, as its clock does, until no dream, session or delivery is under way: `{"idle"}`. An `auto` clock moves; under a `real` one this takes its time; a `manual` one stands, and only what is due is sent. */
  wait(body: WaitParams = {}): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/webhooks/wait`, body);
  }


  /** Forget a webhook, and what is on its way to it. */
  removeWebhook(id: string): Promise<Record<string, unknown>> {
    return this.send("DELETE", `/_mockdreams/webhooks/${encodeURIComponent(id)}`, undefined);
  }


  /** Enable a webhook that was disabled. What it missed is not sent. */
  enableWebhook(id: string): Promise<Record<string, unknown>> {
    return this.send("POST", `/_mockdreams/webhooks/${encodeURIComponent(id)}/enable`, undefined);
  }


  /** What the key's requests have met, names by group: `{"dreams", "error types", "statuses", "rules", …}`. */
  showCoverage(): Promise<Record<string, Array<string>>> {
    return this.send("GET", `/_mockdreams/coverage`, undefined);
  }
}
