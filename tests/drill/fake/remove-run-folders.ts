import { afterAll } from "vitest";
import { removeRunFolders } from "./run-folders.ts";

// Read anew for each test file, unlike what it imports: files of a worker share what is loaded (`isolate: false`), and
// a hook of a shared module would be the first file's alone.
afterAll(removeRunFolders);
