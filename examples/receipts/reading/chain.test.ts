import { beforeEach, expect, it, vi } from "vitest";

// Untyped on purpose: the application is plain JavaScript.
const { Chain } = await import(new URL("chain.js", import.meta.url).href);

const known = { image: "known", text: "YES" };
const answering = (text: string) => ({ read: vi.fn(async () => [{ text, confidence: 1 }]), close: vi.fn() });

/** Reads the known image and nothing else. */
const failing = () => ({
  close: vi.fn(),
  read: vi.fn(async (image: string) => {
    if (image !== known.image) throw new Error("out of memory");
    return [{ text: known.text, confidence: 1 }];
  }),
});

const model = (name: string, loaded: object) => ({ name, load: vi.fn(async () => loaded) });

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "log").mockReturnValue();
});

it("loads the fallback only when the primary fails at an image, and only once", async () => {
  const fallback = model("b", answering("YES"));
  const chain = new Chain([model("a", failing()), fallback], known);
  expect(await chain.start()).toBe("a");
  expect(fallback.load).not.toHaveBeenCalled();
  expect(await chain.read("image")).toEqual({ model: "b", lines: [{ text: "YES", confidence: 1 }] });
  expect(await chain.read("image")).toMatchObject({ model: "b" });
  expect(fallback.load).toHaveBeenCalledTimes(1);
});

it("closes a model that reads the known image wrongly, and tells only of the next one", async () => {
  const wrong = answering("NO");
  const usable: string[] = [];
  const chain = new Chain([model("a", wrong), model("b", answering("YES"))], known, (name: string) =>
    usable.push(name),
  );
  expect(await chain.start()).toBe("b");
  expect(wrong.close).toHaveBeenCalled();
  expect(usable).toEqual(["b"]);
});

it("fails when no model can be used", async () => {
  await expect(new Chain([model("a", answering("NO"))], known).start()).rejects.toThrow("no model can be used");
  const chain = new Chain([model("a", failing())], known);
  await chain.start();
  await expect(chain.read("image")).rejects.toThrow("no model could read the image");
});
