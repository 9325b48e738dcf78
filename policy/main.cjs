module.exports = import("./pack.ts");
