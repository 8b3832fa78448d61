// Runs the jobs given on standard input, one after another, and prints what each client saw.

import { clients } from "./clients.mjs";

let text = "";
for await (const piece of process.stdin) text += piece;
const outcomes = [];
for (const job of JSON.parse(text)) {
  try {
    outcomes.push(await clients[job.face](job));
  } catch (error) {
    outcomes.push({ thrown: String(error?.stack ?? error) });
  }
}
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
