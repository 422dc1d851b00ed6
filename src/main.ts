// Entry of every process: the command line, and the internal roles that `up` starts. Each is loaded when it is asked
// for, because what is not loaded costs neither time nor memory.
import { flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(import.meta.url);

const [, , first, role, ...rest] = process.argv;

if (first === "internal") {
  // A process that lives long writes its compile cache now, so that the next one starts faster and smaller.
  setTimeout(() => flushCompileCache(), 1_000).unref();
  const { runRole } = await import("./compose/roles.ts");
  await runRole(ENTRY, role ?? "", rest);
} else {
  const { runCli } = await import("./cli/index.ts");
  const makeDeployment = async (folder: string) =>
    (await import("./compose/deployment.ts")).localDeployment(ENTRY, folder);
  process.exitCode = await runCli(process.argv.slice(2), makeDeployment);
}
