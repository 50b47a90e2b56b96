/** The server: one that runs already (`MOCKDREAMS_URL`), or one of this process, which ends with it. */

import { spawn } from "node:child_process";

const READY = /^mockdreams ready on (\S+)$/m;

export interface ServerOptions {
  /** The base URL of a server that runs already; `MOCKDREAMS_URL` by default. */
  url?: string;
  /** What starts one; `MOCKDREAMS_COMMAND`, or `mockdreams`. */
  command?: string;
  /** Further options of `mockdreams serve`. */
  args?: string[];
}

let own: Promise<string> | undefined;

/** The base URL of the server of this process, which is started by the first who asks. */
export function serverUrl(options: ServerOptions = {}): Promise<string> {
  const url = options.url ?? process.env["MOCKDREAMS_URL"];
  if (url) return Promise.resolve(url.replace(/\/+$/, ""));
  own ??= start(options);
  return own;
}

/**
 * Starts a server on a free port. It ends when this process does, however that ends: its standard input is a pipe from
 * here, and it serves until that is closed.
 */
export function start(options: ServerOptions = {}): Promise<string> {
  const [command = "mockdreams", ...before] = (
    options.command ?? process.env["MOCKDREAMS_COMMAND"] ?? "mockdreams"
  ).split(" ");
  const args = [...before, "serve", "--port", "0", "--clock", "auto", "--end-with-stdin", ...(options.args ?? [])];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  let errors = "";
  return new Promise<string>((resolve, reject) => {
    child.on("error", (error) => {
      const remedy = "install it in the virtual environment that is active, or name it with MOCKDREAMS_COMMAND";
      reject(new Error(`mockdreams could not be started as \`${command}\`: ${error.message}; ${remedy}`));
    });
    child.on("exit", (code) => reject(new Error(`mockdreams ended with ${code}: ${errors.trim()}`)));
    child.stderr.on("data", (part: Buffer) => (errors += part.toString()));
    child.stdout.on("data", (part: Buffer) => {
      const ready = READY.exec((said += part.toString()));
      if (!ready?.[1]) return;
      for (const each of [child, child.stdin, child.stdout, child.stderr] as Array<{ unref?: () => void }>) {
        each.unref?.(); // this process may end while the server runs
      }
      resolve(ready[1]);
    });
  });
}
