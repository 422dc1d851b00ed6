#!/usr/bin/env node
// Runs a script with Node 24 or newer: this one if it is new enough, else the one that npm installed
// beside us (package node-<platform>-<arch>). Old syntax on purpose: it must parse on any Node.
"use strict";
var path = require("path");
var childProcess = require("child_process");

var NEEDED_MAJOR = 24;

function newEnough() {
  return Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR;
}

function installedNode() {
  try {
    var manifest = require.resolve("node-" + process.platform + "-" + process.arch + "/package.json", {
      paths: [path.join(__dirname, "..")],
    });
    return path.join(path.dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
  } catch (error) {
    return null;
  }
}

/** Runs `script` with `args` under Node 24 or newer and ends with its exit status. */
function run(script, args) {
  if (!process.env.NODE_COMPILE_CACHE) {
    process.env.NODE_COMPILE_CACHE = path.join(__dirname, "..", "node_modules", ".cache", "holdfast");
  }
  if (newEnough()) {
    require("module").enableCompileCache(process.env.NODE_COMPILE_CACHE);
    process.argv = [process.argv[0], script].concat(args);
    import(require("url").pathToFileURL(script).href).catch(function (error) {
      console.error(error);
      process.exit(1);
    });
    return;
  }
  var node = installedNode();
  if (!node) {
    console.error(
      "holdfast needs Node " +
        NEEDED_MAJOR +
        " or newer; this is " +
        process.version +
        ".\n" +
        "Next: install Node " +
        NEEDED_MAJOR +
        ", or on Linux run `npm ci` with optional dependencies, which brings one.",
    );
    process.exit(1);
  }
  var child = childProcess.spawn(node, [script].concat(args), { stdio: "inherit" });
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on("exit", function (code, signal) {
    process.exit(signal ? 128 + require("os").constants.signals[signal] : code);
  });
}

module.exports = { run: run };
if (require.main === module) run(path.resolve(process.argv[2]), process.argv.slice(3));
