#!/usr/bin/env node
"use strict";
require("./node.cjs").run(require("path").join(__dirname, "..", "src", "main.ts"), process.argv.slice(2));
