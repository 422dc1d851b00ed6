import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/.holdfast/**"];

/** The real thing is timed by clocks and shares the machine with nothing: after everything else, one file at a time. */
const real = ["test/conformance/**/*.test.ts", "test/scenarios/**/*.test.ts", "examples/**/*.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      {
        test: {
          name: "pure",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...exclude, ...real],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "real",
          include: real,
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
