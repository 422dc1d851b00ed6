// An application for tests of the gateway: it streams, waits, counts, echoes. It knows nothing of Holdfast.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
mkdirSync("data", { recursive: true });

async function answer(request, response) {
  const url = new URL(request.url, "http://here");
  const note = url.searchParams.get("note");
  if (note) appendFileSync(note, `${process.pid}\n`);
  switch (url.pathname) {
    case "/ready":
      return response.end("ready");
    case "/echo": {
      let bytes = 0;
      for await (const chunk of request) bytes += chunk.length;
      return response.end(JSON.stringify({ headers: request.headers, bytes }));
    }
    case "/stream":
      response.writeHead(200, { "content-type": "text/event-stream", trailer: "x-none", connection: "keep-alive" });
      for (let number = 0; number < 10; number++) {
        response.write(`data: ${JSON.stringify({ number, pid: process.pid, at: Date.now() })}\n\n`);
        await wait(100);
      }
      return response.end();
    case "/slow":
      await wait(Number(url.searchParams.get("ms") ?? 500));
      return response.end(JSON.stringify({ pid: process.pid }));
    case "/failing":
      response.writeHead(503);
      return response.end("not now");
    default:
      return store(request, response, url);
  }
}

async function store(request, response, url) {
  const file = `data/${url.pathname.slice(1)}`;
  if (request.method !== "GET") {
    let text = "";
    for await (const chunk of request) text += chunk;
    await wait(Number(url.searchParams.get("ms") ?? 0));
    writeFileSync(`${file}.tmp`, text);
    writeFileSync(file, text);
    return response.end("stored");
  }
  try {
    response.end(readFileSync(file));
  } catch {
    response.writeHead(404);
    response.end();
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(process.env.PORT, process.env.HOST);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
