export { type Built, buildRelease } from "./release.ts";
