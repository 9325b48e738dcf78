export { containerdRoot } from "./containerd-root.ts";
export { materialiseContainerdRoot } from "./materialise.ts";
export { siteRoot } from "./site-root.ts";
