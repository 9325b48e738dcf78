/** The table of design: which folder may import which. One way only. */
const own = "^(errors|contract|config|plan|components|provider|policy|drill|report|bench|cli|lab)/";
const layer = (folder, allowed, extra = {}) => ({
  name: `${folder}-imports`,
  comment: `${folder}/ may import only ${allowed.join(", ") || "nothing of ours"}`,
  severity: "error",
  from: { path: `^${folder}/`, ...extra },
  to: { path: own, pathNot: [folder, ...allowed].map((name) => `^${name}/`) },
});

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    layer("errors", []),
    layer("contract", []),
    layer("config", ["errors"]),
    layer("plan", ["config", "contract", "errors"]),
    layer("components", ["plan", "contract", "errors", "provider/sdk"]),
    layer("provider", ["errors"]),
    // A package of its own, for any stack: it shares no code with what it judges.
    layer("policy", []),
    layer("drill", ["plan", "contract", "errors"], { pathNot: "^drill/adapters/" }),
    layer("report", ["contract", "drill/verdict"]),
    layer("bench", ["plan", "contract", "components", "report"]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
    },
  },
};
