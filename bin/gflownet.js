#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Works before the first build, so it imports nothing of this package until it knows that it is there.
const program = new URL('../bundle/cli.js', import.meta.url);
if (existsSync(program)) {
  const { main } = await import(program.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error("error [ERR_NATIVE]: gflownet is not built yet; run 'npm run setup' in its folder first");
  process.exitCode = 1;
}
