export async function serveApi(_state: string): Promise<void> {
  await new Promise(() => setInterval(() => {}, 1000));
}
