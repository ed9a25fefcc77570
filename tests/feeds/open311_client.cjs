// The npm client `open311` 0.0.12 asks a server what a script of calls says and prints the answers as one JSON.
// Its two helpers for XML are not to be had any more (one only from a code host, one a compiled module), so their one
// function each is made here over a present-day parser; the client itself runs as published.
const Module = require("node:module");
const { XMLParser } = require("fast-xml-parser");

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, ignoreDeclaration: true });
const LISTS = ["services", "attributes", "values", "service_requests", "errors", "endpoints", "formats"];

function spark(value, name) {
  if (value === null || typeof value !== "object") return LISTS.includes(name) ? [] : value;
  if (LISTS.includes(name)) {
    const item = Object.values(value)[0];
    return (Array.isArray(item) ? item : [item]).map((one) => spark(one, ""));
  }
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, spark(inner, field)]));
}
const helpers = {
  sparkxml: { parseXml: (text) => { const [[name, value]] = Object.entries(parser.parse(text)); return spark(value, name); } },
  xml2json: { toJson: (text) => parser.parse(text) },
};
const load = Module._load;
Module._load = function (name, ...rest) { return helpers[name] ?? load.call(this, name, ...rest); };

const Open311 = require("open311");
const { settings, calls } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const client = new Open311(settings);
const answers = [];
(function next() {
  if (!calls.length) return console.log(JSON.stringify(answers));
  const [method, ...given] = calls.shift();
  client[method](...given, (error, data) => { answers.push({ error, data }); next(); });
})();
