export * from "./api.js";
export * from "./dialog.js";
export * from "./dom.js";
export * from "./parts.js";
export * from "./words.js";
