/**
 * For `globalSetup` of Vitest and Jest: one server for the whole run, started before any test, so that neither the first
 * test of each file waits for one nor the limit of a test counts it. It ends with the run.
 */

import { serverUrl } from "./server.js";

async function setup(): Promise<void> {
  process.env["MOCKDREAMS_URL"] = await serverUrl();
}

export = setup;
