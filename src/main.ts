// The composition root: the only file that knows every adapter. Each role is loaded when it is asked for, because what
// is not loaded costs neither time nor memory.
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(import.meta.url);

const [, , first, role, ...rest] = process.argv;

if (first === "internal") {
  const { runRole } = await import("./roles.ts");
  await runRole(ENTRY, role ?? "", rest);
} else {
  const { runCli } = await import("./cli/index.ts");
  process.exitCode = await runCli(ENTRY, process.argv.slice(2));
}
