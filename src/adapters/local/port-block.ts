import { createServer, type Server } from "node:net";

/** Below the ephemeral range of Linux and above what services use, so that no outgoing connection takes one. */
const FIRST = 20_000;
const BLOCKS = 120;
export const BLOCK_SIZE = 100;

const listen = (port: number): Promise<Server | null> =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });

/**
 * Reserves 100 ports: whoever listens on the first one owns the rest, for as long as it lives. So no two sites on one
 * machine ever draw the same port. `preferred` is tried first (a restart keeps its block).
 */
export async function reserveBlock(
  preferred: number | null,
  random: () => number,
): Promise<{ base: number; sentinel: Server } | null> {
  const start = Math.floor(random() * BLOCKS);
  const bases = Array.from({ length: BLOCKS }, (_, index) => FIRST + ((start + index) % BLOCKS) * BLOCK_SIZE);
  for (const base of preferred === null ? bases : [preferred, ...bases]) {
    const sentinel = await listen(base);
    if (sentinel) return { base, sentinel };
  }
  return null;
}

/** Whether a program that is none of ours holds the port right now. */
export async function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
