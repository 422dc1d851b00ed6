// Draws golden.png, the picture that every model must read as "FAILOVER OK".

import { writeFileSync } from "node:fs";
import { Canvas, textWidth } from "./canvas.js";

const TEXT = "FAILOVER OK";
// Small, so that a read takes little time; both models are surest of themselves at this size of letters.
const [WIDTH, HEIGHT, SIZE, PEN] = [384, 64, 22, 2.8];

const left = (WIDTH - textWidth(TEXT, SIZE)) / 2;
const picture = new Canvas(WIDTH, HEIGHT).text(TEXT, left, (HEIGHT - SIZE) / 2, SIZE, PEN);
writeFileSync(new URL("../golden.png", import.meta.url), picture.toPng());
