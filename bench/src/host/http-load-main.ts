import { serveCalls } from "../process/serve-calls.ts";
import { httpLoad } from "./http-load.ts";

serveCalls({ load: httpLoad });
